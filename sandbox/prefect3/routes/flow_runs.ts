/**
 * Routes that read and change flow runs.
 *
 * @module
 * @see Prefect 3.9.1, server/api/flow_runs.py
 */

import * as v from "valibot";
import type { JsonObject } from "../../../schemas/json/json.ts";
import { filledText, mapping } from "../../../schemas/json/shape.ts";
import { docOf, runRow, runRows, stateRow, statesOf } from "../runs/run_rows.ts";
import { runName } from "../../names/run_name.ts";
import { definedOf } from "../store/members.ts";
import type { Doc } from "../store/store.ts";
import { absent, type Answer, DONE, notFound, ok, refusal } from "../wire/answer.ts";
import { faultAt } from "../wire/faults.ts";
import { isUuid, object, page, text, uuidText } from "../wire/fields.ts";
import { readPage } from "../wire/page.ts";
import { type Call, reads, type Route, takes } from "../wire/route.ts";
import { policy } from "../wire/state_fields.ts";
import { runVariablesFault } from "./deployments.ts";
import { runCondition, runFilters } from "./run_filter.ts";

const SORTS = {
  ID_DESC: "id DESC",
  START_TIME_ASC: "coalesce(start_time, expected_start_time) ASC",
  START_TIME_DESC: "coalesce(start_time, expected_start_time) DESC",
  EXPECTED_START_TIME_ASC: "expected_start_time ASC",
  EXPECTED_START_TIME_DESC: "expected_start_time DESC",
  NAME_ASC: "name ASC",
  NAME_DESC: "name DESC",
  NEXT_SCHEDULED_START_TIME_ASC: "next_scheduled_start_time ASC",
  END_TIME_DESC: "end_time DESC",
} as const;

const SORT_NAMES = [
  ...[
    "ID_DESC",
    "START_TIME_ASC",
    "START_TIME_DESC",
    "EXPECTED_START_TIME_ASC",
    "EXPECTED_START_TIME_DESC",
  ] as const,
  ...["NAME_ASC", "NAME_DESC", "NEXT_SCHEDULED_START_TIME_ASC", "END_TIME_DESC"] as const,
];

const filtered = v.object({ ...runFilters, ...page, sort: v.optional(v.picklist(SORT_NAMES), "ID_DESC") });

const runUpdate = v.strictObject({
  name: v.optional(v.nullable(text)),
  flow_version: v.optional(v.nullable(text)),
  parameters: v.optional(object),
  empirical_policy: v.optional(policy),
  tags: v.optional(v.array(text)),
  infrastructure_pid: v.optional(v.nullable(text)),
  job_variables: v.optional(v.nullable(object)),
});

/** The routes. */
export const RUN_ROUTES: readonly Route[] = [
  reads("GET", "/flow_runs/:id", (call, id) => {
    const run = call.store.get("flow_run", id);
    return run === null ? notFound("Flow run not found") : ok(runRow(call.store, run));
  }),
  takes("POST", "/flow_runs/filter", filtered, filterRuns),
  takes("POST", "/flow_runs/count", v.object(runFilters), countRuns),
  takes("PATCH", "/flow_runs/:id", runUpdate, updateRun),
  takes("PATCH", "/flow_runs/:id/labels", object, ({ store }, labels, id) => {
    const run = store.get("flow_run", id);
    if (run === null) return absent("Flow run", id);
    store.update("flow_run", run, { labels: { ...mapping(run["labels"]), ...labels } });
    return DONE;
  }),
  reads("GET", "/flow_run_states", ({ store, query }) => {
    const id = query.get("flow_run_id");
    return id !== null && isUuid(id)
      ? ok(statesOf(store, uuidText(id)))
      : faultAt(["query", "flow_run_id"], "Input should be a valid UUID", "uuid_parsing");
  }),
  reads("GET", "/flow_run_states/:id", ({ store }, id) => {
    const state = store.get("flow_run_state", id);
    return state === null ? notFound("Flow run state not found") : ok(stateRow(state));
  }),
];

function filterRuns({ store }: Call, body: v.InferOutput<typeof filtered>): Answer {
  const read = readPage(body);
  if ("refusal" in read) return read.refusal;
  const { sql, binds } = runCondition(body);
  const { limit, offset } = read.page;
  const statement = `SELECT doc FROM flow_run WHERE ${sql} ORDER BY ${SORTS[body.sort]} LIMIT ? OFFSET ?`;
  return ok(runRows(store, statement, [...binds, limit, offset]));
}

function countRuns({ store }: Call, body: Parameters<typeof runCondition>[0]): Answer {
  const { sql, binds } = runCondition(body);
  return ok(Number(store.row(`SELECT count(*) AS n FROM flow_run WHERE ${sql}`, ...binds)?.["n"]));
}

function updateRun(call: Call, changes: v.InferOutput<typeof runUpdate>, id: string): Answer {
  const { store } = call;
  const run = store.get("flow_run", id);
  if (run === null) return notFound("Flow run not found");
  const fault = changes.job_variables === undefined || changes.job_variables === null
    ? null
    : variablesRefusal(call, run, changes.job_variables);
  if (fault !== null) return fault;
  const { empirical_policy: given, name, ...more } = changes;
  const whole = given === undefined
    ? {}
    : { empirical_policy: { ...mapping(run["empirical_policy"]), ...given } };
  const named = name === undefined ? {} : { name: filledText(name) ?? runName(call.random) };
  store.update("flow_run", run, { ...definedOf(more), ...named, ...whole });
  return DONE;
}

function variablesRefusal({ store }: Call, run: Doc, values: JsonObject): Answer | null {
  if (run["state_type"] !== "SCHEDULED") {
    return refusal(400, `Job variables for a flow run in state ${run["state_type"]} cannot be updated`);
  }
  const deployment = docOf(store, "deployment", run["deployment_id"]);
  if (deployment === null) return refusal(400, "A deployment for the flow run could not be found");
  const fault = runVariablesFault(store, deployment, values);
  return fault === null ? null : refusal(422, `Error updating flow run: ${fault}`);
}
