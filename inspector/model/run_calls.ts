/**
 * The actor calls and the edges of a run, worked out of its steps: a state calls its actor when it is entered, and the step that leaves
 * it says what came of the call.
 *
 * @module
 */

import { flowRunMachine } from "../../machines/flow_run.ts";
import { at, numberAt } from "../protocol/json_view.ts";
import type { KeptStep, RunHistory } from "./run_history.ts";

/** One actor call. */
export interface Call {
  readonly name: string;
  readonly state: string;
  readonly attempt: number;
  readonly retry: number;
  readonly startedMs: number;
  readonly endedMs: number | null;
  readonly result: "running" | "done" | "failed" | "stopped";
  /** What it answered, or what it failed with. */
  readonly answer: unknown;
  /** Step that it ended with, null while it is at work. */
  readonly step: number | null;
}

const DONE = "xstate.done.actor.";
const ERROR = "xstate.error.actor.";

/** Actor that each state calls. */
const ACTORS: ReadonlyMap<string, string> = new Map(
  Object.values(flowRunMachine.states).flatMap(({ key, invoke: [called] }) =>
    called === undefined ? [] : [[key, called.id] as const]
  ),
);

/** The calls of a run, oldest first. */
export function callsOf(run: RunHistory): readonly Call[] {
  const calls: Call[] = [];
  let entered: KeptStep | null = null;
  for (const step of run.steps) {
    if (entered !== null && step.path.length < 2) continue;
    if (entered !== null) calls.push(...callBetween(entered, step, step.atMs));
    entered = step;
  }
  const end = run.outcome === null ? null : run.steps.at(-1)?.atMs ?? run.sinceMs;
  return entered === null ? calls : [...calls, ...callBetween(entered, null, end)];
}

function callBetween(entered: KeptStep, left: KeptStep | null, endedMs: number | null): readonly Call[] {
  const name = ACTORS.get(entered.to) ?? actorNamed(left?.event.type ?? "");
  if (name === null) return [];
  return [{
    name,
    state: entered.to,
    attempt: numberAt(entered.context, "attempt") ?? 1,
    retry: numberAt(entered.context, "retries") ?? 0,
    startedMs: entered.atMs,
    endedMs,
    step: left?.n ?? null,
    ...answerOf(name, left, endedMs),
  }];
}

/** In recordings of other releases a state may be unknown, but its actor's answer names the actor. */
function actorNamed(event: string): string | null {
  return /^xstate\.(?:done|error)\.actor\.(.+)$/.exec(event)?.[1] ?? null;
}

function answerOf(
  name: string,
  left: KeptStep | null,
  endedMs: number | null,
): Pick<Call, "result" | "answer"> {
  if (left === null) return { result: endedMs === null ? "running" : "stopped", answer: undefined };
  if (left.event.type === DONE + name) return { result: "done", answer: at(left.event, "output") };
  if (left.event.type === ERROR + name) return { result: "failed", answer: at(left.event, "error") };
  return { result: "stopped", answer: undefined };
}

/** Edges that a run has taken, `from>to`, with how often. */
export function edgesOf(run: RunHistory): ReadonlyMap<string, number> {
  const edges = new Map<string, number>();
  for (const { path } of run.steps) {
    for (let i = 1; i < path.length; i++) {
      const edge = `${path[i - 1]}>${path[i]}`;
      edges.set(edge, (edges.get(edge) ?? 0) + 1);
    }
  }
  return edges;
}
