/**
 * Setting the states of flow runs, cancelling them, and their signs of life.
 *
 * @see recorded: tests/wire/prefect1/README.md §5 and §6
 * @module
 */

import * as v from "valibot";
import type { Json } from "../../schemas/json/json.ts";
import { type ApiOperation, type Call, DONE, json, list, mutation, mutationOfEach } from "./operation.ts";
import { refusal } from "./store/refusal.ts";
import { checkVersion, type Setting, writeState } from "./run_states.ts";
import { FINISHED, newState, parseState, RUNNING, type State } from "./store/states.ts";
import type { Row, Store } from "./store/store.ts";
import { microsOf } from "../time/micros.ts";

/** For this long after a `Submitted` another one is refused, whoever sends it. @see Prefect Server, in-memory lock */
const SUBMIT_LOCK_MICROS = 30_000_000;

const stateInput = v.strictObject({ flow_run_id: v.string(), version: v.nullish(v.number()), state: json });

/** The flow run of that id. @throws {FailureError} `apiError` when there is none */
export function flowRunOf(store: Store, id: string): Row {
  const row = store.byId("flow_run", id);
  if (row === undefined) throw refusal(`Flow run ${id} not found`);
  return row;
}

/**
 * Sets each state on its own, all in one transaction: one that is refused makes the whole answer an error, yet those
 * beside it are kept, as the real API has it.
 *
 * @throws the first refusal, after the others were stored
 */
export function setEach<Item>(store: Store, items: readonly Item[], set: (item: Item) => Json): Json {
  const refused: unknown[] = [];
  const attempt = (item: Item): readonly Json[] => {
    try {
      return [store.transaction(() => set(item))];
    } catch (thrown) {
      refused.push(thrown);
      return [];
    }
  };
  const states = store.transaction(() => items.flatMap(attempt));
  if (refused.length > 0) throw refused[0];
  return { states };
}

/** Sets one state of one flow run by the rules of the API. */
export function setFlowRunState(call: Call, input: v.InferOutput<typeof stateInput>): Json {
  const { store } = call;
  const row = flowRunOf(store, input.flow_run_id);
  const setting: Setting = { table: "flow_run", row, state: parseState(input.state) };
  if (setting.state.type === "Submitted") checkSubmitLock(store, row);
  checkVersion(call, setting, input.version);
  applyFlowRunState(store, setting, call.agentId);
  return { id: input.flow_run_id, status: "SUCCESS", message: null };
}

/** Stores a state and what follows from it. */
function applyFlowRunState(store: Store, setting: Setting, agentId: string | null): void {
  const claimed = setting.state.type === "Submitted" && agentId !== null;
  writeState(store, setting, claimed ? { agent_id: agentId } : {});
  if (setting.state.type === "Cancelled") cancelTaskRuns(store, String(setting.row["id"]));
}

function checkSubmitLock(store: Store, row: Row): void {
  const [last] = store.all(
    "SELECT timestamp FROM flow_run_state WHERE flow_run_id = ? AND state = 'Submitted' ORDER BY version DESC LIMIT 1",
    String(row["id"]),
  );
  if (last === undefined) return;
  const age = microsOf(store.stamp()) - microsOf(String(last["timestamp"]));
  if (age < SUBMIT_LOCK_MICROS) {
    throw refusal("State update failed: this run has already been submitted.");
  }
}

function cancelTaskRuns(store: Store, flowRunId: string): void {
  const state = parseState(newState("Cancelled", "Flow run is cancelled"));
  for (const { id } of store.all("SELECT id FROM task_run WHERE flow_run_id = ?", flowRunId)) {
    const row = store.byId("task_run", String(id));
    if (row === undefined || FINISHED.has(String(row["state"]))) continue;
    writeState(store, { table: "task_run", row, state });
  }
}

/** Cancels a flow run: what runs is asked to stop, what waits is stopped, what ended stays. @returns its state */
export function cancelFlowRun(store: Store, id: string): string {
  const row = flowRunOf(store, id);
  const current = String(row["state"]);
  if (FINISHED.has(current)) return current;
  const state: State = RUNNING.has(current)
    ? parseState(newState("Cancelling", "Flow run is cancelling"))
    : parseState(newState("Cancelled", "Flow run is cancelled"));
  applyFlowRunState(store, { table: "flow_run", row, state }, null);
  return state.type;
}

/** Mutations of flow runs that exist. */
export const FLOW_RUN_STATES: Readonly<Record<string, ApiOperation>> = {
  set_flow_run_states: mutationOfEach({
    input: v.strictObject({ states: list(stateInput) }),
    payload: ["states"],
    run: (call, { states }) => setEach(call.store, states, (item) => setFlowRunState(call, item)),
  }),
  set_flow_run_state: mutation({
    input: stateInput,
    payload: ["id", "status", "message"],
    run: setFlowRunState,
  }),
  cancel_flow_run: mutation({
    input: v.strictObject({ flow_run_id: v.string() }),
    payload: ["state"],
    run: ({ store }, { flow_run_id }) => ({ state: cancelFlowRun(store, flow_run_id) }),
  }),
  update_flow_run_heartbeat: mutation({
    input: v.strictObject({ flow_run_id: v.string() }),
    payload: ["success"],
    run: ({ store }, { flow_run_id }) => {
      flowRunOf(store, flow_run_id);
      store.update("flow_run", flow_run_id, { heartbeat: store.stamp() });
      return DONE;
    },
  }),
  set_flow_run_name: mutation({
    input: v.strictObject({ flow_run_id: v.string(), name: v.string() }),
    payload: ["success"],
    run: ({ store }, { flow_run_id, name }) => {
      flowRunOf(store, flow_run_id);
      store.update("flow_run", flow_run_id, { name });
      return DONE;
    },
  }),
  delete_flow_run: mutation({
    input: v.strictObject({ flow_run_id: v.string() }),
    payload: ["success"],
    run: ({ store }, { flow_run_id }) => {
      flowRunOf(store, flow_run_id);
      deleteFlowRun(store, flow_run_id);
      return DONE;
    },
  }),
};

function deleteFlowRun(store: Store, id: string): void {
  const taskRuns = "(SELECT id FROM task_run WHERE flow_run_id = ?)";
  store.run(`DELETE FROM task_run_state WHERE task_run_id IN ${taskRuns}`, id);
  store.run(`DELETE FROM task_run_artifact WHERE task_run_id IN ${taskRuns}`, id);
  for (const table of ["log", "task_run", "flow_run_state"]) {
    store.run(`DELETE FROM ${table} WHERE flow_run_id = ?`, id);
  }
  store.run("DELETE FROM flow_run WHERE id = ?", id);
}
