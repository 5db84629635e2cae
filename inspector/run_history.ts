/**
 * What is kept of one run, and how a note changes it. Steps and calls hold references into the machine's own immutable values.
 *
 * @module
 */

import { at, numberAt, textAt } from "./json_view.ts";
import type { SnapshotNote } from "./notes.ts";
import type { RunRow } from "./protocol.ts";

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

/** One actor call as it is kept. */
export interface KeptCall {
  readonly sessionId: string;
  readonly name: string;
  /** Empty until the step that called it is known. */
  state: string;
  attempt: number;
  retry: number;
  readonly startedMs: number;
  endedMs: number | null;
  result: "running" | "done" | "failed" | "stopped";
  /** `output` or `error` of the event it ended with. */
  answer: unknown;
  step: number | null;
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
  launched: boolean;
  readonly steps: KeptStep[];
  /** Steps ever taken; the first kept one is `stepCount - steps.length`. */
  stepCount: number;
  readonly calls: KeptCall[];
  /** Edges taken with how often. */
  readonly taken: Map<string, number>;
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
    launched: false,
    steps: [],
    stepCount: 0,
    calls: [],
    taken: new Map(),
    changed: 0,
  };
}

/** An actor of the run's machine begins its work. `deadline` is a clock, not work. */
export function beginCall(run: RunHistory, call: { sessionId: string; name: string; atMs: number }): void {
  if (call.name === "deadline") {
    run.stageMs = call.atMs;
    return;
  }
  run.calls.push({
    sessionId: call.sessionId,
    name: call.name,
    // It is made while its state is entered, before the machine says so: `addStep` sets this right.
    state: "",
    attempt: 0,
    retry: 0,
    startedMs: call.atMs,
    endedMs: null,
    result: "running",
    answer: undefined,
    step: null,
  });
}

const DONE = "xstate.done.actor.";
const ERROR = "xstate.error.actor.";

function endCalls(run: RunHistory, { event, atMs }: SnapshotNote, n: number, context: unknown): void {
  for (let i = run.calls.length - 1; i >= 0; i--) {
    const call = run.calls[i];
    if (call === undefined || (call.state !== "" && call.result !== "running")) break;
    if (call.state === "") {
      call.state = run.state;
      call.attempt = numberAt(context, "attempt") ?? 1;
      call.retry = numberAt(context, "retries") ?? 0;
      continue;
    }
    call.endedMs = atMs;
    call.step = n;
    if (event.type === DONE + call.name) {
      call.result = "done";
      call.answer = at(event, "output");
    } else if (event.type === ERROR + call.name) {
      call.result = "failed";
      call.answer = at(event, "error");
    } else call.result = "stopped";
  }
}

function countEdges(run: RunHistory, path: readonly string[]): void {
  for (let i = 1; i < path.length; i++) {
    const edge = `${path[i - 1]}>${path[i]}`;
    run.taken.set(edge, (run.taken.get(edge) ?? 0) + 1);
  }
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
    endCalls(run, note, n, context);
    if (run.calls.length > stepsPerRun) run.calls.splice(0, run.calls.length - stepsPerRun);
    countEdges(run, note.path);
  }
  run.context = context;
  run.stageMs = at(snapshot, "children", "deadline") === undefined ? null : run.stageMs;
  if (at(snapshot, "status") !== "active") endRun(run, outcomeOf(snapshot), atMs);
  return step;
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

/** Nothing more will come of this run. */
export function endRun(run: RunHistory, outcome: RunRow["outcome"], atMs: number): void {
  run.outcome = outcome;
  run.stageMs = null;
  for (const call of run.calls) {
    if (call.result !== "running") continue;
    call.result = "stopped";
    call.endedMs = atMs;
  }
}
