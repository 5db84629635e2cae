/**
 * What a worker that polls is offered.
 *
 * @module
 */

import * as v from "valibot";
import type { Json } from "../../../schemas/json/json.ts";
import { mapping } from "../../../schemas/json/shape.ts";
import { dueRuns, MOST_DUE_RUNS, type PooledRun } from "../../../schemas/prefect3/state_rules/due_runs.ts";
import { STATE_TYPES } from "../../../schemas/prefect3/state_rules/state.ts";
import { policyOf } from "../runs/ruled_run.ts";
import { runRow } from "../runs/run_rows.ts";
import { microsOf } from "../../time/micros.ts";
import { numberOf } from "../store/members.ts";
import type { Doc, Store } from "../store/store.ts";
import { type Answer, ok } from "../wire/answer.ts";
import { maybe, moment, texts, whole } from "../wire/fields.ts";
import { readPage } from "../wire/page.ts";
import { type Call, type Route, takes } from "../wire/route.ts";
import { noQueue, ofPool } from "./pools.ts";

const schema = v.object({
  work_queue_names: maybe(texts),
  scheduled_before: maybe(moment),
  scheduled_after: maybe(moment),
  limit: maybe(whole),
});

/** The route. */
export const SCHEDULED_ROUTES: readonly Route[] = [
  takes("POST", "/work_pools/:pool/get_scheduled_flow_runs", schema, scheduled),
];

function scheduled(call: Call, body: v.InferOutput<typeof schema>, poolName: string): Answer {
  const read = readPage(body);
  if ("refusal" in read) return read.refusal;
  return ofPool(call, poolName, (pool) => {
    const { store } = call;
    const queues = store.all("work_queue", { work_pool_id: pool.id });
    const names = body.work_queue_names ?? [];
    const unknown = names.find((name) => !queues.some((queue) => queue["name"] === name));
    if (unknown !== undefined) return noQueue(poolName, unknown);
    const polled = queues.filter((queue) => names.length === 0 || names.includes(String(queue["name"])));
    const runs = queues.flatMap((queue) => pooledRuns(store, queue, body.scheduled_before));
    const due = dueRuns(runs, ruledPool(pool, queues), {
      queues: names,
      beforeMs: milliseconds(body.scheduled_before),
      afterMs: milliseconds(body.scheduled_after),
      most: Math.min(MOST_DUE_RUNS, read.page.limit),
    });
    store.transaction(() => markPolled(store, polled));
    return ok(due.flatMap((run) => offered(store, pool, run)));
  });
}

function ruledPool(pool: Doc, queues: readonly Doc[]) {
  return {
    isPaused: pool["is_paused"] === true,
    limit: numberOf(pool["concurrency_limit"]),
    queues: queues.map((queue) => ({
      name: String(queue["name"]),
      priority: Number(queue["priority"]),
      isPaused: queue["is_paused"] === true,
      limit: numberOf(queue["concurrency_limit"]),
    })),
  };
}

/** A run with the queue that it is in. */
interface QueuedRun extends PooledRun {
  readonly queueId: string;
}

/** So many due runs of a queue are looked at. */
const MOST_LOOKED_AT = 1000;

function pooledRuns(store: Store, queue: Doc, before: string | null): readonly QueuedRun[] {
  const due = "work_queue_id = ? AND state_type = 'SCHEDULED' AND next_scheduled_start_time <= ?";
  const rows = [
    ...store.docs(
      "SELECT doc FROM flow_run WHERE work_queue_id = ? AND state_type IN ('PENDING', 'RUNNING')",
      queue.id,
    ),
    ...store.docs(
      `SELECT doc FROM flow_run WHERE ${due} ORDER BY next_scheduled_start_time LIMIT ?`,
      ...[queue.id, before ?? "9999", MOST_LOOKED_AT],
    ),
  ];
  return rows.flatMap((run) => pooledRun(run, queue));
}

function pooledRun(run: Doc, queue: Doc): readonly QueuedRun[] {
  const stateType = STATE_TYPES.find((type) => type === run["state_type"]);
  if (stateType === undefined) return [];
  return [{
    id: run.id,
    stateType,
    retryType: policyOf(mapping(run["empirical_policy"])).retry_type,
    dueMs: milliseconds(run["next_scheduled_start_time"]),
    queue: String(queue["name"]),
    queueId: queue.id,
  }];
}

function offered(store: Store, pool: Doc, { id, queueId }: QueuedRun) {
  const run = store.get("flow_run", id);
  if (run === null) return [];
  const { work_pool_id: _id, work_pool_name: _name, ...row } = runRow(store, run);
  return [{ work_pool_id: pool.id, work_queue_id: queueId, flow_run: row }];
}

function markPolled(store: Store, queues: readonly Doc[]): void {
  const last_polled = store.stamp();
  for (const queue of queues) {
    store.update("work_queue", queue, { last_polled });
    store.run(
      "UPDATE deployment SET doc = json_set(doc, '$.last_polled', ?, '$.status', 'READY') WHERE work_queue_id = ?",
      ...[last_polled, queue.id],
    );
  }
}

function milliseconds(moment: Json | undefined): number | null {
  return typeof moment === "string" ? microsOf(moment) / 1000 : null;
}
