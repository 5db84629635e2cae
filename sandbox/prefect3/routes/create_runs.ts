/**
 * Routes that create flow runs.
 *
 * @module
 * @see Prefect 3.9.1, server/api/flow_runs.py and server/api/deployments.py
 */

import * as v from "valibot";
import type { Json, JsonObject } from "../../../schemas/json/json.ts";
import { keepNumbers } from "../../../schemas/json/number_source.ts";
import { filledText, listItems, mapping } from "../../../schemas/json/shape.ts";
import type { ProposedState } from "../../../schemas/prefect3/state_rules/state.ts";
import { runName } from "../../names/run_name.ts";
import { ensureQueue } from "../pools/pools.ts";
import { schemaFault } from "../pools/template_faults.ts";
import { docOf, placeOf, runRow } from "../runs/run_rows.ts";
import { setState } from "../runs/set_state.ts";
import type { Doc } from "../store/store.ts";
import { type Answer, CONFLICT, created, ok, refusal } from "../wire/answer.ts";
import { maybe, object, text, uuid } from "../wire/fields.ts";
import { type Call, type Route, takes } from "../wire/route.ts";
import { NO_RETRIES, runCommon } from "../wire/state_fields.ts";
import { ofDeployment, runVariablesFault } from "./deployments.ts";
import { noQueue, ofPool } from "./pools.ts";

const runCreate = v.strictObject({
  ...runCommon,
  flow_id: uuid,
  flow_version: maybe(text),
  deployment_id: maybe(uuid),
  work_pool_name: maybe(text),
  job_variables: maybe(object),
});

const deploymentRunCreate = v.strictObject({
  ...runCommon,
  enforce_parameter_schema: maybe(v.boolean()),
  job_variables: v.optional(v.nullable(object), {}),
});

/** The routes. */
export const CREATE_ROUTES: readonly Route[] = [
  takes("POST", "/flow_runs", runCreate, createRun),
  takes(
    "POST",
    "/deployments/:id/create_flow_run",
    deploymentRunCreate,
    (call, body, id) => ofDeployment(call, id, (deployment) => createFromDeployment(call, deployment, body)),
  ),
];

function createRun(call: Call, body: v.InferOutput<typeof runCreate>): Answer {
  const { store } = call;
  const parent = body.parent_task_run_id;
  const isOrphan = parent !== null && store.get("task_run", parent) === null;
  if (isOrphan || store.get("flow", body.flow_id) === null) return CONFLICT;
  const { work_pool_name: poolName, work_queue_name: queueName, state, ...given } = body;
  const start = (queueId: Json) =>
    made(call, { ...given, work_queue_id: queueId }, state ?? { type: "PENDING" });
  if (poolName === null) return start(null);
  return ofPool(call, poolName, (pool) => {
    if (queueName === null) return start(pool["default_queue_id"] ?? null);
    const queue = store.find("work_queue", { work_pool_id: pool.id, name: queueName });
    return queue === null ? noQueue(poolName, queueName) : start(queue.id);
  });
}

type FromDeployment = v.InferOutput<typeof deploymentRunCreate>;

function createFromDeployment(call: Call, deployment: Doc, body: FromDeployment): Answer {
  const { store } = call;
  const parameters = merged(mapping(deployment["parameters"]), body.parameters);
  const fault = parametersFault(deployment, body, parameters) ?? jobFault(call, deployment, body);
  if (fault !== null) return fault;
  const { queue, pool } = placeOf(store, deployment);
  if (body.work_queue_name !== null && pool === null) {
    const why =
      `Cannot create flow run in work queue ${body.work_queue_name} because deployment ${deployment.id} is ` +
      "not associated with a work pool. Please remove work_pool_name and try again.";
    return refusal(400, why);
  }
  return store.transaction(() => {
    const own = body.work_queue_name === null || pool === null
      ? queue
      : ensureQueue(store, pool, body.work_queue_name);
    const { enforce_parameter_schema: _enforce, work_queue_name: _name, state, ...given } = body;
    return made(call, {
      ...given,
      flow_id: deployment["flow_id"] ?? null,
      deployment_id: deployment.id,
      deployment_version: deployment["version"] ?? null,
      parameters,
      tags: [...new Set([...listItems(deployment["tags"]), ...body.tags])].map(String),
      work_queue_id: own?.id ?? null,
    }, state ?? { type: "SCHEDULED" });
  });
}

/** Numbers stay as they were written. */
function merged(one: JsonObject, other: JsonObject): JsonObject {
  const all = { ...one, ...other };
  for (const name of Object.keys(all)) keepNumbers(Object.hasOwn(other, name) ? other : one, all, name);
  return all;
}

function parametersFault(deployment: Doc, body: FromDeployment, parameters: JsonObject): Answer | null {
  if ((body.enforce_parameter_schema ?? deployment["enforce_parameter_schema"]) === false) return null;
  const fault = schemaFault(mapping(deployment["parameter_openapi_schema"]), parameters);
  return fault === null ? null : refusal(409, `Error creating flow run: ${fault}`);
}

function jobFault({ store }: Call, deployment: Doc, body: FromDeployment): Answer | null {
  const fault = runVariablesFault(store, deployment, body.job_variables ?? {});
  return fault === null ? null : refusal(422, `Error creating flow run: ${fault}`);
}

const NEW_RUN = {
  ...{
    state_id: null,
    deployment_id: null,
    deployment_version: null,
    work_queue_id: null,
    flow_version: null,
  },
  ...{
    parameters: {},
    idempotency_key: null,
    context: {},
    tags: [],
    parent_task_run_id: null,
    state_type: null,
  },
  ...{
    state_name: null,
    run_count: 0,
    expected_start_time: null,
    next_scheduled_start_time: null,
    start_time: null,
  },
  ...{ end_time: null, total_run_time: 0, auto_scheduled: false, infrastructure_document_id: null },
  ...{ infrastructure_pid: null, created_by: null, job_variables: {}, work_queue_name: null },
} as const;

/** Makes the run with its first state. One that was made under the same key is answered as it is. */
function made(call: Call, given: JsonObject, first: ProposedState): Answer {
  const { store } = call;
  return store.transaction(() => {
    const known = idempotent(call, given);
    if (known !== null) return ok(runRow(store, known));
    const run = store.insert("flow_run", {
      ...NEW_RUN,
      ...given,
      name: filledText(given["name"]) ?? runName(call.random),
      job_variables: given["job_variables"] ?? {},
      empirical_policy: { ...NO_RETRIES, ...mapping(given["empirical_policy"]) },
      labels: labelsOf(call, given),
    });
    setState(call, run, { state: first, way: "forced", isRenewing: false });
    return created(runRow(store, store.get("flow_run", run.id) ?? run));
  });
}

function idempotent({ store }: Call, { flow_id, idempotency_key }: JsonObject): Doc | null {
  if (typeof idempotency_key !== "string" || idempotency_key === "") return null;
  return store.find("flow_run", { flow_id: String(flow_id), idempotency_key });
}

function labelsOf({ store }: Call, { flow_id, deployment_id, labels }: JsonObject): JsonObject {
  const deployment = docOf(store, "deployment", deployment_id);
  const flow = { "prefect.flow.id": flow_id ?? null };
  if (deployment === null) {
    return { ...mapping(store.get("flow", String(flow_id))?.["labels"]), ...flow, ...mapping(labels) };
  }
  const own = { ...flow, "prefect.deployment.id": deployment.id };
  return { ...mapping(deployment["labels"]), ...own, ...mapping(labels) };
}
