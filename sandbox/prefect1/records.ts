/**
 * The small things kept beside runs: logs, artifacts, key-value pairs, secrets, limits of task tags.
 *
 * @module
 */

import * as v from "valibot";
import type { Json } from "../../schemas/json/json.ts";
import {
  type ApiOperation,
  type Call,
  DONE,
  json,
  jsonObject,
  list,
  mutation,
  question,
  tenantOf,
  text,
} from "./operation.ts";
import { refusal } from "./store/refusal.ts";
import { normalTimestamp } from "./store/timestamps.ts";

const logInput = v.strictObject({
  flow_run_id: v.string(),
  task_run_id: text,
  timestamp: text,
  name: text,
  message: text,
  level: text,
  info: v.nullish(json),
});

/** Lines about flow runs that are gone are dropped: the others of the batch are not to blame. */
function writeLogs({ store }: Call, logs: readonly v.InferOutput<typeof logInput>[]): void {
  const tenants = new Map<string, Json>();
  for (const log of logs) {
    if (!tenants.has(log.flow_run_id)) {
      tenants.set(log.flow_run_id, store.byId("flow_run", log.flow_run_id)?.["tenant_id"] ?? null);
    }
    const tenantId = tenants.get(log.flow_run_id) ?? null;
    if (tenantId === null) continue;
    store.insert("log", {
      tenant_id: tenantId,
      flow_run_id: log.flow_run_id,
      task_run_id: log.task_run_id ?? null,
      timestamp: typeof log.timestamp === "string" ? normalTimestamp(log.timestamp) : store.stamp(),
      name: log.name ?? null,
      message: log.message ?? null,
      level: log.level ?? "INFO",
      info: log.info ?? null,
    });
  }
}

const pairInput = v.strictObject({ key: v.string(), value: json, tenant_id: text });

function setKeyValue(call: Call, input: v.InferOutput<typeof pairInput>): string {
  const { store } = call;
  const tenantId = tenantOf(call, input.tenant_id);
  const [known] = store.all("SELECT id FROM key_value WHERE tenant_id = ? AND key = ?", tenantId, input.key);
  if (known === undefined) {
    return store.insert("key_value", { tenant_id: tenantId, key: input.key, value: input.value });
  }
  store.update("key_value", String(known["id"]), { value: input.value });
  return String(known["id"]);
}

const secretInput = v.strictObject({ name: v.string(), value: v.nullish(json), tenant_id: text });

/** A secret without a value is removed. */
function setSecret(call: Call, input: v.InferOutput<typeof secretInput>): Json {
  const tenantId = tenantOf(call, input.tenant_id);
  call.store.run("DELETE FROM secret WHERE tenant_id = ? AND name = ?", tenantId, input.name);
  const value = input.value ?? null;
  if (value === null) return DONE;
  call.store.run("INSERT INTO secret VALUES (?, ?, ?)", tenantId, input.name, JSON.stringify(value));
  return DONE;
}

const limitInput = v.strictObject({ tag: v.string(), limit: v.pipe(v.number(), v.integer(), v.minValue(0)) });

function setTagLimit({ store, tenantId }: Call, { tag, limit }: v.InferOutput<typeof limitInput>): string {
  const [known] = store.all("SELECT id FROM task_tag_limit WHERE tenant_id = ? AND tag = ?", tenantId, tag);
  if (known === undefined) return store.insert("task_tag_limit", { tenant_id: tenantId, tag, limit });
  store.update("task_tag_limit", String(known["id"]), { limit });
  return String(known["id"]);
}

function artifactTenant({ store }: Call, taskRunId: string): Json {
  const row = store.byId("task_run", taskRunId);
  if (row === undefined) throw refusal(`Task run ${taskRunId} not found`);
  return row["tenant_id"] ?? null;
}

/** A mutation that deletes one row by the id in the input field of that name. */
function deletion(table: string, field: string): ApiOperation {
  return mutation({
    input: v.strictObject({ [field]: v.string() }),
    payload: ["success"],
    run: ({ store }, input) => {
      const id = String(input[field]);
      const known = store.byId(table, id) !== undefined;
      store.run(`DELETE FROM ${table} WHERE id = ?`, id);
      return { success: known };
    },
  });
}

/** Mutations of what is kept beside runs. */
export const RECORDS: Readonly<Record<string, ApiOperation>> = {
  write_run_logs: mutation({
    input: v.strictObject({ logs: list(logInput) }),
    payload: ["success"],
    run: (call, { logs }) => {
      writeLogs(call, logs);
      return DONE;
    },
  }),
  create_task_run_artifact: mutation({
    input: v.strictObject({ task_run_id: v.string(), kind: v.string(), data: jsonObject, tenant_id: text }),
    payload: ["id"],
    run: (call, { task_run_id, kind, data, tenant_id }) => {
      const tenant = tenant_id ?? artifactTenant(call, task_run_id);
      return {
        id: call.store.insert("task_run_artifact", {
          task_run_id,
          kind,
          data: data ?? {},
          tenant_id: tenant,
        }),
      };
    },
  }),
  update_task_run_artifact: mutation({
    input: v.strictObject({ task_run_artifact_id: v.string(), data: jsonObject }),
    payload: ["success"],
    run: ({ store }, { task_run_artifact_id, data }) => {
      const known = store.byId("task_run_artifact", task_run_artifact_id) !== undefined;
      store.update("task_run_artifact", task_run_artifact_id, { data: data ?? {} });
      return { success: known };
    },
  }),
  delete_task_run_artifact: deletion("task_run_artifact", "task_run_artifact_id"),
  set_key_value: mutation({
    input: pairInput,
    payload: ["id"],
    run: (call, input) => ({ id: setKeyValue(call, input) }),
  }),
  delete_key_value: deletion("key_value", "key_value_id"),
  set_secret: mutation({ input: secretInput, payload: ["success"], run: setSecret }),
  delete_secret: mutation({
    input: v.strictObject({ name: v.string() }),
    payload: ["success"],
    run: (call, { name }) => setSecret(call, { name }),
  }),
  update_task_tag_limit: mutation({
    input: limitInput,
    payload: ["id"],
    run: (call, input) => ({ id: setTagLimit(call, input) }),
  }),
  delete_task_tag_limit: deletion("task_tag_limit", "limit_id"),
};

/** Queries of secrets: by name only, so that no filter can guess at values. */
export const SECRET_QUESTIONS: Readonly<Record<string, ApiOperation>> = {
  secret_value: question({
    input: v.strictObject({ name: v.string() }),
    payload: [],
    run: ({ store, tenantId }, { name }) => {
      const [row] = store.all("SELECT value FROM secret WHERE tenant_id = ? AND name = ?", tenantId, name);
      return row === undefined ? null : JSON.parse(String(row["value"]));
    },
  }),
  secret_names: question({
    input: v.strictObject({}),
    payload: [],
    run: ({ store, tenantId }) => {
      const rows = store.all("SELECT name FROM secret WHERE tenant_id = ? ORDER BY name", tenantId);
      return rows.map(({ name }) => String(name));
    },
  }),
};
