/**
 * Which of a few colours a state or an outcome wears, and the sign that says the same without colour.
 *
 * @module
 */

import type { RunRow } from "../protocol/protocol.ts";
import { words } from "./format.ts";

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
  // The machine is done: whether the flow ended well is said by the state of its run.
  completed: "quiet",
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

const END_TONES: Readonly<Record<EndKind, Tone>> = {
  success: "good",
  failure: "bad",
  cancelled: "quiet",
  other: "quiet",
};

type EndKind = NonNullable<RunRow["end"]>["kind"];

/** A state, an outcome, or the state that a flow run ended in, as it is shown. */
export interface Shown {
  /** A state of Prefect stands as Prefect writes it: `Failed`. */
  readonly text: string;
  readonly tone: Tone;
}

/** How a standing is shown. @param kind of the end that it names; null: it is a state or an outcome of the machine */
export function shownAs(name: string, kind: EndKind | null): Shown {
  return kind === null ? { text: words(name), tone: toneOf(name) } : { text: name, tone: END_TONES[kind] };
}

/** How a run is shown: by the state that it ended in where that is known, else by its machine. */
export function shownRun(row: RunRow): Shown {
  return shownAs(standingOf(row), row.end?.kind ?? null);
}

/** The sign of a tone. */
export function signOf(tone: Tone): string {
  return SIGNS[tone];
}

/** What a row is counted under: how its flow run ended; else the outcome of its machine; else the state of its machine. */
export function standingOf(row: RunRow): string {
  return row.end?.state ?? row.outcome ?? row.state;
}

/** Whether a run's flow failed, or could not be started. */
export function hasEndedBadly({ end, outcome }: RunRow): boolean {
  return end === null ? outcome === "failed" || outcome === "released" : end.kind === "failure";
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
  "Success",
  "Failed",
  "Cancelled",
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
