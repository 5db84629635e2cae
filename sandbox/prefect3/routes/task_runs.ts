/**
 * Routes of task runs: those that stand for flow runs in their parent flow are made here, others come as events.
 *
 * @module
 * @see Prefect 3.9.1, server/api/task_runs.py
 */

import * as v from "valibot";
import { completeState, type ProposedState } from "../../../schemas/prefect3/state_rules/state.ts";
import { keepTaskState } from "../runs/task_states.ts";
import { textOf } from "../store/members.ts";
import type { Doc } from "../store/store.ts";
import { absent, type Answer, CONFLICT, created, notFound, ok } from "../wire/answer.ts";
import { json, maybe, moment, object, page, text, texts, uuid } from "../wire/fields.ts";
import { readPage } from "../wire/page.ts";
import { type Call, reads, type Route, takes } from "../wire/route.ts";
import { policy, stateCreate } from "../wire/state_fields.ts";
import { runName } from "../../names/run_name.ts";
import { anyOf, selected } from "./named_filter.ts";

const create = v.strictObject({
  id: maybe(uuid),
  state: maybe(stateCreate),
  name: maybe(text),
  flow_run_id: maybe(uuid),
  task_key: text,
  dynamic_key: text,
  cache_key: maybe(text),
  cache_expiration: maybe(moment),
  task_version: maybe(text),
  empirical_policy: v.optional(v.object({ ...policy.entries, retry_delay: maybe(json) })),
  tags: v.optional(texts, []),
  labels: v.optional(v.nullable(object), {}),
  task_inputs: v.optional(object, {}),
});

const setOne = v.object({ state: stateCreate, force: v.optional(v.boolean(), false) });

const filtered = v.object({
  flow_runs: maybe(v.object({ id: maybe(v.object({ any_: maybe(v.array(uuid)) })) })),
  task_runs: maybe(v.object({
    id: maybe(v.object({ any_: maybe(v.array(uuid)) })),
    flow_run_id: maybe(v.object({ any_: maybe(v.array(uuid)) })),
    state: maybe(v.object({
      type: maybe(v.object({ any_: maybe(texts) })),
      name: maybe(v.object({ any_: maybe(texts) })),
    })),
  })),
  ...page,
});

/** The routes. */
export const TASK_ROUTES: readonly Route[] = [
  takes("POST", "/task_runs", create, createTask),
  reads("GET", "/task_runs/:id", ({ store }, id) => {
    const task = store.get("task_run", id);
    return task === null ? notFound("Task not found") : ok(task);
  }),
  takes("POST", "/task_runs/filter", filtered, filterTasks),
  takes("POST", "/task_runs/:id/set_state", setOne, (call, { state }, id) => {
    const task = call.store.get("task_run", id);
    if (task === null) return absent("Task run", id);
    const made = withState(call, task, state);
    return {
      status: 201,
      body: { state: made["state"] ?? null, status: "ACCEPT", details: { type: "accept_details" } },
    };
  }),
];

const NEW_TASK = {
  ...{ run_count: 0, state_id: null, state_type: null, state_name: null, expected_start_time: null },
  ...{ next_scheduled_start_time: null, start_time: null, end_time: null, total_run_time: 0, state: null },
  ...{ flow_run_run_count: 0 },
} as const;

function createTask(call: Call, body: v.InferOutput<typeof create>): Answer {
  const { store } = call;
  const { state, id, ...values } = body;
  const { flow_run_id, task_key, dynamic_key } = values;
  const known = flow_run_id === null ? null : store.find("task_run", { flow_run_id, task_key, dynamic_key });
  if (known !== null) return ok(known);
  if (flow_run_id !== null && store.get("flow_run", flow_run_id) === null) return CONFLICT;
  return store.transaction(() => {
    const task = store.insert("task_run", {
      ...NEW_TASK,
      ...values,
      name: values.name ?? runName(call.random),
      empirical_policy: values.empirical_policy ?? {},
      ...(id === null ? {} : { id }),
    });
    return created(withState(call, task, state ?? { type: "PENDING" }));
  });
}

/** Sets a state whatever came before: the flow itself keeps the rules of its tasks. */
function withState({ store }: Call, task: Doc, proposed: ProposedState): Doc {
  const timestamp = store.stamp();
  const { state_details, ...state } = completeState(proposed, timestamp);
  const details = { ...state_details, task_run_id: task.id, flow_run_id: textOf(task["flow_run_id"]) };
  const made = { ...state, id: store.newId(), timestamp, state_details: details };
  return store.update("task_run", task, keepTaskState(store, task.id, made));
}

function filterTasks(
  { store }: Call,
  { flow_runs, task_runs, ...body }: v.InferOutput<typeof filtered>,
): Answer {
  const read = readPage(body);
  if ("refusal" in read) return read.refusal;
  const { sql, binds } = selected("task_run", [
    anyOf("flow_run_id", flow_runs?.id?.any_),
    anyOf("flow_run_id", task_runs?.flow_run_id?.any_),
    anyOf("id", task_runs?.id?.any_),
    anyOf("state_type", task_runs?.state?.type?.any_),
    anyOf("state_name", task_runs?.state?.name?.any_),
  ]);
  const { limit, offset } = read.page;
  return ok(store.docs(`${sql} ORDER BY id DESC LIMIT ? OFFSET ?`, ...binds, limit, offset));
}
