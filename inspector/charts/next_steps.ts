/**
 * What can happen next in a state, from the machine itself.
 *
 * @module
 */

import { getNextTransitions } from "xstate";
import { charts } from "./charts.ts";
import { eventLabel } from "../protocol/event_label.ts";
import { textAt } from "../protocol/json_view.ts";
import type { NextStep } from "../protocol/protocol.ts";

/**
 * Ways out of a state, in the order in which they are tried.
 *
 * @param chart `flow_run` or `agent`
 * @returns empty for a state that the chart does not have, as in recordings of other releases
 */
export function nextSteps(chart: string, state: string, context: unknown): readonly NextStep[] {
  const machine = charts.find(({ name }) => name === chart)?.machine;
  if (machine === undefined || !(state in machine.states)) return [];
  const snapshot = machine.resolveState({ value: state, context });
  return getNextTransitions(snapshot).map(({ eventType, target, guard }) => ({
    event: eventType,
    label: eventLabel(eventType),
    target: target?.[0]?.key ?? null,
    guard: guardName(guard),
  }));
}

/** Name of a guard, with its parameter where that is a word; `not …` for a negated one. */
export function guardName(guard: unknown): string | null {
  if (typeof guard === "string") return guard;
  if (typeof guard === "function") {
    const inner = Reflect.get(guard, "guards");
    const [first] = Array.isArray(inner) ? inner : [];
    return first === undefined ? null : `not ${guardName(first) ?? ""}`.trim();
  }
  const type = textAt(guard, "type");
  const params = textAt(guard, "params");
  return type === null || params === null ? type : `${type} ${params}`;
}
