/**
 * Routes of deployments.
 *
 * @module
 * @see Prefect 3.9.1, server/api/deployments.py
 */

import * as v from "valibot";
import { isJsonObject, type JsonObject } from "../../../schemas/json/json.ts";
import { mapping } from "../../../schemas/json/shape.ts";
import { ensureQueue } from "../pools/pools.ts";
import { schemaFault, variablesFault, withoutRequired } from "../pools/template_faults.ts";
import { limitOf } from "../runs/leases.ts";
import { placeOf } from "../runs/run_rows.ts";
import { definedOf } from "../store/members.ts";
import type { Doc, Store } from "../store/store.ts";
import { type Answer, CONFLICT, created, DONE, notFound, ok, refusal } from "../wire/answer.ts";
import { json, maybe, object, page, positive, text, texts, uuid, whole } from "../wire/fields.ts";
import { readPage } from "../wire/page.ts";
import { type Call, reads, type Route, takes } from "../wire/route.ts";
import { namedFilter } from "./flows.ts";
import { namedAs, selected } from "./named_filter.ts";

const concurrencyOptions = v.object({
  collision_strategy: v.picklist(["ENQUEUE", "CANCEL_NEW"]),
  grace_period_seconds: maybe(v.pipe(whole, v.minValue(60), v.maxValue(86_400))),
});

const common = {
  paused: v.optional(v.boolean()),
  schedules: v.optional(v.array(json)),
  concurrency_limit: v.optional(v.nullable(positive)),
  concurrency_options: v.optional(v.nullable(concurrencyOptions)),
  enforce_parameter_schema: v.optional(v.nullable(v.boolean())),
  parameter_openapi_schema: v.optional(v.nullable(object)),
  parameters: v.optional(v.nullable(object)),
  tags: v.optional(texts),
  pull_steps: v.optional(v.nullable(v.array(object))),
  work_queue_name: v.optional(v.nullable(text)),
  work_pool_name: v.optional(v.nullable(text)),
  storage_document_id: v.optional(v.nullable(uuid)),
  infrastructure_document_id: v.optional(v.nullable(uuid)),
  description: v.optional(v.nullable(text)),
  path: v.optional(v.nullable(text)),
  version: v.optional(v.nullable(text)),
  entrypoint: v.optional(v.nullable(text)),
  job_variables: v.optional(v.nullable(object)),
  version_info: v.optional(v.nullable(object)),
};

const deploymentCreate = v.strictObject({
  ...common,
  name: text,
  flow_id: uuid,
  // What a change may take away has to be something at first.
  enforce_parameter_schema: v.optional(v.boolean()),
  parameters: v.optional(object),
  job_variables: v.optional(object),
  labels: v.optional(v.nullable(object)),
  global_concurrency_limit_id: v.optional(v.null()),
});

const deploymentUpdate = v.strictObject(common);

type Changes = v.InferOutput<typeof deploymentUpdate>;

/** The routes. */
export const DEPLOYMENT_ROUTES: readonly Route[] = [
  takes("POST", "/deployments", deploymentCreate, createDeployment),
  reads(
    "GET",
    "/deployments/:id",
    (call, id) => ofDeployment(call, id, (one) => ok(deploymentRow(call.store, one))),
  ),
  reads("GET", "/deployments/name/:flow/:deployment", byName),
  takes(
    "PATCH",
    "/deployments/:id",
    deploymentUpdate,
    (call, changes, id) => ofDeployment(call, id, (one) => updateDeployment(call, one, changes)),
  ),
  takes("POST", "/deployments/:id/pause_deployment", v.unknown(), (call, _body, id) => pause(call, id, true)),
  takes(
    "POST",
    "/deployments/:id/resume_deployment",
    v.unknown(),
    (call, _body, id) => pause(call, id, false),
  ),
  takes(
    "POST",
    "/deployments/filter",
    v.object({ deployments: maybe(namedFilter), ...page }),
    ({ store }, body) => {
      const read = readPage(body);
      if ("refusal" in read) return read.refusal;
      const { sql, binds } = selected("deployment", [namedAs(body.deployments)]);
      const rows = store.docs(
        `${sql} ORDER BY name LIMIT ? OFFSET ?`,
        ...binds,
        read.page.limit,
        read.page.offset,
      );
      return ok(rows.map((one) => deploymentRow(store, one)));
    },
  ),
];

/** Answers with the deployment of an id, or that there is none. */
export function ofDeployment(call: Call, id: string, answer: (deployment: Doc) => Answer): Answer {
  const deployment = call.store.get("deployment", id);
  return deployment === null ? notFound("Deployment not found") : answer(deployment);
}

/** A deployment as the API shows it. */
export function deploymentRow(store: Store, deployment: Doc): JsonObject {
  const { concurrency_limit_id: _limit, ...row } = deployment;
  const { queue, pool } = placeOf(store, deployment);
  return {
    ...row,
    // Servers keep the older member for old clients, and fill it no more.
    concurrency_limit: null,
    global_concurrency_limit: limitOf(store, deployment),
    work_queue_name: queue?.["name"] ?? null,
    work_pool_name: pool?.["name"] ?? null,
  };
}

const NEW_DEPLOYMENT = {
  ...{ version: null, description: null, paused: false, schedules: [], concurrency_options: null },
  ...{ job_variables: {}, parameters: {}, tags: [], last_polled: null, parameter_openapi_schema: {} },
  ...{
    path: null,
    pull_steps: [],
    entrypoint: null,
    storage_document_id: null,
    infrastructure_document_id: null,
  },
  ...{ created_by: null, updated_by: null, status: "NOT_READY", enforce_parameter_schema: true },
  ...{ work_queue_id: null, concurrency_limit_id: null },
} as const;

function createDeployment(call: Call, values: v.InferOutput<typeof deploymentCreate>): Answer {
  const { store } = call;
  const { name, flow_id, labels, ...changes } = values;
  const fault = changesFault(call, changes, "creating");
  if (fault !== null) return fault;
  if (store.get("flow", flow_id) === null) return CONFLICT;
  return store.transaction(() => {
    const known = store.find("deployment", { flow_id, name });
    const own = labels ?? mapping(known?.["labels"]);
    const deployment = known ??
      store.insert("deployment", { ...NEW_DEPLOYMENT, name, flow_id });
    const kept = { ...changesOf(call, changes), labels: { "prefect.flow.id": flow_id, ...own } };
    const changed = withLimit(store, store.update("deployment", deployment, kept), changes.concurrency_limit);
    const row = deploymentRow(store, changed);
    return known === null ? created(row) : ok(row);
  });
}

/** Why values do not fit; null: they do. */
function changesFault(call: Call, { work_pool_name, job_variables }: Changes, doing: string): Answer | null {
  const { store } = call;
  if (work_pool_name === undefined || work_pool_name === null) return null;
  const pool = store.find("work_pool", { name: work_pool_name });
  if (pool === null) return notFound(`Work pool "${work_pool_name}" not found.`);
  const template = mapping(pool["base_job_template"]);
  const fault = variablesFault({ template, values: [job_variables ?? {}], isComplete: false });
  const isChecked = Object.keys(job_variables ?? {}).length > 0;
  return fault === null || !isChecked ? null : refusal(422, `Error ${doing} deployment: ${fault}`);
}

/** Why the parameters that a deployment would have do not fit the schema that it would have; null: they do, or need not. */
function parametersFault(deployment: Doc, changes: Changes): Answer | null {
  if ((changes.enforce_parameter_schema ?? deployment["enforce_parameter_schema"]) === false) return null;
  const given = changes.parameter_openapi_schema ?? {};
  const schema = Object.keys(given).length > 0 ? given : deployment["parameter_openapi_schema"];
  if (!isJsonObject(schema)) {
    const why =
      "Cannot update parameters because parameter schema enforcement is enabled and the deployment does " +
      "not have a valid parameter schema.";
    return refusal(409, `Error updating deployment: ${why}`);
  }
  const parameters = changes.parameters ?? mapping(deployment["parameters"]);
  const fault = schemaFault(withoutRequired(schema), parameters);
  return fault === null ? null : refusal(409, `Error updating deployment: ${fault}`);
}

/** Why the job variables of a run of a deployment do not fit its pool; null: they do, or it has no pool. */
export function runVariablesFault(store: Store, deployment: Doc, values: JsonObject): string | null {
  const { pool } = placeOf(store, deployment);
  return pool === null ? null : variablesFault({
    template: mapping(pool["base_job_template"]),
    values: [mapping(deployment["job_variables"]), values],
    isComplete: true,
  });
}

function changesOf({ store }: Call, changes: Changes): JsonObject {
  const { work_pool_name, work_queue_name, concurrency_limit: _limit, version_info: _info, ...given } =
    changes;
  const pool = typeof work_pool_name === "string" ? store.find("work_pool", { name: work_pool_name }) : null;
  if (pool === null) return definedOf(given);
  const queue = typeof work_queue_name === "string"
    ? ensureQueue(store, pool, work_queue_name).id
    : pool["default_queue_id"];
  return { ...definedOf(given), work_queue_id: queue ?? null };
}

/** Makes, changes or takes away the limit of a deployment. @param limit undefined: it stays as it is */
function withLimit(store: Store, deployment: Doc, limit: number | null | undefined): Doc {
  if (limit === undefined) return deployment;
  const known = limitOf(store, deployment);
  if (limit === null) {
    if (known !== null) store.remove("concurrency_limit", known.id);
    return store.update("deployment", deployment, { concurrency_limit_id: null });
  }
  if (known !== null) {
    store.update("concurrency_limit", known, { limit });
    return deployment;
  }
  const made = store.insert("concurrency_limit", {
    active: true,
    name: `deployment:${deployment.id}`,
    limit,
    active_slots: 0,
    slot_decay_per_second: 0,
  });
  return store.update("deployment", deployment, { concurrency_limit_id: made.id });
}

function updateDeployment(call: Call, deployment: Doc, changes: Changes): Answer {
  const fault = changesFault(call, changes, "updating") ?? parametersFault(deployment, changes);
  if (fault !== null) return fault;
  const { store } = call;
  store.transaction(() =>
    withLimit(
      store,
      store.update("deployment", deployment, changesOf(call, changes)),
      changes.concurrency_limit,
    )
  );
  return DONE;
}

function pause(call: Call, id: string, paused: boolean): Answer {
  return ofDeployment(call, id, (deployment) => {
    call.store.update("deployment", deployment, { paused });
    return ok(null);
  });
}

function byName({ store }: Call, flowName: string, name: string): Answer {
  const flow = store.find("flow", { name: flowName });
  const deployment = flow === null ? null : store.find("deployment", { flow_id: flow.id, name });
  return deployment === null ? notFound("Deployment not found") : ok(deploymentRow(store, deployment));
}
