/**
 * A recording from disk.
 *
 * @module
 */

import { resolve } from "node:path";
import { fileRefusal, readNamedFile } from "../../actors/files/read_named_file.ts";
import { makeRequestIds, type RequestIds } from "../../actors/observability/request_ids.ts";
import { readRecording, type Recording } from "../../inspector/feed/recording.ts";
import { endModel, makeRunModel, type RunModel, takeNote } from "../../inspector/model/run_model.ts";
import { makeViews, type Views } from "../../inspector/views.ts";
import { RECORDED_PLATFORM } from "./recorded_platform.ts";
import { FailureError } from "../../schemas/failure/failure.ts";
import type { Locate } from "../../schemas/options/typed_path.ts";
import type { Redactor } from "../../schemas/secrets/redact.ts";

/** Where `--record` writes, below the folder of the program. */
const FOLDER = "recordings";

/**
 * Reads a recording.
 *
 * @throws {FailureError} `configuration` when there is none, or one of another format
 */
export async function loadRecording(path: string, locate: Locate): Promise<Recording> {
  const file = { option: "FILE", path, told: (shown: string) => `the recording ${shown}`, mayBreakOff: true };
  const recording = readRecording(await readNamedFile(file, locate));
  if (!("refused" in recording)) return recording;
  throw fileRefusal(file, locate(path), recording.refused);
}

/** The whole recording at once, as it stood at its end. */
export function modelOf({ name, notes, endedMs }: Recording): RunModel {
  const model = makeRunModel();
  model.agent.name = name;
  for (const note of notes) takeNote(model, note);
  endModel(model, endedMs);
  return model;
}

/**
 * Views of a recording. Values that were hidden while recording stay hidden; secrets in the environment of this process
 * are hidden as well, because another process may have recorded them.
 */
export function viewsOf(recording: Recording, model: RunModel, redact: Redactor): Views {
  return makeViews(model, {
    redact,
    limiters: () => [],
    calls: () => recording.calls,
    prefectUi: null,
    platform: RECORDED_PLATFORM,
    requestIds: requestIdsOf(recording).during,
  });
}

function requestIdsOf({ requests, endedMs }: Recording): RequestIds {
  const ids = makeRequestIds({ now: () => endedMs });
  for (const { runId, id, atMs } of requests) ids.keep(runId, { id, atMs });
  return ids;
}

/**
 * Path of the newest recording below `recordings/`.
 *
 * @throws {FailureError} `usage` when there is none
 */
export async function newestRecording(): Promise<string> {
  let newest: { readonly path: string; readonly at: number } | null = null;
  try {
    for await (const { name, isFile } of Deno.readDir(FOLDER)) {
      const path = resolve(FOLDER, name);
      const at = isFile ? (await Deno.stat(path)).mtime?.getTime() ?? 0 : -1;
      if (at > (newest?.at ?? -1)) newest = { path, at };
    }
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
  }
  if (newest !== null) return newest.path;
  const message = `Cannot find a recording below ${FOLDER}/: name the file, or make one with --record FILE`;
  throw new FailureError({ tag: "usage", message });
}
