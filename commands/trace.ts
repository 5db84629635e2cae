/**
 * `trace RUN [FILE]`: the timeline of a recorded run in the terminal.
 *
 * @module
 */

import type { RunModel } from "../inspector/model/run_model.ts";
import { timeline } from "../inspector/timeline.ts";
import type { Command } from "./cli/command.ts";
import { RECORDED_PLATFORM } from "./wiring/recorded_platform.ts";
import { FailureError } from "../schemas/failure/failure.ts";
import type { Io } from "./wiring/io.ts";
import { loadRecording, modelOf, newestRecording, viewsOf } from "./wiring/read_recording.ts";

/**
 * Prints what happened to a run.
 *
 * @returns the exit code
 * @throws {FailureError} `usage` when the recording has no such run, or several
 */
export async function traceRun({ run, file }: Extract<Command, { kind: "trace" }>, io: Io): Promise<number> {
  const recording = await loadRecording(file ?? await newestRecording(), io.locate);
  const model = modelOf(recording);
  const views = viewsOf(recording, model, io.redact);
  const detail = views.detail(findRun(model, run));
  if (detail !== null) timeline(detail, RECORDED_PLATFORM.words).forEach(io.write);
  if (recording.note !== null) io.write(recording.note);
  return 0;
}

/** Most candidates that a message names. */
const NAMED = 10;

/**
 * Finds a run by its id, by the beginning of its id, or by its name.
 *
 * @throws {FailureError} `usage`
 */
export function findRun({ runs }: RunModel, word: string): string {
  if (runs.has(word)) return word;
  const found = [...runs.values()].filter(({ id, name }) => id.startsWith(word) || name === word);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only.id;
  const list = (found.length === 0 ? [...runs.values()] : found).slice(0, NAMED)
    .map(({ id, name }) => name === "" ? id : `${id} (${name})`).join(", ");
  const why = found.length === 0
    ? "no recorded run has this id or name"
    : `${found.length} runs may be meant`;
  const more = list === "" ? "; the recording has no runs" : `; there are ${list}`;
  throw new FailureError({ tag: "usage", message: `Cannot trace '${word}': ${why}${more}` });
}
