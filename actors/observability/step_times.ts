/**
 * Measures the synchronous steps of runs: while one is done, the program can do nothing else.
 *
 * @module
 */

import { forgetOldest } from "../../schemas/bounds/forget_oldest.ts";
import type { Log } from "../../schemas/contracts/log.ts";
import type { LoopStep, Timed } from "../../schemas/contracts/timed.ts";

/** What {@link makeStepTimes} needs. */
export interface StepTimesDeps {
  /** A clock that never goes back, in milliseconds. */
  readonly elapsedMs: () => number;
  readonly log: Log;
}

/** The measured steps of one agent. */
export interface StepTimes {
  readonly timed: Timed;
  /** The longest step of each kind since the last call, in milliseconds. */
  readonly takeLongest: () => ReadonlyMap<LoopStep, number>;
}

/** A step of a run may hold the event loop for so long; a longer one is told. */
const HELD_MS = 100;

/** Runs that are remembered as told. */
const MOST_TOLD = 1000;

/** Makes it. A run is told once, with its slow step. */
export function makeStepTimes({ elapsedMs, log }: StepTimesDeps): StepTimes {
  let longest = new Map<LoopStep, number>();
  const told = new Set<string>();
  const seen = (step: LoopStep, runId: string, ms: number) => {
    longest.set(step, Math.max(longest.get(step) ?? 0, ms));
    if (ms <= HELD_MS || told.has(runId)) return;
    told.add(runId);
    forgetOldest(told, MOST_TOLD);
    log("WARNING", slowLine(step, runId, ms), { runId });
  };
  return {
    timed: (step, runId, work) => {
      const began = elapsedMs();
      try {
        return work();
      } finally {
        seen(step, runId, elapsedMs() - began);
      }
    },
    takeLongest: () => {
      const taken = longest;
      longest = new Map();
      return taken;
    },
  };
}

/** The same log; the redacting and writing of what it says of a run is measured. */
export function timedLog(log: Log, timed: Timed): Log {
  return (level, message, subject) => {
    const runId = subject?.runId ?? null;
    if (runId === null) log(level, message, subject);
    else timed("redact", runId, () => log(level, message, subject));
  };
}

const WORDS: Readonly<Record<LoopStep, string>> = {
  read: "read its row",
  parse: "parse its template",
  plan: "plan it",
  check: "check its requests",
  redact: "hide secrets in what is said of it",
  show: "show its states",
};

function slowLine(step: LoopStep, runId: string, ms: number): string {
  return `Flow run ${runId}: it took ${Math.round(ms)} ms to ${WORDS[step]}, and all other runs waited; ` +
    "if this repeats, make its run config or template smaller or give the agent more CPU";
}
