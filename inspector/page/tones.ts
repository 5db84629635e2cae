/**
 * Which of a few colours a state or an outcome wears, and the sign that says the same without colour.
 *
 * @module
 */

import type { RunRow } from "../protocol/protocol.ts";

/** Kinds of states; each has a colour in the style sheet. */
export type Tone = "idle" | "busy" | "running" | "slow" | "good" | "bad" | "quiet";

const TONES: Readonly<Record<string, Tone>> = {
  waitingForStart: "idle",
  watching: "running",
  backingOff: "slow",
  retryingStart: "slow",
  stopping: "slow",
  cancelling: "slow",
  draining: "slow",
  polling: "running",
  completed: "good",
  failed: "bad",
  cancelled: "quiet",
  lostClaim: "quiet",
  released: "quiet",
  stopped: "quiet",
  abandoned: "slow",
};

const SIGNS: Readonly<Record<Tone, string>> = {
  idle: "◌",
  busy: "◐",
  running: "●",
  slow: "◔",
  good: "✓",
  bad: "✕",
  quiet: "–",
};

/** Tone of a state or an outcome by name; one that is not known is at work. */
export function toneOf(name: string): Tone {
  return TONES[name] ?? "busy";
}

/** The sign of a tone. */
export function signOf(tone: Tone): string {
  return SIGNS[tone];
}

/** What a row is counted under: its outcome when it has ended, else its state. */
export function standingOf(row: RunRow): string {
  return row.outcome ?? row.state;
}

/** Order in which states are listed: the way of a run, ends last. */
export const STANDINGS = [
  "waitingForStart",
  "claiming",
  "findingTask",
  "planning",
  "ensuringTaskDefinition",
  "runningTask",
  "releasingTaskDefinition",
  "reporting",
  "watching",
  "backingOff",
  "stopping",
  "deciding",
  "cancelling",
  "completed",
  "failed",
  "cancelled",
  "lostClaim",
  "released",
  "abandoned",
] as const;

/** Place of a name in that order; unknown ones come after the known. */
export function standingRank(name: string): number {
  const rank = STANDINGS.findIndex((known) => known === name);
  return rank === -1 ? STANDINGS.length : rank;
}
