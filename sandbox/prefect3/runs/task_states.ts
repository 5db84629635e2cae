/**
 * States of task runs. They follow no rules: the flow itself keeps those, and a task run that stands for a flow run has its
 * states.
 *
 * @module
 */

import type { JsonObject } from "../../../schemas/json/json.ts";
import type { Store } from "../store/store.ts";

/** A state of a task run, as it is stored. */
export type TaskState = JsonObject & { readonly id: string };

/** Members of a run that name its state. */
export function namingState({ id, type, name, timestamp }: JsonObject): JsonObject {
  return {
    state_id: id ?? null,
    state_type: type ?? null,
    state_name: name ?? null,
    state_timestamp: timestamp ?? null,
  };
}

/** Keeps a state of a task run. @returns the members of the task run that tell it */
export function keepTaskState(store: Store, taskId: string, state: TaskState): JsonObject {
  store.insert("task_run_state", { ...state, task_run_id: taskId });
  return { state, ...namingState(state) };
}
