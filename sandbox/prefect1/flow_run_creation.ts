/**
 * Creating flow runs: which flow, which parameters, which labels, and a task run for each task.
 *
 * @see recorded: tests/wire/prefect1/README.md §5 "Creating a run"
 * @module
 */

import * as v from "valibot";
import { isJsonObject, type Json, type JsonObject } from "../../schemas/json/json.ts";
import { type ApiOperation, type Call, jsonObject, labels, mutation, text } from "./operation.ts";
import { refusal } from "./store/refusal.ts";
import { flowOf } from "./registration.ts";
import { runName } from "../names/run_name.ts";
import { newState } from "./store/states.ts";
import type { Row, Store } from "./store/store.ts";
import { createTaskRun } from "./task_run_states.ts";
import { normalTimestamp } from "./store/timestamps.ts";

const runInput = v.strictObject({
  id: text,
  flow_id: text,
  version_group_id: text,
  flow_run_name: text,
  parameters: jsonObject,
  context: jsonObject,
  labels,
  run_config: jsonObject,
  scheduled_start_time: text,
  idempotency_key: text,
});

type RunInput = v.InferOutput<typeof runInput>;

/** Creates a flow run, or finds the one made before with the same idempotency key. @returns its id */
export function createFlowRun(call: Call, input: RunInput): string {
  const { store } = call;
  const flow = flowToRun(store, input);
  const before = runOfKey(store, String(flow["id"]), input.idempotency_key ?? null);
  if (before !== undefined) return before;
  if (flow["archived"] === true) throw refusal(`Flow ${flow["id"]} is archived.`);
  const group = store.byId("flow_group", String(flow["flow_group_id"])) ?? {};
  const parameters = parametersOf(flow, group, input);
  const given = input.scheduled_start_time ?? null;
  const startTime = given === null ? store.stamp() : normalTimestamp(given);
  const id = insertRun(store, flow, {
    ...(input.id ? { id: input.id } : {}),
    name: input.flow_run_name ?? runName(call.random),
    idempotency_key: input.idempotency_key ?? null,
    parameters,
    context: input.context ?? {},
    labels: labelsOf(flow, group, input),
    run_config: input.run_config ?? group["run_config"] ?? flow["run_config"] ?? null,
    scheduled_start_time: startTime,
  });
  createTaskRuns(store, flow, id);
  return id;
}

function flowToRun(store: Store, input: RunInput): Row {
  if (input.flow_id) return flowOf(store, input.flow_id);
  if (!input.version_group_id) throw refusal("One of flow_id or version_group_id must be provided");
  const [flow] = store.all(
    "SELECT id FROM flow WHERE version_group_id = ? AND archived = 0 ORDER BY version DESC LIMIT 1",
    input.version_group_id,
  );
  if (flow === undefined) throw refusal(`Version group ${input.version_group_id} has no unarchived flows.`);
  return flowOf(store, String(flow["id"]));
}

function runOfKey(store: Store, flowId: string, key: string | null): string | undefined {
  if (key === null) return undefined;
  const [run] = store.all("SELECT id FROM flow_run WHERE flow_id = ? AND idempotency_key = ?", flowId, key);
  return run === undefined ? undefined : String(run["id"]);
}

/** Defaults of the flow that are not empty, then those of the group, then what the caller gives. */
function parametersOf(flow: Row, group: Row, input: RunInput): JsonObject {
  const declared = Array.isArray(flow["parameters"]) ? flow["parameters"].filter(isJsonObject) : [];
  const defaults = declared.filter((parameter) => isTruthy(parameter["default"]))
    .map((parameter) => [String(parameter["name"]), parameter["default"]]);
  const shared = group["default_parameters"];
  const all: JsonObject = {
    ...Object.fromEntries(defaults),
    ...(isJsonObject(shared) ? shared : {}),
    ...(input.parameters ?? {}),
  };
  const missing = declared.filter((parameter) => parameter["required"] === true)
    .map((parameter) => String(parameter["name"])).filter((name) => !(name in all));
  if (missing.length === 0) return all;
  throw refusal(`Required parameters were not supplied: {${missing.map((name) => `'${name}'`).join(", ")}}`);
}

/** Truth as Python has it: empty texts, lists and objects are false. */
function isTruthy(value: Json | undefined): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return isJsonObject(value) ? Object.keys(value).length > 0 : Boolean(value);
}

/** The first that is given of: the call's own, its run config's, the group's, and those of the run configs behind. */
function labelsOf(flow: Row, group: Row, input: RunInput): readonly string[] {
  const ofInput = input.run_config ? labelsIn(input.run_config) ?? [] : undefined;
  const chosen = textList(input.labels) ?? ofInput ?? textList(group["labels"]) ??
    labelsIn(group["run_config"]) ??
    labelsIn(flow["run_config"]) ?? labelsIn(flow["environment"]) ?? [];
  return [...new Set(chosen)].sort();
}

function labelsIn(holder: Json | undefined): readonly string[] | undefined {
  return isJsonObject(holder) ? textList(holder["labels"]) : undefined;
}

function textList(value: Json | undefined): readonly string[] | undefined {
  return Array.isArray(value) ? value.map(String) : undefined;
}

function insertRun(store: Store, flow: Row, values: JsonObject): string {
  const startTime = values["scheduled_start_time"] ?? null;
  const state = newState("Scheduled", "Flow run scheduled.", { start_time: startTime });
  const now = store.stamp();
  const shared = { tenant_id: flow["tenant_id"], version: 1, state: "Scheduled", serialized_state: state };
  const id = store.insert("flow_run", {
    ...values,
    ...shared,
    flow_id: flow["id"],
    auto_scheduled: false,
    times_resurrected: 0,
    state_message: "Flow run scheduled.",
    state_start_time: startTime,
    state_timestamp: now,
  });
  const history = { flow_run_id: id, message: "Flow run scheduled.", timestamp: now, start_time: startTime };
  store.update("flow_run", id, { state_id: store.insert("flow_run_state", { ...shared, ...history }) });
  return id;
}

/** The runtime looks for a task run of every task as soon as it starts. */
function createTaskRuns(store: Store, flow: Row, flowRunId: string): void {
  const tenantId = String(flow["tenant_id"]);
  for (const task of store.all("SELECT id, cache_key FROM task WHERE flow_id = ?", String(flow["id"]))) {
    const cacheKey = task["cache_key"] === null ? null : String(task["cache_key"]);
    createTaskRun(store, { flowRunId, taskId: String(task["id"]), mapIndex: -1, tenantId, cacheKey });
  }
}

/** Mutations that create flow runs. */
export const FLOW_RUN_CREATION: Readonly<Record<string, ApiOperation>> = {
  create_flow_run: mutation({
    input: runInput,
    payload: ["id"],
    run: (call, input) => ({ id: createFlowRun(call, input) }),
  }),
};
