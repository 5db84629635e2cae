/**
 * Registration of flows: versions, groups, archived predecessors.
 *
 * @see recorded: tests/wire/prefect1/README.md §5 "Registration"
 * @module
 */

import { Buffer } from "node:buffer";
import { gunzipSync } from "node:zlib";
import * as v from "valibot";
import { isJsonObject, type Json, type JsonObject } from "../../schemas/json/json.ts";
import { cancelFlowRun } from "./flow_run_states.ts";
import { type ApiOperation, type Call, DONE, json, mutation, tenantOf, text } from "./operation.ts";
import { refusal } from "./store/refusal.ts";
import type { Row, Store } from "./store/store.ts";
import { registerEdges, registerTasks } from "./tasks.ts";

const flowInput = v.strictObject({
  tenant_id: text,
  project_id: v.string(),
  serialized_flow: json,
  set_schedule_active: v.nullish(v.boolean(), true),
  version_group_id: text,
  idempotency_key: text,
  description: text,
});

type FlowInput = v.InferOutput<typeof flowInput>;

/** The flow of that id. @throws {FailureError} `apiError` when there is none */
export function flowOf(store: Store, id: string): Row {
  const flow = store.byId("flow", id);
  if (flow === undefined) throw refusal(`Flow ${id} not found`);
  return flow;
}

/** Registers a flow as the next version of its group. @returns the id of the flow, old or new */
export function createFlow(call: Call, input: FlowInput): string {
  const { store } = call;
  const serialized = input.serialized_flow;
  if (!isJsonObject(serialized)) throw refusal("Invalid flow: serialized_flow is not an object");
  const project = store.byId("project", input.project_id);
  if (project === undefined) throw refusal(`Project ${input.project_id} not found`);
  const name = typeof serialized["name"] === "string" ? serialized["name"] : "";
  if (name === "") throw refusal("Invalid flow: it has no name");
  const versionGroup = input.version_group_id ?? versionGroupOf(store, input.project_id, name) ??
    store.newId();
  const tenantId = String(project["tenant_id"] ?? tenantOf(call, input.tenant_id));
  const group = flowGroup(store, tenantId, versionGroup);
  const latest = latestOf(store, group.id);
  const key = input.idempotency_key ?? null;
  if (latest !== undefined && key !== null && latest["idempotency_key"] === key) return String(latest["id"]);
  archiveAll(store, group.id);
  const version = Number(latest?.["version"] ?? 0) + 1;
  const flowId = store.insert("flow", {
    tenant_id: tenantId,
    project_id: input.project_id,
    flow_group_id: group.id,
    version_group_id: versionGroup,
    name,
    version,
    idempotency_key: key,
    description: input.description ?? null,
    archived: false,
    is_schedule_active: input.set_schedule_active,
    settings: group.settings,
    ...copiesOf(serialized),
  });
  registerTasks(store, flowId, listOf(serialized["tasks"]));
  registerEdges(store, flowId, listOf(serialized["edges"]));
  return flowId;
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

/** The parts of a serialized flow that have columns of their own. */
function copiesOf(serialized: JsonObject): JsonObject {
  const { storage, run_config, environment, parameters, schedule, __version__ } = serialized;
  return {
    serialized_flow: serialized,
    core_version: typeof __version__ === "string" ? __version__ : null,
    storage: storage ?? null,
    run_config: run_config ?? null,
    environment: environment ?? null,
    parameters: parameters ?? [],
    schedule: schedule ?? null,
  };
}

function versionGroupOf(store: Store, projectId: string, name: string): string | undefined {
  const [flow] = store.all(
    "SELECT version_group_id AS id FROM flow WHERE project_id = ? AND name = ? ORDER BY created DESC LIMIT 1",
    projectId,
    name,
  );
  return flow === undefined ? undefined : String(flow["id"]);
}

interface Group {
  readonly id: string;
  readonly settings: Json;
}

function flowGroup(store: Store, tenantId: string, name: string): Group {
  const [known] = store.all(
    "SELECT id, settings FROM flow_group WHERE tenant_id = ? AND name = ?",
    tenantId,
    name,
  );
  if (known !== undefined) {
    return { id: String(known["id"]), settings: JSON.parse(String(known["settings"])) };
  }
  const id = store.insert("flow_group", { tenant_id: tenantId, name, settings: {}, default_parameters: {} });
  return { id, settings: {} };
}

function latestOf(store: Store, groupId: string): Record<string, unknown> | undefined {
  return store.all(
    "SELECT id, version, idempotency_key FROM flow WHERE flow_group_id = ? ORDER BY version DESC LIMIT 1",
    groupId,
  )[0];
}

function archiveAll(store: Store, groupId: string): void {
  const flows = store.all("SELECT id FROM flow WHERE flow_group_id = ? AND archived = 0", groupId);
  for (const { id } of flows) archiveFlow(store, String(id));
}

/** Takes a version out of service: no new runs, and those that wait are cancelled. */
function archiveFlow(store: Store, id: string): void {
  store.update("flow", id, { archived: true, is_schedule_active: false });
  const waiting = store.all("SELECT id FROM flow_run WHERE flow_id = ? AND state = 'Scheduled'", id);
  for (const run of waiting) cancelFlowRun(store, String(run["id"]));
}

/**
 * The flow of a compressed text: gzip in base64, as the Prefect CLI sends it.
 *
 * @throws {FailureError} `apiError` for anything else
 */
export function decompressFlow(compressed: string): Json {
  try {
    return JSON.parse(gunzipSync(Buffer.from(compressed, "base64")).toString("utf-8"));
  } catch {
    throw refusal("Invalid flow: serialized_flow is not gzip in base64 with JSON inside");
  }
}

const flowIdInput = v.strictObject({ flow_id: v.string() });

/** Mutations by which flows are registered, activated and taken out of service. */
export const REGISTRATION: Readonly<Record<string, ApiOperation>> = {
  create_flow: mutation({
    input: flowInput,
    payload: ["id"],
    run: (call, input) => ({ id: createFlow(call, input) }),
  }),
  create_flow_from_compressed_string: mutation({
    input: v.strictObject({ ...flowInput.entries, serialized_flow: v.string() }),
    payload: ["id"],
    run: (call, input) => {
      return { id: createFlow(call, { ...input, serialized_flow: decompressFlow(input.serialized_flow) }) };
    },
  }),
  register_tasks: mutation({
    input: v.strictObject({ tenant_id: text, flow_id: v.string(), serialized_tasks: v.array(json) }),
    payload: ["success"],
    run: ({ store }, { flow_id, serialized_tasks }) => {
      registerTasks(store, String(flowOf(store, flow_id)["id"]), serialized_tasks);
      return DONE;
    },
  }),
  register_edges: mutation({
    input: v.strictObject({ tenant_id: text, flow_id: v.string(), serialized_edges: v.array(json) }),
    payload: ["success"],
    run: ({ store }, { flow_id, serialized_edges }) => {
      registerEdges(store, String(flowOf(store, flow_id)["id"]), serialized_edges);
      return DONE;
    },
  }),
  set_schedule_active: scheduleSwitch({ is_schedule_active: true }),
  set_schedule_inactive: scheduleSwitch({ is_schedule_active: false }),
  archive_flow: mutation({
    input: flowIdInput,
    payload: ["success"],
    run: ({ store }, { flow_id }) => {
      flowOf(store, flow_id);
      archiveFlow(store, flow_id);
      return DONE;
    },
  }),
};

function scheduleSwitch(values: JsonObject): ApiOperation {
  return mutation({
    input: flowIdInput,
    payload: ["success"],
    run: ({ store }, { flow_id }) => {
      flowOf(store, flow_id);
      store.update("flow", flow_id, values);
      return DONE;
    },
  });
}
