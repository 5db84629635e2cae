/**
 * Makes work pools and queues, and records the heartbeats of workers.
 *
 * @module
 */

import type { JsonObject } from "../../../schemas/json/json.ts";
import type { Doc, Store } from "../store/store.ts";

/** What a pool may be made with. */
export interface PoolValues {
  readonly name: string;
  readonly type: string;
  readonly description: string | null;
  readonly base_job_template: JsonObject;
  readonly is_paused: boolean;
  readonly concurrency_limit: number | null;
  readonly storage_configuration?: JsonObject | undefined;
}

/** What a pool is made with where it is not said. */
export const NEW_POOL = {
  description: null,
  base_job_template: {},
  is_paused: false,
  concurrency_limit: null,
} as const;

/** The queue that every pool has. */
export const DEFAULT_QUEUE = "default";

const NO_STORAGE = {
  bundle_upload_step: null,
  bundle_execution_step: null,
  default_result_storage_block_id: null,
} as const;

/** Whether a name is for pools that a server makes itself. */
export function isReserved(name: string): boolean {
  return name.toLowerCase().startsWith("prefect");
}

/** Makes a pool and its default queue. */
export function makePool(store: Store, { storage_configuration = NO_STORAGE, ...values }: PoolValues): Doc {
  const pool = store.insert("work_pool", { ...values, default_queue_id: null, storage_configuration });
  const queue = makeQueue(store, pool, {
    name: DEFAULT_QUEUE,
    description: "The work pool's default queue.",
  });
  return store.update("work_pool", pool, { default_queue_id: queue.id });
}

/** Makes a queue; without a priority it gets the first that is free. */
export function makeQueue(store: Store, pool: Doc, values: JsonObject & { readonly name: string }): Doc {
  const wanted = typeof values["priority"] === "number" ? values["priority"] : null;
  const queue = store.insert("work_queue", {
    ...{ description: "", is_paused: false, concurrency_limit: null, filter: null },
    ...values,
    ...{ priority: wanted ?? freePriority(store, pool), work_pool_id: pool.id, last_polled: null },
  });
  if (wanted !== null) makeRoom(store, queue, wanted);
  return queue;
}

function freePriority(store: Store, pool: Doc): number {
  const taken = new Set(
    store.all("work_queue", { work_pool_id: pool.id }).map((queue) => Number(queue["priority"])),
  );
  let free = 1;
  while (taken.has(free)) free += 1;
  return free;
}

/** Moves queues of the pool on whose priority a queue has got, and those whose priority they get in turn. */
export function makeRoom(store: Store, { id, work_pool_id }: Doc, priority: number): void {
  const others = store.all("work_queue", { work_pool_id: String(work_pool_id) }).filter((one) =>
    one.id !== id
  );
  let wanted = priority;
  for (const other of others.toSorted(byPriority)) {
    if (Number(other["priority"]) !== wanted) continue;
    wanted += 1;
    store.update("work_queue", other, { priority: wanted });
  }
}

/** The lowest number comes first. */
export function byPriority(one: Doc, other: Doc): number {
  return Number(one["priority"]) - Number(other["priority"]);
}

/** A queue of a pool by its name, made where it is missing. */
export function ensureQueue(store: Store, pool: Doc, name: string): Doc {
  return store.find("work_queue", { work_pool_id: pool.id, name }) ?? makeQueue(store, pool, { name });
}

/** Records that a worker lives. */
export function recordHeartbeat(
  store: Store,
  pool: Doc,
  { name, seconds }: { readonly name: string; readonly seconds: number | null },
): void {
  const changes = {
    last_heartbeat_time: store.stamp(),
    ...(seconds === null ? {} : { heartbeat_interval_seconds: seconds }),
  };
  const known = store.find("worker", { work_pool_id: pool.id, name });
  if (known !== null) store.update("worker", known, changes);
  else store.insert("worker", { name, work_pool_id: pool.id, heartbeat_interval_seconds: null, ...changes });
}
