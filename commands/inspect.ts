/**
 * `inspect FILE`: the inspector's page on a recording.
 *
 * @module
 */

import { basename } from "node:path";
import { startInspectorServer } from "../actors/observability/inspector_server.ts";
import { newToken } from "../schemas/guard/token.ts";
import type { Clock } from "../schemas/time/clock.ts";
import { systemClock } from "../actors/time/system_clock.ts";
import { RECORDED_PLATFORM } from "./wiring/recorded_platform.ts";
import type { Command } from "./cli/command.ts";
import { aborted } from "./wiring/interruption.ts";
import { inspectorContent, servingAt } from "./wiring/inspector_content.ts";
import type { Io } from "./wiring/io.ts";
import { loadRecording, modelOf, viewsOf } from "./wiring/read_recording.ts";

/** Serves the page until `io.signal` is aborted. @returns the exit code */
export async function inspectRecording(
  { file, address }: Extract<Command, { kind: "inspect" }>,
  io: Io,
): Promise<number> {
  const recording = await loadRecording(file, io.locate);
  const model = modelOf(recording);
  const views = viewsOf(recording, model, io.redact);
  // The page shows times relative to the end of the recording.
  const clock: Clock = { ...systemClock, now: () => recording.endedMs };
  const { content, close } = inspectorContent({
    model,
    views,
    clock,
    about: {
      name: basename(file),
      source: "recording",
      provider: RECORDED_PLATFORM.words.provider,
      startedMs: recording.startedMs,
      note: recording.note,
      session: newToken(),
    },
    stately: null,
  });
  const server = startInspectorServer({ ...servingAt(address), content });
  io.shown.line(`Inspector: ${server.url}`);
  if (recording.note !== null) io.write(recording.note);
  io.write(`${model.total} runs of ${recording.name}; end with Ctrl-C`);
  await aborted(io.signal);
  close();
  await server[Symbol.asyncDispose]();
  return 0;
}
