/**
 * Routes of work pools, their queues and their workers.
 *
 * @module
 * @see Prefect 3.9.1, server/api/workers.py
 */

import * as v from "valibot";
import type { JsonObject } from "../../../schemas/json/json.ts";
import { poolRow, queueRow, workerRow } from "../pools/pool_rows.ts";
import { byPriority, isReserved, makePool, makeQueue, makeRoom, recordHeartbeat } from "../pools/pools.ts";
import { templateFault, variablesFault } from "../pools/template_faults.ts";
import { definedOf } from "../store/members.ts";
import type { Doc } from "../store/store.ts";
import { type Answer, created, DONE, notFound, ok, refusal } from "../wire/answer.ts";
import { faultAt } from "../wire/faults.ts";
import { count, maybe, moment, name, object, page, positive, text, texts, uuid } from "../wire/fields.ts";
import { readPage } from "../wire/page.ts";
import { type Call, reads, type Route, takes } from "../wire/route.ts";

const emptyish = v.pipe(name, v.check((given) => given.replace(/^[ '"]+|[ '"]+$/g, "") !== ""));

const storage = v.strictObject({
  bundle_upload_step: maybe(object),
  bundle_execution_step: maybe(object),
  default_result_storage_block_id: maybe(uuid),
});

const poolCreate = v.strictObject({
  name: emptyish,
  description: maybe(text),
  type: v.optional(text, "prefect-agent"),
  base_job_template: v.optional(object, {}),
  is_paused: v.optional(v.boolean(), false),
  concurrency_limit: maybe(count),
  storage_configuration: v.optional(storage),
});

const poolUpdate = v.strictObject({
  description: v.optional(v.nullable(text)),
  is_paused: v.optional(v.nullable(v.boolean())),
  base_job_template: v.optional(v.nullable(object)),
  concurrency_limit: v.optional(v.nullable(count)),
  storage_configuration: v.optional(v.nullable(storage)),
});

const queueCreate = v.strictObject({
  name,
  description: v.optional(v.nullable(text)),
  is_paused: v.optional(v.boolean()),
  concurrency_limit: v.optional(v.nullable(count)),
  priority: v.optional(v.nullable(positive)),
  filter: v.optional(v.nullable(object)),
});

const queueUpdate = v.strictObject({
  name: v.optional(v.nullable(text)),
  description: v.optional(v.nullable(text)),
  is_paused: v.optional(v.boolean()),
  concurrency_limit: v.optional(v.nullable(count)),
  priority: v.optional(v.nullable(positive)),
  last_polled: v.optional(v.nullable(moment)),
  filter: v.optional(v.nullable(object)),
});

const named = v.strictObject({
  id: maybe(v.strictObject({ any_: maybe(v.array(uuid)) })),
  name: maybe(v.strictObject({ any_: maybe(texts), startswith_: maybe(texts) })),
  operator: v.optional(v.picklist(["and_", "or_"])),
});

const poolsNamed = v.strictObject({ ...named.entries, type: maybe(v.strictObject({ any_: maybe(texts) })) });

/** The routes. */
export const POOL_ROUTES: readonly Route[] = [
  takes("POST", "/work_pools", poolCreate, createPool),
  takes("POST", "/work_pools/filter", v.object({ work_pools: maybe(poolsNamed), ...page }), pools),
  reads(
    "GET",
    "/work_pools/:pool",
    (call, pool) => ofPool(call, pool, (doc) => ok(poolRow(call.store, doc))),
  ),
  takes("PATCH", "/work_pools/:pool", poolUpdate, updatePool),
  takes("POST", "/work_pools/:pool/queues", queueCreate, createQueue),
  takes("POST", "/work_pools/:pool/queues/filter", v.object({ work_queues: maybe(named), ...page }), queues),
  reads("GET", "/work_pools/:pool/queues/:queue", readQueue),
  takes("PATCH", "/work_pools/:pool/queues/:queue", queueUpdate, updateQueue),
  takes(
    "POST",
    "/work_pools/:pool/workers/heartbeat",
    v.object({ name: text, heartbeat_interval_seconds: maybe(count), worker_id: v.optional(v.unknown()) }),
    heartbeat,
  ),
  takes("POST", "/work_pools/:pool/workers/filter", v.object({ workers: maybe(object), ...page }), workers),
  reads("GET", "/work_queues/:id", (call, id) => {
    const queue = call.store.get("work_queue", id);
    return queue === null ? notFound("work queue not found") : ok(queueRow(call.store, queue));
  }),
];

/** Answers with the pool of a name, or that there is none. */
export function ofPool(call: Call, name: string, answer: (pool: Doc) => Answer): Answer {
  const pool = call.store.find("work_pool", { name });
  return pool === null ? notFound(`Work pool "${name}" not found.`) : answer(pool);
}

function createPool(call: Call, values: v.InferOutput<typeof poolCreate>): Answer {
  const { store } = call;
  if (isReserved(values.name)) {
    return refusal(403, "Work pools starting with 'Prefect' are reserved for internal use.");
  }
  const fault = poolFault(values.base_job_template);
  if (fault !== null) return fault;
  if (store.find("work_pool", { name: values.name }) !== null) {
    return refusal(409, "A work pool with this name already exists.");
  }
  return created(poolRow(store, store.transaction(() => makePool(store, values))));
}

function poolFault(template: JsonObject): Answer | null {
  const fault = templateFault(template);
  if (fault !== null) return faultAt(["body", "base_job_template"], fault);
  const defaults = variablesFault({ template, values: [], isComplete: false });
  return defaults === null
    ? null
    : refusal(422, `Validation failed for work pool's job variable defaults: ${defaults}`);
}

function updatePool(call: Call, changes: v.InferOutput<typeof poolUpdate>, name: string): Answer {
  const given = definedOf(changes);
  const isOther = Object.keys(given).some((member) =>
    member !== "is_paused" && member !== "concurrency_limit"
  );
  if (isReserved(name) && isOther) {
    const why =
      "Work pools starting with 'Prefect' are reserved for internal use and can only be updated to set " +
      "concurrency limits or pause.";
    return refusal(403, why);
  }
  const fault = changes.base_job_template === undefined ? null : poolFault(changes.base_job_template ?? {});
  if (fault !== null) return fault;
  return ofPool(call, name, (pool) => {
    call.store.update("work_pool", pool, given);
    call.channels.poolChanged(pool.id, "work_pool_updated");
    return DONE;
  });
}

function createQueue(call: Call, values: v.InferOutput<typeof queueCreate>, poolName: string): Answer {
  return ofPool(call, poolName, (pool) => {
    const { store } = call;
    if (store.find("work_queue", { work_pool_id: pool.id, name: values.name }) !== null) {
      return refusal(409, `A work queue with this name already exists in work pool ${quoted(poolName)}.`);
    }
    const given = { ...definedOf(values), name: values.name };
    return created(queueRow(store, store.transaction(() => makeQueue(store, pool, given))));
  });
}

function quoted(name: string): string {
  return `"${name}"`;
}

function ofQueue(call: Call, poolName: string, name: string, answer: (queue: Doc) => Answer): Answer {
  return ofPool(call, poolName, (pool) => {
    const queue = call.store.find("work_queue", { work_pool_id: pool.id, name });
    return queue === null ? noQueue(poolName, name) : answer(queue);
  });
}

/** 404 of a queue. */
export function noQueue(poolName: string, name: string): Answer {
  return notFound(`Work pool queue '${poolName}/${name}' not found.`);
}

function readQueue(call: Call, poolName: string, name: string): Answer {
  return ofQueue(call, poolName, name, (queue) => ok(queueRow(call.store, queue)));
}

function updateQueue(
  call: Call,
  changes: v.InferOutput<typeof queueUpdate>,
  poolName: string,
  name: string,
): Answer {
  return ofQueue(call, poolName, name, (queue) => {
    const { store } = call;
    store.transaction(() => {
      const { priority } = changes;
      const changed = store.update("work_queue", queue, definedOf(changes));
      if (typeof priority === "number") makeRoom(store, changed, priority);
    });
    return DONE;
  });
}

function pools(
  { store }: Call,
  body: {
    readonly work_pools: v.InferOutput<typeof poolsNamed> | null;
    limit: number | null;
    offset: number | null;
  },
): Answer {
  const read = readPage(body);
  if ("refusal" in read) return read.refusal;
  const { limit, offset } = read.page;
  const types = body.work_pools?.type?.any_ ?? null;
  const wanted = store.all("work_pool", {}).filter((pool) =>
    isNamed(pool, body.work_pools) && (types === null || types.includes(String(pool["type"])))
  );
  return ok(wanted.slice(offset, offset + limit).map((pool) => poolRow(store, pool)));
}

function queues(
  call: Call,
  body: {
    readonly work_queues: v.InferOutput<typeof named> | null;
    limit: number | null;
    offset: number | null;
  },
  poolName: string,
): Answer {
  const read = readPage(body);
  if ("refusal" in read) return read.refusal;
  return ofPool(call, poolName, ({ id }) => {
    const all = call.store.all("work_queue", { work_pool_id: id }).toSorted(byPriority);
    const wanted = all.filter((queue) => isNamed(queue, body.work_queues));
    const { limit, offset } = read.page;
    return ok(wanted.slice(offset, offset + limit).map((queue) => queueRow(call.store, queue)));
  });
}

function isNamed(queue: Doc, filter: v.InferOutput<typeof named> | null): boolean {
  const name = String(queue["name"]);
  if (filter?.id?.any_?.includes(queue.id) === false) return false;
  if (filter?.name?.any_?.includes(name) === false) return false;
  return filter?.name?.startswith_?.some((prefix) => name.startsWith(prefix)) !== false;
}

function heartbeat(
  call: Call,
  body: { readonly name: string; readonly heartbeat_interval_seconds: number | null },
  poolName: string,
): Answer {
  return ofPool(call, poolName, (pool) => {
    recordHeartbeat(call.store, pool, { name: body.name, seconds: body.heartbeat_interval_seconds });
    return DONE;
  });
}

function workers(
  call: Call,
  body: { readonly limit: number | null; readonly offset: number | null },
  poolName: string,
): Answer {
  const read = readPage(body);
  if ("refusal" in read) return read.refusal;
  return ofPool(call, poolName, ({ id }) => {
    const newest = call.store.docs(
      "SELECT doc FROM worker WHERE work_pool_id = ? ORDER BY last_heartbeat_time DESC LIMIT ? OFFSET ?",
      ...[id, read.page.limit, read.page.offset],
    );
    return ok(newest.map((worker) => workerRow(call.store, worker)));
  });
}
