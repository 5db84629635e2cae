/**
 * Messages that ask workers to stop tasks. A message is one worker's for the time of its lease; what no worker has confirmed
 * is in the data file, and is delivered again after a restart.
 *
 * @module
 * @see Prefect 3.9.1, server/worker_communication/cleanup_queue/memory.py
 */

import { TEARDOWN } from "../../../schemas/prefect3/channel_frames.ts";
import { MOST_CLEANUP_DELIVERIES } from "../../../schemas/prefect3/state_rules/server_times.ts";
import { momentText } from "../store/moments.ts";
import type { Doc, Store } from "../store/store.ts";
import type { Serving } from "../wire/serving.ts";

/** A message that is a worker's for a while. */
export interface Reserved {
  readonly message: Doc;
  readonly token: string;
  readonly expires: string;
}

/** A worker that takes messages. */
export interface Taker {
  readonly poolId: string;
  /** Names the worker; what it had in hand stays so when it connects again. */
  readonly worker: string;
  readonly kinds: readonly string[];
  /** So many at a time. */
  readonly most: number;
}

/** What became of an operation of a worker. */
export interface OperationResult {
  readonly status:
    | "accepted"
    | "not_current"
    | "not_found"
    | "expired"
    | "invalid_token"
    | "unauthorized"
    | "dead_lettered";
  readonly reason: string | null;
  /** When the lease ends now; only of a renewal that was accepted. */
  readonly expires: string | null;
}

/** The messages of one server. */
export interface CleanupQueue {
  /** Adds a message for a run that was being cancelled for too long. */
  readonly add: (run: Doc, poolId: string, stateId: string) => void;
  /**
   * Makes the oldest message that a worker takes its own; null: there is none, or it has as many in hand as it takes.
   *
   * @param queues ids; only messages of these queues of the pool. Null: of any
   */
  readonly reserve: (taker: Taker, queues: readonly string[] | null) => Reserved | null;
  readonly operate: (
    operation: "ack" | "release" | "renew",
    poolId: string,
    messageId: string,
    token: string,
  ) => OperationResult;
}

const ACCEPTED: OperationResult = { status: "accepted", reason: null, expires: null };

/** A message that is a worker's. */
interface Lease {
  readonly token: string;
  readonly expires: string;
  readonly poolId: string;
  readonly worker: string;
}

/** By message. */
type Leases = Map<string, Lease>;

/** The queue over a data file. */
export function makeCleanupQueue({ store, periods }: Pick<Serving, "store" | "periods">): CleanupQueue {
  const leases: Leases = new Map();
  const end = () => momentText(store.micros() + periods.cleanupLease * 1_000_000);
  return {
    add: (run, poolId, stateId) => {
      store.insert("cleanup", {
        idempotency_key: `${TEARDOWN}:${run.id}:${stateId}`,
        work_pool_id: poolId,
        work_queue_id: run["work_queue_id"] ?? null,
        kind: TEARDOWN,
        target: { flow_run_id: run.id, infrastructure_pid: run["infrastructure_pid"] ?? null },
        data: {},
        delivery_count: 0,
        is_over: 0,
      });
    },
    reserve: ({ poolId, worker, kinds, most }, queues) => {
      if (inHand(store, leases, { poolId, worker }) >= most) return null;
      const found = waiting(store, poolId, leases).find((message) =>
        kinds.includes(String(message["kind"])) &&
        (queues === null || queues.includes(String(message["work_queue_id"])))
      );
      if (found === undefined) return null;
      const message = store.update("cleanup", found, { delivery_count: Number(found["delivery_count"]) + 1 });
      const held = { token: store.newId(), expires: end(), poolId, worker };
      leases.set(message.id, held);
      return { message, ...held };
    },
    operate: (operation, poolId, messageId, token) => {
      const message = store.get("cleanup", messageId);
      const refused = refusal(message, { poolId, token, leases, store });
      const held = leases.get(messageId);
      if (refused !== null || message === null || held === undefined) return refused ?? ACCEPTED;
      if (operation === "renew") {
        const expires = end();
        leases.set(messageId, { ...held, expires });
        return { ...ACCEPTED, expires };
      }
      leases.delete(messageId);
      if (operation === "release") return released(store, message);
      store.update("cleanup", message, { is_over: 1 });
      return ACCEPTED;
    },
  };
}

/** How many messages of a pool a worker has. */
function inHand(store: Store, leases: Leases, { poolId, worker }: Pick<Lease, "poolId" | "worker">): number {
  const now = store.stamp();
  const isIts = (held: Lease) => held.poolId === poolId && held.worker === worker && held.expires > now;
  return [...leases.values()].filter(isIts).length;
}

/** Messages of a pool that are nobody's at the moment; those that were delivered too often are given up. */
function waiting(store: Store, poolId: string, leases: Leases): readonly Doc[] {
  const now = store.stamp();
  const sql = "SELECT doc FROM cleanup WHERE work_pool_id = ? AND is_over = 0 ORDER BY created";
  return store.docs(sql, poolId).filter((message) => {
    const held = leases.get(message.id);
    if (held !== undefined && held.expires > now) return false;
    leases.delete(message.id);
    return !isGivenUp(store, message);
  });
}

function isGivenUp(store: Store, message: Doc): boolean {
  if (Number(message["delivery_count"]) < MOST_CLEANUP_DELIVERIES) return false;
  store.update("cleanup", message, { is_over: 1 });
  return true;
}

function released(store: Store, message: Doc): OperationResult {
  return isGivenUp(store, message)
    ? { status: "dead_lettered", reason: "max_delivery_attempts_reached", expires: null }
    : ACCEPTED;
}

function refusal(
  message: Doc | null,
  { poolId, token, leases, store }: {
    readonly poolId: string;
    readonly token: string;
    readonly leases: Leases;
    readonly store: Store;
  },
): OperationResult | null {
  const no = (status: OperationResult["status"], reason: string): OperationResult => ({
    status,
    reason,
    expires: null,
  });
  if (message === null || message["is_over"] === 1) return no("not_found", "message_not_found");
  if (message["work_pool_id"] !== poolId) return no("unauthorized", "work_pool_mismatch");
  const held = leases.get(message.id);
  if (held === undefined) return no("not_current", "no_active_reservation");
  if (held.token !== token) return no("invalid_token", "reservation_token_mismatch");
  if (held.expires > store.stamp()) return null;
  leases.delete(message.id);
  return isGivenUp(store, message)
    ? no("dead_lettered", "max_delivery_attempts_reached")
    : no("expired", "lease_expired");
}
