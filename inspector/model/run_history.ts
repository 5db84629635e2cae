/**
 * What is kept of one run, and how a note changes it. Steps hold references into the machine's own immutable values; all else that
 * is shown is worked out of them when somebody looks.
 *
 * @module
 */

import { at, numberAt, textAt } from "../protocol/json_view.ts";
import type { SnapshotNote } from "../feed/notes.ts";
import { runEndSchema, type RunRow } from "../protocol/protocol.ts";
import * as v from "valibot";

/** One step as it is kept. */
export interface KeptStep {
  readonly n: number;
  readonly atMs: number;
  readonly event: { readonly type: string };
  readonly from: string;
  readonly to: string;
  /** Empty: the state stayed. */
  readonly path: readonly string[];
  readonly tookMs: number;
  readonly context: unknown;
}

/** Everything kept of one run. */
export interface RunHistory {
  readonly id: string;
  /** Known from its first step on. */
  name: string;
  flow: string;
  readonly adoptedMs: number;
  /** Session of its machine: a run that comes back has another one and goes on in the same history. */
  sessionId: string;
  state: string;
  sinceMs: number;
  /** When the present stage began, for its deadline; null: it has none. */
  stageMs: number | null;
  context: unknown;
  outcome: RunRow["outcome"];
  /** Set with the outcome. */
  end: RunRow["end"];
  launched: boolean;
  readonly steps: KeptStep[];
  /** Steps ever taken; the first kept one is `stepCount - steps.length`. */
  stepCount: number;
  /** Moment of the last change in the model's own counting. */
  changed: number;
}

/** How much is kept of one run. */
export interface HistoryBounds {
  /** @default 300 */
  readonly stepsPerRun: number;
}

/** A run that was just taken. */
export function beginHistory(id: string, sessionId: string, atMs: number): RunHistory {
  return {
    id,
    name: "",
    flow: "",
    adoptedMs: atMs,
    sessionId,
    state: "",
    sinceMs: atMs,
    stageMs: null,
    context: undefined,
    outcome: null,
    end: null,
    launched: false,
    steps: [],
    stepCount: 0,
    changed: 0,
  };
}

/** The run's machine has dealt with an event. @returns the step it made */
export function addStep(run: RunHistory, note: SnapshotNote, { stepsPerRun }: HistoryBounds): KeptStep {
  const { snapshot, event, atMs } = note;
  const context = at(snapshot, "context");
  const to = textAt(snapshot, "value") ?? run.state;
  const from = run.state === "" ? note.path[0] ?? to : run.state;
  // A state that is entered anew calls its actor anew; one that stays keeps it.
  const moved = note.path.length > 1 || run.state === "";
  const n = run.stepCount++;
  if (n === 0) nameRun(run, context);
  const step: KeptStep = {
    n,
    atMs,
    event,
    from,
    to,
    path: note.path,
    tookMs: atMs - run.sinceMs,
    context,
  };
  run.steps.push(step);
  if (run.steps.length > stepsPerRun) run.steps.splice(1, run.steps.length - stepsPerRun);
  if (moved) {
    run.state = to;
    run.sinceMs = atMs;
  }
  run.stageMs = stageBegan(run, { context, atMs });
  run.context = context;
  if (at(snapshot, "status") !== "active") endRun(run, outcomeOf(snapshot), endOf(context));
  return step;
}

/** When the present stage began, as its count tells; null: it has no deadline. */
function stageBegan(
  run: RunHistory,
  now: { readonly context: unknown; readonly atMs: number },
): number | null {
  const count = numberAt(now.context, "stage", "count");
  if (count === null) return null;
  return count === numberAt(run.context, "stage", "count") ? run.stageMs : now.atMs;
}

function nameRun(run: RunHistory, context: unknown): void {
  run.name = textAt(context, "header", "name") ?? "";
  run.flow = textAt(context, "header", "flowName") ?? "";
}

function outcomeOf(snapshot: unknown): RunRow["outcome"] {
  const outcome = at(snapshot, "status") === "done" ? textAt(snapshot, "output", "outcome") : null;
  return OUTCOMES.find((known) => known === outcome) ?? "abandoned";
}

const OUTCOMES = ["completed", "failed", "lostClaim", "cancelled", "released"] as const;

/** Null also in recordings of earlier versions, which do not hold it. */
function endOf(context: unknown): RunRow["end"] {
  const end = v.safeParse(runEndSchema, at(context, "end"));
  return end.success ? end.output : null;
}

/** Nothing more will come of this run. */
export function endRun(run: RunHistory, outcome: RunRow["outcome"], end: RunRow["end"] = null): void {
  run.outcome = outcome;
  run.end = end;
  run.stageMs = null;
}
