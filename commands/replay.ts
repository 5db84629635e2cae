/**
 * `replay FILE [RUN]`: checks whether today's machines take the recorded path.
 *
 * @module
 */

import { eventLabel } from "../inspector/protocol/event_label.ts";
import { replay, type Replayed } from "../inspector/feed/replay.ts";
import type { Command } from "./cli/command.ts";
import { AGENT_VERSION } from "../schemas/observability/version.ts";
import type { Io } from "./wiring/io.ts";
import { loadRecording, modelOf } from "./wiring/read_recording.ts";
import { findRun } from "./trace.ts";

/**
 * Replays a recording and prints each run that takes another path.
 *
 * @returns the exit code: 1 when one does
 */
export async function replayRecording(
  { file, run }: Extract<Command, { kind: "replay" }>,
  io: Io,
): Promise<number> {
  const recording = await loadRecording(file, io.locate);
  const id = run === null ? null : findRun(modelOf(recording), run);
  const replayed = replay(recording.notes, id);
  replayed.flatMap(describe).forEach(io.write);
  const other = replayed.filter(({ divergence }) => divergence !== null).length;
  const skipped = replayed.filter((each) => each.skipped !== null).length;
  const same = replayed.length - other - skipped;
  io.write(
    `Recorded by ${recording.version}, replayed by ${AGENT_VERSION}: ${same} runs take the recorded path, ` +
      `${other} take another, ${skipped} could not be replayed`,
  );
  return other === 0 ? 0 : 1;
}

function describe({ name, divergence, skipped }: Replayed): readonly string[] {
  if (skipped !== null) return [`run ${name}  not replayed: ${skipped}`];
  if (divergence === null) return [];
  const { n, event, from, recorded, today } = divergence;
  return [
    `run ${name}  event ${n}, ${eventLabel(event)}, in ${from}:`,
    `  recorded: ${recorded}`,
    `  today:    ${today}`,
  ];
}
