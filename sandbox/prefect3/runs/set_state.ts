/**
 * Sets states of flow runs, by the rules.
 *
 * @module
 */

import type { JsonObject } from "../../../schemas/json/json.ts";
import { mapping } from "../../../schemas/json/shape.ts";
import { type Decided, decideEach } from "../../../schemas/prefect3/state_rules/decision_rows.ts";
import { propose } from "../../../schemas/prefect3/state_rules/propose.ts";
import { timesAfter } from "../../../schemas/prefect3/state_rules/run_times.ts";
import type { State, StateDetails } from "../../../schemas/prefect3/state_rules/state.ts";
import type { Decision, Moment, Proposal } from "../../../schemas/prefect3/state_rules/transition.ts";
import { textOf } from "../store/members.ts";
import { readMoment } from "../store/moments.ts";
import type { Doc } from "../store/store.ts";
import type { Serving } from "../wire/serving.ts";
import { tellState } from "./run_event.ts";
import { changeSlots, isLiving } from "./leases.ts";
import { docOf } from "./run_rows.ts";
import { ruledRun } from "./ruled_run.ts";
import { keepTaskState, namingState } from "./task_states.ts";

/** Proposes a state for a run and stores what is decided. */
export function setState(serving: Serving, run: Doc, proposal: Proposal): Decision {
  return serving.store.transaction(() => decided(serving, run, proposal, null));
}

/** Proposes one state for many runs, one after the other: on one object of details, as a real server does. */
export function setStates(
  serving: Serving,
  runs: readonly Doc[],
  proposal: Proposal,
): readonly Decided<Doc>[] {
  return serving.store.transaction(() =>
    decideEach(runs, (run, shared) => decided(serving, run, proposal, shared))
  );
}

function decided(serving: Serving, run: Doc, proposal: Proposal, shared: StateDetails | null): Decision {
  const ruled = ruledRun(serving.store, run);
  const decision = propose(ruled, proposal, momentNow(serving), shared);
  keep(serving, run, ruled.state, decision);
  return decision;
}

function momentNow({ store, periods }: Serving): Moment {
  return {
    now: store.stamp(),
    ids: { state: store.newId(), lease: store.newId(), pause: store.newId() },
    isLiving: (lease) => isLiving(store, lease),
    release: "3.9",
    slotWaitSeconds: periods.slotWait,
  };
}

function keep(serving: Serving, run: Doc, before: State | null, decision: Decision): void {
  const { store } = serving;
  const { state, isNew, policy, runCount, slots } = decision;
  const changes: JsonObject = {
    empirical_policy: { ...mapping(run["empirical_policy"]), ...policy },
    run_count: runCount,
    ...(isNew && state !== null ? newState(serving, run, state, before) : {}),
  };
  const changed = store.update("flow_run", run, changes);
  if (slots.length > 0) changeSlots(serving, docOf(store, "deployment", run["deployment_id"]), slots);
  if (!isNew || state === null) return;
  tellParent(serving, changed, state);
  tellState(serving, changed, before, state);
}

function newState({ store }: Serving, run: Doc, given: State, before: State | null): JsonObject {
  const state = spelled(given);
  store.insert("flow_run_state", { ...state, flow_run_id: run.id });
  const times = timesAfter(
    {
      start_time: textOf(run["start_time"]),
      end_time: textOf(run["end_time"]),
      expected_start_time: textOf(run["expected_start_time"]),
      next_scheduled_start_time: textOf(run["next_scheduled_start_time"]),
      total_run_time: Number(run["total_run_time"] ?? 0),
    },
    before,
    state,
  );
  return { ...namingState(state), ...times };
}

/** Moments in the one spelling, so that they sort. */
function spelled(state: State): State {
  const { scheduled_time, pause_timeout } = state.state_details;
  const one = (moment: string | null) => moment === null ? null : readMoment(moment) ?? moment;
  return {
    ...state,
    state_details: {
      ...state.state_details,
      scheduled_time: one(scheduled_time),
      pause_timeout: one(pause_timeout),
    },
  };
}

/** The task run that stands for a run in its parent flow has its state as well. */
function tellParent({ store }: Serving, run: Doc, state: State): void {
  const parent = docOf(store, "task_run", run["parent_task_run_id"]);
  if (parent === null) return;
  const copy = {
    ...state,
    id: store.newId(),
    state_details: { ...state.state_details, task_run_id: parent.id, child_flow_run_id: run.id },
  };
  store.update("task_run", parent, keepTaskState(store, parent.id, copy));
}
