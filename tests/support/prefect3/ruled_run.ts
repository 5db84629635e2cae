/**
 * Runs, proposals and moments for tests of the rules of state changes.
 *
 * @module
 */

import {
  completeState,
  type ProposedState,
  type State,
} from "../../../schemas/prefect3/state_rules/state.ts";
import {
  type Moment,
  NO_POLICY,
  type Proposal,
  type RuledRun,
} from "../../../schemas/prefect3/state_rules/transition.ts";

/** The moment of every decision. */
export const NOW = "2026-01-02T03:04:05.000Z";

/** Seconds after {@link NOW}, as a moment. */
export function after(seconds: number): string {
  return new Date(Date.parse(NOW) + seconds * 1000).toISOString();
}

/** A state that a run is in. */
export function stateOf(state: ProposedState): State {
  return { ...completeState(state, NOW), id: "state-0", timestamp: NOW };
}

/** A run of a deployment without limits, in a state. */
export function runIn(state: ProposedState | null, more: Partial<RuledRun> = {}): RuledRun {
  return {
    id: "run-1",
    state: state === null ? null : stateOf(state),
    policy: NO_POLICY,
    runCount: 0,
    deployment: { limit: null, strategy: "ENQUEUE" },
    infrastructurePid: null,
    parentTaskRunId: null,
    ...more,
  };
}

/** What a current client asks for. */
export function asked(state: ProposedState): Proposal {
  return { state, way: "asked", isRenewing: true };
}

/** A moment of a 3.9 server. */
export function moment(more: Partial<Moment> = {}): Moment {
  return {
    now: NOW,
    ids: { state: "state-1", lease: "lease-1", pause: "pause-1" },
    isLiving: () => true,
    release: "3.9",
    slotWaitSeconds: 30,
    ...more,
  };
}
