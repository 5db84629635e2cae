/**
 * One worker channel from its begin to its end.
 *
 * @module
 * @see Prefect 3.9.1, server/utilities/worker_channel.py
 */

import type { JsonObject } from "../../../schemas/json/json.ts";
import { poolRow } from "../pools/pool_rows.ts";
import { recordHeartbeat } from "../pools/pools.ts";
import { CLOSE, type Peer, type PeerListener } from "../wire/socket.ts";
import type { Serving } from "../wire/serving.ts";
import { isDone } from "../wire/trouble.ts";
import type { CleanupQueue, OperationResult, Taker } from "./cleanup_queue.ts";
import { cleanupsAtATime, type Hello, readWorkerFrame, type WorkerFrame } from "./frames.ts";
import { type CloseReason, greet } from "./greet.ts";

/** Edits that follow one another so fast are told once. */
const COALESCE_MS = 50;

const CODES: Readonly<Record<CloseReason, number>> = {
  authentication_failed: CLOSE.policy,
  authorization_failed: CLOSE.policy,
  unsupported_version: CLOSE.policy,
  protocol_error: CLOSE.protocol,
  transient_server_error: CLOSE.trouble,
};

const OPERATIONS = {
  "cleanup.ack.v1": "ack",
  "cleanup.release.v1": "release",
  "cleanup.renew.v1": "renew",
} as const;

/** To a worker that has not said that it takes cleanup messages. */
const NOT_ASKED_FOR: OperationResult = {
  status: "unauthorized",
  reason: "cleanup_delivery_not_accepted",
  expires: null,
};

/** What a channel needs. */
export interface ChannelParts {
  readonly serving: Serving;
  readonly cleanups: CleanupQueue;
  /** Name of the pool, as the address has it. */
  readonly poolName: string;
}

/** Listens to a worker whose key is right. */
export function workerChannel(parts: ChannelParts, peer: Peer): PeerListener {
  const channel = new WorkerChannel(parts, peer);
  return { frame: (raw) => channel.hear(readWorkerFrame(raw)), closed: () => channel.end() };
}

class WorkerChannel {
  readonly #parts: ChannelParts;
  readonly #peer: Peer;
  #hello: Hello | null = null;
  #sequence = 1;
  /** What it takes of cleanup messages; the pool is the channel's. */
  #taker: Taker = { poolId: "", worker: "", kinds: [], most: 0 };
  /** Ids of its queues: messages of these come first. */
  #queues: readonly string[] = [];
  #stopTelling: (() => void) | null = null;
  #leave: () => void = () => undefined;

  constructor(parts: ChannelParts, peer: Peer) {
    this.#parts = parts;
    this.#peer = peer;
  }

  hear(frame: WorkerFrame | null): void {
    if (frame === null) return this.#close("protocol_error");
    if (this.#hello === null) {
      return frame.type === "worker.hello.v1" ? this.#begin(frame.payload) : this.#close("protocol_error");
    }
    switch (frame.type) {
      case "worker.hello.v1":
        return this.#close("protocol_error");
      case "worker.heartbeat.v1":
        return this.#beat(frame.payload, this.#hello);
      default:
        return this.#operate(frame);
    }
  }

  end(): void {
    this.#leave();
    this.#stopTelling?.();
  }

  #begin(hello: Hello): void {
    const { serving, poolName } = this.#parts;
    const greeted = greet(serving.store, poolName, hello);
    if (typeof greeted === "string") return this.#close(greeted);
    this.#hello = hello;
    this.#taker = {
      poolId: greeted.pool.id,
      worker: `${hello.consumer_id} ${hello.worker_name}`,
      kinds: hello.handled_cleanup_kinds,
      most: cleanupsAtATime(hello),
    };
    this.#queues = greeted.queues.map(({ id }) => id);
    this.#send("worker.ready.v1", greeted.ready);
    this.#leave = serving.channels.add({
      poolId: greeted.pool.id,
      poolChanged: (reason) => this.#tellSoon(reason),
      deliver: (isOwn) => this.#deliver(isOwn),
    });
    if (greeted.isFilled) serving.channels.poolChanged(greeted.pool.id, "work_pool_updated");
    serving.channels.deliver(greeted.pool.id);
  }

  #beat(payload: Extract<WorkerFrame, { type: "worker.heartbeat.v1" }>["payload"], hello: Hello): void {
    const { store } = this.#parts.serving;
    const isOwn = payload.consumer_id === hello.consumer_id && payload.worker_name === hello.worker_name;
    if (!isOwn) return this.#close("protocol_error");
    const pool = store.get("work_pool", this.#taker.poolId);
    if (pool === null) return this.#close("authorization_failed");
    recordHeartbeat(store, pool, { name: hello.worker_name, seconds: payload.heartbeat_interval_seconds });
  }

  #operate(frame: Exclude<WorkerFrame, { type: "worker.hello.v1" | "worker.heartbeat.v1" }>): void {
    const { message_id, reservation_token } = frame.payload;
    const operation = OPERATIONS[frame.type];
    const result = this.#taker.most === 0
      ? NOT_ASKED_FOR
      : this.#parts.cleanups.operate(operation, this.#taker.poolId, message_id, reservation_token);
    this.#send("cleanup.operation_result.v1", {
      request_frame_id: frame.id,
      message_id,
      operation,
      status: result.status,
      lease_expires_at: result.expires,
      reason: result.reason,
      detail: null,
    });
    this.#parts.serving.channels.deliver(this.#taker.poolId);
  }

  #deliver(isOwn: boolean): boolean {
    const reserved = this.#parts.cleanups.reserve(this.#taker, isOwn ? this.#queues : null);
    if (reserved === null) return false;
    const { message, token, expires } = reserved;
    this.#send("cleanup.message.v1", {
      message_id: message.id,
      kind: message["kind"] ?? null,
      reservation_token: token,
      lease_expires_at: expires,
      delivery_count: message["delivery_count"] ?? 1,
      work_queue_id: message["work_queue_id"] ?? null,
      target: message["target"] ?? {},
      data: message["data"] ?? {},
    });
    return true;
  }

  #tellSoon(reason: string): void {
    this.#stopTelling?.();
    const { clock, log } = this.#parts.serving;
    this.#stopTelling = clock.after(COALESCE_MS, () => {
      const what =
        `a worker of pool ${this.#parts.poolName} is not told of its edit; its websocket is closed`;
      if (!isDone({ log }, what, () => this.#tellPool(reason))) this.#close("transient_server_error");
    });
  }

  #tellPool(reason: string): void {
    const { store } = this.#parts.serving;
    const pool = store.get("work_pool", this.#taker.poolId);
    if (pool === null) return this.#close("authorization_failed");
    this.#sequence += 1;
    const snapshot = { snapshot_sequence: this.#sequence, reason, work_pool: poolRow(store, pool) };
    this.#send("work_pool.snapshot.v1", snapshot);
  }

  #send(type: string, payload: JsonObject): void {
    const { store } = this.#parts.serving;
    this.#peer.send({ type, id: store.newId(), sent_at: store.stamp(), payload });
  }

  #close(reason: CloseReason): void {
    this.#peer.close(CODES[reason], reason);
  }
}
