/**
 * Task runs: found or made by their place in the flow run, their states, names and limits of concurrency.
 *
 * @see recorded: tests/wire/prefect1/README.md §4 to §6
 * @module
 */

import * as v from "valibot";
import type { Json } from "../../schemas/json/json.ts";
import { flowRunOf, setEach } from "./flow_run_states.ts";
import {
  type ApiOperation,
  type Call,
  DONE,
  json,
  list,
  mutation,
  mutationOfEach,
  question,
} from "./operation.ts";
import { refusal } from "./store/refusal.ts";
import { checkVersion, type Setting, writeState } from "./run_states.ts";
import { parseState, RUNNING } from "./store/states.ts";
import { fromSql, type Row, type Store } from "./store/store.ts";

const stateInput = v.strictObject({ task_run_id: v.string(), version: v.nullish(v.number()), state: json });

/** Where a new task run belongs; `mapIndex` is -1 for a task that is not mapped. */
export interface TaskRunPlace {
  /** The flow run it is part of. */
  readonly flowRunId: string;
  /** The task it is a run of. */
  readonly taskId: string;
  /** -1, or its place among mapped ones from 0. */
  readonly mapIndex: number;
  /** The tenant of the flow run. */
  readonly tenantId: string;
  /** The task's, copied so that cached states are found by it. */
  readonly cacheKey: string | null;
}

/** Adds a task run: `Pending`, version 0, as the runtime expects to find it. @returns its id */
export function createTaskRun(store: Store, place: TaskRunPlace): string {
  const now = store.stamp();
  const message = "Task run created";
  const shared = {
    tenant_id: place.tenantId,
    version: 0,
    state: "Pending",
    serialized_state: { type: "Pending", message },
  };
  const id = store.insert("task_run", {
    ...shared,
    flow_run_id: place.flowRunId,
    task_id: place.taskId,
    map_index: place.mapIndex,
    cache_key: place.cacheKey,
    run_count: 0,
    state_message: message,
    state_timestamp: now,
  });
  // Its history begins with that state, as the Server writes it.
  const first = store.insert("task_run_state", { ...shared, task_run_id: id, message, timestamp: now });
  store.update("task_run", id, { state_id: first });
  return id;
}

function taskRunOf(store: Store, id: string): Row {
  const row = store.byId("task_run", id);
  if (row === undefined) throw refusal(`Task run ${id} not found`);
  return row;
}

function setTaskRunState(call: Call, input: v.InferOutput<typeof stateInput>): Json {
  const { store } = call;
  const row = taskRunOf(store, input.task_run_id);
  const setting: Setting = { table: "task_run", row, state: parseState(input.state) };
  const id = input.task_run_id;
  const starts = setting.state.type === "Running";
  if (starts) checkFlowRuns(store, row);
  checkVersion(call, setting, input.version);
  const full = starts ? fullTag(store, row) : undefined;
  // The run keeps its state: the runtime asks again, and nobody else may take the run meanwhile
  if (full !== undefined) {
    return { id, status: "QUEUED", message: `Queued by task tag concurrency limit: ${full}` };
  }
  writeState(store, setting, starts ? { run_count: Number(row["run_count"] ?? 0) + 1 } : {});
  return { id, status: "SUCCESS", message: null };
}

function checkFlowRuns(store: Store, row: Row): void {
  const flowRunId = String(row["flow_run_id"]);
  if (RUNNING.has(String(flowRunOf(store, flowRunId)["state"]))) return;
  throw refusal(
    `State update failed for task run ID ${row["id"]}: its flow run ${flowRunId} is not running.`,
  );
}

/** A tag of the task of which as many task runs are running as its limit allows. */
function fullTag(store: Store, row: Row): string | undefined {
  const limits = store.all(
    'SELECT l.tag, l."limit" FROM task_tag_limit l JOIN task t ON t.id = ?' +
      " WHERE l.tenant_id = t.tenant_id AND l.tag IN (SELECT value FROM json_each(t.tags))",
    String(row["task_id"]),
  );
  const full = limits.find(({ tag, limit }) => runningWith(store, String(tag)) >= Number(limit));
  return full === undefined ? undefined : String(full["tag"]);
}

function runningWith(store: Store, tag: string): number {
  const [row] = store.all(
    "SELECT count(*) AS running FROM task_run r JOIN task t ON t.id = r.task_id" +
      " WHERE r.state = 'Running' AND ? IN (SELECT value FROM json_each(t.tags))",
    tag,
  );
  return Number(row?.["running"] ?? 0);
}

const placeInput = v.strictObject({
  flow_run_id: v.string(),
  task_id: v.string(),
  map_index: v.nullish(v.number(), -1),
});

function findOrCreate({ store }: Call, input: v.InferOutput<typeof placeInput>): string {
  const { flow_run_id: flowRunId, task_id: taskId, map_index: mapIndex } = input;
  const [known] = store.all(
    "SELECT id FROM task_run WHERE flow_run_id = ? AND task_id = ? AND map_index = ?",
    flowRunId,
    taskId,
    mapIndex,
  );
  if (known !== undefined) return String(known["id"]);
  const tenantId = String(flowRunOf(store, flowRunId)["tenant_id"]);
  const task = store.byId("task", taskId);
  if (task === undefined) throw refusal(`Task ${taskId} not found`);
  const cacheKey = typeof task["cache_key"] === "string" ? task["cache_key"] : null;
  return createTaskRun(store, { flowRunId, taskId, mapIndex, tenantId, cacheKey });
}

function taskRunInfo(store: Store, id: string): Json {
  const [row] = store.all("SELECT id, version, serialized_state FROM task_run WHERE id = ?", id);
  if (row === undefined) throw refusal(`Task run ${id} not found`);
  return {
    id,
    version: fromSql("int", row["version"]),
    serialized_state: fromSql("json", row["serialized_state"]),
  };
}

/** Mutations of task runs. */
export const TASK_RUN_STATES: Readonly<Record<string, ApiOperation>> = {
  set_task_run_states: mutationOfEach({
    input: v.strictObject({ states: list(stateInput) }),
    payload: ["states"],
    run: (call, { states }) => setEach(call.store, states, (item) => setTaskRunState(call, item)),
  }),
  set_task_run_state: mutation({
    input: stateInput,
    payload: ["id", "status", "message"],
    run: setTaskRunState,
  }),
  get_or_create_task_run_info: mutation({
    input: placeInput,
    payload: ["id", "version", "serialized_state"],
    run: (call, input) => taskRunInfo(call.store, findOrCreate(call, input)),
  }),
  get_or_create_task_run: mutation({
    input: placeInput,
    payload: ["id"],
    run: (call, input) => ({ id: findOrCreate(call, input) }),
  }),
  update_task_run_heartbeat: mutation({
    input: v.strictObject({ task_run_id: v.string() }),
    payload: ["success"],
    run: ({ store }, { task_run_id }) => {
      taskRunOf(store, task_run_id);
      store.update("task_run", task_run_id, { heartbeat: store.stamp() });
      return DONE;
    },
  }),
  set_task_run_name: mutation({
    input: v.strictObject({ task_run_id: v.string(), name: v.string() }),
    payload: ["success"],
    run: ({ store }, { task_run_id, name }) => {
      taskRunOf(store, task_run_id);
      store.update("task_run", task_run_id, { name });
      return DONE;
    },
  }),
};

/** Queries about task runs that are no table. */
export const TASK_RUN_QUESTIONS: Readonly<Record<string, ApiOperation>> = {
  get_task_run_info: question({
    input: v.strictObject({ task_run_id: v.string() }),
    payload: ["id", "version", "serialized_state"],
    run: ({ store }, { task_run_id }) => taskRunInfo(store, task_run_id),
  }),
};
