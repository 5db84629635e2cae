/**
 * One run as it stood at one of its steps: the state, the way it came, the calls it had made, what could follow.
 *
 * @module
 */

import type { ActorCall, ChartLayout, NextStep, RunDetail, Step } from "../../protocol/protocol.ts";
import type { Json } from "../../../schemas/json/json.ts";

/** A run at one moment. */
export interface Moment {
  /** The step looked at; null when the run has none yet. */
  readonly step: Step | null;
  /** Place of it in {@link RunDetail.steps}; -1 when there is none. */
  readonly index: number;
  /** It is the last one, and what follows is not known yet. */
  readonly present: boolean;
  readonly state: string;
  readonly context: Json;
  /** Edges `from>to` taken up to here, with how often. */
  readonly taken: ReadonlyMap<string, number>;
  /** Edges taken by this very step. */
  readonly justTaken: ReadonlySet<string>;
  readonly visited: ReadonlySet<string>;
  /** What can, or could, happen next. */
  readonly next: readonly NextStep[];
  /** The step that did follow, null in the present. */
  readonly followed: Step | null;
}

/** Edges of a path of states. */
export function edgesOf(path: readonly string[]): readonly string[] {
  return path.slice(1).map((to, i) => `${path[i]}>${to}`);
}

/** Place of the step with number `n`, the last one for null; the nearest kept one when it was dropped or is yet to come. */
export function indexOfStep(steps: readonly Step[], n: number | null): number {
  if (n === null) return steps.length - 1;
  const at = steps.findIndex((step) => step.n >= n);
  return at === -1 ? steps.length - 1 : at;
}

/** The run at the step with number `n`, null for the present. */
export function momentOf(detail: RunDetail, n: number | null, chart: ChartLayout | null): Moment {
  const { steps, row } = detail;
  const index = indexOfStep(steps, n);
  const step = steps[index] ?? null;
  const present = index === steps.length - 1;
  const passed = steps.slice(0, index + 1);
  const state = present || step === null ? row.state : step.to;
  return {
    step,
    index,
    present,
    state,
    context: step?.context ?? null,
    taken: present ? new Map(Object.entries(detail.taken)) : countEdges(passed),
    justTaken: new Set(edgesOf(step?.path ?? [])),
    visited: present ? new Set(detail.visited) : new Set(passed.flatMap((s) => [s.from, ...s.path, s.to])),
    next: present ? detail.next : waysOut(chart, state),
    followed: steps[index + 1] ?? null,
  };
}

/** A machine of which no history is kept, in its present state. */
export function momentOfState(state: string, chart: ChartLayout | null): Moment {
  return {
    step: null,
    index: -1,
    present: true,
    state,
    context: null,
    taken: new Map(),
    justTaken: new Set(),
    visited: new Set(),
    next: waysOut(chart, state),
    followed: null,
  };
}

function countEdges(steps: readonly Step[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const edge of steps.flatMap((step) => edgesOf(step.path))) {
    counts.set(edge, (counts.get(edge) ?? 0) + 1);
  }
  return counts;
}

/** Ways out of a state as the chart draws them; the server tells them for the present only. */
function waysOut(chart: ChartLayout | null, state: string): readonly NextStep[] {
  const edges = chart?.edges.filter((edge) => edge.from === state) ?? [];
  return edges.flatMap((edge) =>
    edge.labels.map((line) => {
      const [, label = line, guard = null] = /^(.*?)(?: \[(.*)\])?$/.exec(line) ?? [];
      return { event: label, label, target: edge.to, guard: guard ?? null };
    })
  );
}

/** Calls that ended with a step, in their order. */
export function callsOfStep(calls: readonly ActorCall[], n: number): readonly ActorCall[] {
  return calls.filter((call) => call.step === n);
}

/** Calls that are still at work. */
export function callsAtWork(calls: readonly ActorCall[]): readonly ActorCall[] {
  return calls.filter((call) => call.endedMs === null);
}
