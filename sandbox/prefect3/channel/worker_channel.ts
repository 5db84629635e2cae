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
import type { CleanupQueue } from "./cleanup_queue.ts";
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
  #poolId = "";
  #sequence = 1;
  /** Cleanup messages that the worker has in hand: tokens by id, with the end of their leases. */
  readonly #inHand = new Map<string, string>();
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
    this.#poolId = greeted.pool.id;
    this.#send("worker.ready.v1", greeted.ready);
    this.#leave = serving.channels.add({
      poolId: this.#poolId,
      poolChanged: (reason) => this.#tellSoon(reason),
      deliver: () => this.#deliver(),
    });
    if (greeted.isFilled) serving.channels.poolChanged(this.#poolId, "work_pool_updated");
    this.#deliver();
  }

  #beat(payload: Extract<WorkerFrame, { type: "worker.heartbeat.v1" }>["payload"], hello: Hello): void {
    const { store } = this.#parts.serving;
    const isOwn = payload.consumer_id === hello.consumer_id && payload.worker_name === hello.worker_name;
    if (!isOwn) return this.#close("protocol_error");
    const pool = store.get("work_pool", this.#poolId);
    if (pool === null) return this.#close("authorization_failed");
    recordHeartbeat(store, pool, { name: hello.worker_name, seconds: payload.heartbeat_interval_seconds });
  }

  #operate(frame: Exclude<WorkerFrame, { type: "worker.hello.v1" | "worker.heartbeat.v1" }>): void {
    const { message_id, reservation_token } = frame.payload;
    const operation = frame.type === "cleanup.ack.v1"
      ? "ack"
      : frame.type === "cleanup.renew.v1"
      ? "renew"
      : "release";
    const result = this.#parts.cleanups.operate(operation, this.#poolId, message_id, reservation_token);
    this.#send("cleanup.operation_result.v1", {
      request_frame_id: frame.id,
      message_id,
      operation,
      status: result.status,
      lease_expires_at: result.expires,
      reason: result.reason,
      detail: null,
    });
    if (operation === "renew" && result.expires !== null) this.#inHand.set(message_id, result.expires);
    else this.#inHand.delete(message_id);
    this.#parts.serving.channels.deliver(this.#poolId);
  }

  /** Sends messages for as long as the worker takes more. */
  #deliver(): void {
    const { serving: { store }, cleanups } = this.#parts;
    if (this.#hello === null) return;
    const most = cleanupsAtATime(this.#hello);
    const now = store.stamp();
    for (const [id, expires] of this.#inHand) if (expires <= now) this.#inHand.delete(id);
    while (this.#inHand.size < most) {
      const reserved = cleanups.reserve(this.#poolId, this.#hello.handled_cleanup_kinds);
      if (reserved === null) return;
      const { message, token, expires } = reserved;
      this.#inHand.set(message.id, expires);
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
    }
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
    const pool = store.get("work_pool", this.#poolId);
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
