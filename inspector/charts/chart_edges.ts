/**
 * The transitions of a flat chart, those without an event (`always`) included.
 *
 * @module
 */

import type { AnyStateMachine } from "xstate";
import { eventLabel } from "../protocol/event_label.ts";
import { guardName } from "./next_steps.ts";

/** One transition between two states. */
export interface ChartTransition {
  readonly from: string;
  /** The same as `from` where the state is entered anew. */
  readonly to: string;
  /** Empty: it needs no event. */
  readonly event: string;
  /** As people read it, without its guard. */
  readonly label: string;
  readonly guard: string | null;
}

/** Transitions in the order of the chart; those that leave the state alone are not among them. */
export function transitionsOf(machine: AnyStateMachine): readonly ChartTransition[] {
  return Object.values(machine.states).flatMap((node) =>
    [...node.always ?? [], ...[...node.transitions.values()].flat()].flatMap(
      ({ eventType, target, guard }) => {
        const to = target?.[0]?.key;
        if (to === undefined) return [];
        return [{
          from: node.key,
          to,
          event: eventType,
          label: eventLabel(eventType),
          guard: guardName(guard),
        }];
      },
    )
  );
}
