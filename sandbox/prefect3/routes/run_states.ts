/**
 * Routes that propose states of flow runs.
 *
 * @module
 * @see Prefect 3.9.1, server/api/flow_runs.py
 */

import * as v from "valibot";
import { decisionRow, decisionRows } from "../../../schemas/prefect3/state_rules/decision_rows.ts";
import type { ProposedState } from "../../../schemas/prefect3/state_rules/state.ts";
import type { Decision, Proposal } from "../../../schemas/prefect3/state_rules/transition.ts";
import { stateOf } from "../runs/ruled_run.ts";
import { docOf } from "../runs/run_rows.ts";
import { setState, setStates } from "../runs/set_state.ts";
import { absent, type Answer, ok } from "../wire/answer.ts";
import { object, whole } from "../wire/fields.ts";
import { type Call, type Route, takes } from "../wire/route.ts";
import { stateCreate } from "../wire/state_fields.ts";
import { runCondition, runFilters } from "./run_filter.ts";

/** Most runs of one request. */
const MOST_RUNS = 50;

const setOne = v.object({ state: stateCreate, force: v.optional(v.boolean(), false) });

const setMany = v.object({
  ...setOne.entries,
  flow_runs: runFilters.flow_runs,
  limit: v.optional(v.pipe(whole, v.minValue(1), v.maxValue(MOST_RUNS)), MOST_RUNS),
});

const resumed = v.optional(v.nullable(v.object({ run_input: v.optional(v.nullable(object)) })));

/** The routes. */
export const STATE_ROUTES: readonly Route[] = [
  takes("POST", "/flow_runs/:id/set_state", setOne, (call, { state, force }, id) => {
    const run = call.store.get("flow_run", id);
    return run === null ? absent("Flow run", id) : judged(setState(call, run, proposal(call, state, force)));
  }),
  takes("POST", "/flow_runs/bulk_set_state", setMany, setStatesOf),
  takes("POST", "/flow_runs/:id/resume", resumed, resume),
];

function proposal({ clientVersion }: Call, state: ProposedState, force: boolean): Proposal {
  return { state, way: force ? "forced" : "asked", isRenewing: isRenewing(clientVersion) };
}

/** Clients from 3.4.11 on renew leases of slots. */
function isRenewing(version: string | null): boolean {
  const [major = 0, minor = 0, patch = 0] = (version ?? "").split(".").map((part) =>
    Number.parseInt(part, 10)
  );
  if (major !== 3) return major > 3;
  return minor !== 4 ? minor > 4 : patch >= 11;
}

/** 201 with a new state, else 200. */
function judged(decision: Decision): Answer {
  return { status: decision.isNew ? 201 : 200, body: decisionRow(decision) };
}

function setStatesOf(call: Call, body: v.InferOutput<typeof setMany>): Answer {
  const { store } = call;
  const none = { flows: null, deployments: null, work_pools: null, work_pool_queues: null };
  const { sql, binds } = runCondition({ flow_runs: body.flow_runs, ...none });
  const statement = `SELECT doc FROM flow_run WHERE ${sql} ORDER BY id DESC LIMIT ?`;
  const runs = store.docs(statement, ...binds, body.limit);
  return ok({ results: decisionRows(setStates(call, runs, proposal(call, body.state, body.force))) });
}

function resume(call: Call, _body: unknown, id: string): Answer {
  const { store } = call;
  const run = store.get("flow_run", id);
  if (run === null) return absent("Flow run", id);
  const state = stateOf(docOf(store, "flow_run_state", run["state_id"]));
  if (state?.type !== "PAUSED") {
    const details = { type: "abort_details", reason: "Cannot resume a flow run that is not paused." };
    return ok({ state: null, status: "ABORT", details });
  }
  const next: ProposedState = state.state_details.pause_reschedule
    ? { type: "SCHEDULED", name: "Resuming", state_details: { scheduled_time: store.stamp() } }
    : { type: "RUNNING" };
  return judged(setState(call, run, proposal(call, next, false)));
}
