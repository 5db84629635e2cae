/**
 * Filters of flow runs, as SQL.
 *
 * @module
 * @see Prefect 3.9.1, server/schemas/filters.py
 */

import * as v from "valibot";
import { STATE_TYPES } from "../../../schemas/prefect3/state_rules/state.ts";
import { maybe, moment, text, texts, uuid } from "../wire/fields.ts";
import { namedFilter } from "./flows.ts";
import {
  anyOf,
  between,
  isNull,
  joined,
  like,
  namedAs,
  type NamedFilter,
  noneOf,
  type Selection,
} from "./named_filter.ts";

const operator = v.optional(v.picklist(["and_", "or_"]), "and_");
const ids = v.strictObject({ any_: maybe(v.array(uuid)), not_any_: maybe(v.array(uuid)) });
const linked = v.strictObject({ operator, any_: maybe(v.array(uuid)), is_null_: maybe(v.boolean()) });
const stateType = v.array(v.picklist(STATE_TYPES));
const times = v.strictObject({ before_: maybe(moment), after_: maybe(moment), is_null_: maybe(v.boolean()) });

const flowRuns = v.strictObject({
  operator,
  id: maybe(ids),
  name: maybe(v.strictObject({ any_: maybe(texts), like_: maybe(text) })),
  tags: maybe(v.strictObject({
    operator,
    all_: maybe(texts),
    any_: maybe(texts),
    is_null_: maybe(v.boolean()),
  })),
  deployment_id: maybe(linked),
  work_queue_name: maybe(v.strictObject({ operator, any_: maybe(texts), is_null_: maybe(v.boolean()) })),
  state: maybe(v.strictObject({
    operator,
    type: maybe(v.strictObject({ any_: maybe(stateType), not_any_: maybe(stateType) })),
    name: maybe(v.strictObject({ any_: maybe(texts), not_any_: maybe(texts) })),
  })),
  start_time: maybe(times),
  end_time: maybe(times),
  expected_start_time: maybe(v.strictObject({ before_: maybe(moment), after_: maybe(moment) })),
  next_scheduled_start_time: maybe(v.strictObject({ before_: maybe(moment), after_: maybe(moment) })),
  parent_task_run_id: maybe(linked),
  idempotency_key: maybe(v.strictObject({ any_: maybe(texts), not_any_: maybe(texts) })),
});

/** Members of a body that say which runs. */
export const runFilters = {
  flow_runs: maybe(flowRuns),
  flows: maybe(namedFilter),
  deployments: maybe(namedFilter),
  work_pools: maybe(namedFilter),
  work_pool_queues: maybe(namedFilter),
};

const schema = v.object(runFilters);

/** What is asked for. */
export type RunFilters = v.InferOutput<typeof schema>;

type RunFilter = v.InferOutput<typeof flowRuns>;

/** The condition on `flow_run`. */
export function runCondition(filters: RunFilters): Selection {
  const parts = [
    filters.flow_runs === null ? null : joined(runParts(filters.flow_runs), filters.flow_runs.operator),
    through("flow_id", "flow", filters.flows),
    through("deployment_id", "deployment", filters.deployments),
    through("work_queue_id", "work_queue", filters.work_pool_queues),
    ofPools(filters.work_pools),
  ];
  return joined(parts) ?? { sql: "1", binds: [] };
}

function runParts(filter: RunFilter): readonly (Selection | null)[] {
  const { id, name, tags, deployment_id, work_queue_name, state, parent_task_run_id, idempotency_key } =
    filter;
  const queueName = "(SELECT q.name FROM work_queue q WHERE q.id = work_queue_id)";
  return [
    joined([anyOf("id", id?.any_), noneOf("id", id?.not_any_)]),
    joined([anyOf("name", name?.any_), like("name", name?.like_)]),
    tags === null ? null : tagParts(tags),
    linkedTo("deployment_id", deployment_id),
    linkedTo(queueName, work_queue_name),
    state === null ? null : stateParts(state),
    linkedTo("parent_task_run_id", parent_task_run_id),
    joined([
      anyOf("idempotency_key", idempotency_key?.any_),
      noneOf("idempotency_key", idempotency_key?.not_any_),
    ]),
    ...timeParts(filter),
  ];
}

function linkedTo(
  column: string,
  filter: { operator: "and_" | "or_"; any_: readonly string[] | null; is_null_: boolean | null } | null,
): Selection | null {
  return filter === null
    ? null
    : joined([anyOf(column, filter.any_), isNull(column, filter.is_null_)], filter.operator);
}

function stateParts({ operator, type, name }: NonNullable<RunFilter["state"]>): Selection | null {
  return joined([
    joined([anyOf("state_type", type?.any_), noneOf("state_type", type?.not_any_)]),
    joined([anyOf("state_name", name?.any_), noneOf("state_name", name?.not_any_)]),
  ], operator);
}

function tagParts({ operator, all_, any_, is_null_ }: NonNullable<RunFilter["tags"]>): Selection | null {
  const tags = "SELECT value FROM json_each(doc, '$.tags')";
  const all = (all_ ?? []).map((tag): Selection => ({ sql: `? IN (${tags})`, binds: [tag] }));
  const any = any_ === null ? null : {
    sql: `EXISTS (${tags} WHERE value IN (SELECT value FROM json_each(?)))`,
    binds: [JSON.stringify(any_)],
  };
  const none = is_null_ === null ? null : { sql: `${is_null_ ? "NOT " : ""}EXISTS (${tags})`, binds: [] };
  return joined([joined(all), any, none], operator);
}

function timeParts(filter: RunFilter): readonly (Selection | null)[] {
  const { start_time, end_time, expected_start_time, next_scheduled_start_time } = filter;
  return [
    joined([
      between("coalesce(start_time, expected_start_time)", start_time),
      isNull("start_time", start_time?.is_null_),
    ]),
    joined([between("end_time", end_time), isNull("end_time", end_time?.is_null_)]),
    between("expected_start_time", expected_start_time),
    between("next_scheduled_start_time", next_scheduled_start_time),
  ];
}

function through(column: string, table: string, filter: NamedFilter | null): Selection | null {
  const inner = namedAs(filter);
  return inner === null
    ? null
    : { sql: `${column} IN (SELECT id FROM ${table} WHERE ${inner.sql})`, binds: inner.binds };
}

function ofPools(filter: NamedFilter | null): Selection | null {
  const inner = namedAs(filter);
  if (inner === null) return null;
  const pools = `SELECT id FROM work_pool WHERE ${inner.sql}`;
  const queues = `SELECT id FROM work_queue WHERE work_pool_id IN (${pools})`;
  return { sql: `work_queue_id IN (${queues})`, binds: inner.binds };
}
