/**
 * The worker channel: one websocket over which the worker tells that it lives, and gets edits of its pool and cleanup
 * messages.
 *
 * @module
 * @see recorded: j01, j04, j22, j23 (Prefect 3.8.8)
 */

import type { Log } from "../../../schemas/contracts/log.ts";
import type { JsonObject } from "../../../schemas/json/json.ts";
import {
  CHANNEL_VERSION,
  type ChannelFrame,
  CLEANUP_DELIVERY,
  type CleanupFrame,
  readChannelFrame,
  type ReadyFrame,
  type ResultFrame,
  TEARDOWN,
} from "../../../schemas/prefect3/channel_frames.ts";
import type { WorkPool } from "../../../schemas/prefect3/flow_run.ts";
import { isFinalEnd } from "./channel_end.ts";
import { keepSocket, type KeptSocket, type KeptSocketDeps, type Pauses } from "./kept_socket.ts";
import type { Socket, SocketAddress } from "./socket.ts";
import { toldOnce } from "./told_once.ts";
import { endText, type SocketEnd } from "./wire.ts";

/** Cleanup messages that are in hand at a time. */
export const MOST_CLEANUPS = 8;

const PAUSES: Pauses = { baseMs: 1000, capMs: 30_000, wellMs: 10_000 };

/** What the worker says of itself. */
export interface ChannelWorker {
  readonly name: string;
  readonly heartbeatMs: number;
  /** Whether the server creates the pool where it does not exist. */
  readonly createPool: boolean;
  /** What the pool is created with. */
  readonly template: JsonObject;
  readonly metadata: JsonObject;
  /** One for each process, the same over reconnects. */
  readonly consumerId: string;
}

/** Hears of the channel. */
export interface ChannelListener {
  /** The channel is up, and this is the pool. */
  readonly up: (pool: WorkPool, workerId: string | null) => void;
  readonly edited: (pool: WorkPool) => void;
  /** It is down, for good or for a while. */
  readonly down: (end: SocketEnd, isFinal: boolean) => void;
  readonly cleanup: (frame: CleanupFrame) => void;
  readonly answered: (frame: ResultFrame) => void;
}

/** What a channel needs. */
export interface ChannelDeps extends KeptSocketDeps {
  readonly log: Log;
  /** Ids of frames: UUIDs. */
  readonly newId: () => string;
}

/** Where it goes and for which queues; empty: all of the pool. */
export interface ChannelPlace {
  readonly address: SocketAddress;
  readonly queues: readonly string[];
}

/** An open channel, or one that is tried again. */
export interface Channel {
  /** Sends a frame. @returns its id; null: the channel is down */
  readonly send: (type: string, payload: JsonObject) => string | null;
  /** Closes it for good. */
  readonly end: () => Promise<void>;
}

/** Opens the channel and keeps it open, until the server refuses it for good. */
export function openChannel(
  deps: ChannelDeps,
  worker: ChannelWorker,
  place: ChannelPlace,
  listener: ChannelListener,
): Channel {
  return new OpenedChannel(deps, worker, place, listener);
}

class OpenedChannel implements Channel {
  readonly #deps: ChannelDeps;
  readonly #worker: ChannelWorker;
  readonly #place: ChannelPlace;
  readonly #listener: ChannelListener;
  readonly #once: Log;
  readonly #kept: KeptSocket;
  #socket: Socket | null = null;
  /** 0: the server has not said that it is ready. */
  #sequence = 0;
  #ended: SocketEnd | null = null;
  #stopHeartbeat: () => void = () => undefined;

  constructor(deps: ChannelDeps, worker: ChannelWorker, place: ChannelPlace, listener: ChannelListener) {
    this.#deps = deps;
    this.#worker = worker;
    this.#place = place;
    this.#listener = listener;
    this.#once = toldOnce(deps.log);
    this.#kept = keepSocket(deps, {
      address: () => this.#place.address,
      pauses: PAUSES,
      ready: (socket) => this.#greet(socket),
      frame: (raw) => this.#hear(raw),
      unreadable: () => this.#tell("that is no JSON object"),
      lost: (end) => this.#lost(end),
    });
  }

  send = (type: string, payload: JsonObject): string | null =>
    this.#sequence === 0 ? null : this.#put(type, payload);

  end = (): Promise<void> => {
    this.#stopHeartbeat();
    this.#sequence = 0;
    return this.#kept.end();
  };

  #put(type: string, payload: JsonObject): string | null {
    if (this.#socket === null) return null;
    const id = this.#deps.newId();
    this.#socket.send({ type, id, sent_at: new Date(this.#deps.clock.now()).toISOString(), payload });
    return id;
  }

  #greet(socket: Socket): void {
    this.#socket = socket;
    this.#sequence = 0;
    this.#ended = null;
    this.#put("worker.hello.v1", this.#hello());
  }

  #hello(): JsonObject {
    const { name, heartbeatMs, createPool, template, metadata, consumerId } = this.#worker;
    return {
      consumer_id: consumerId,
      worker_name: name,
      worker_type: "ecs",
      heartbeat_interval_seconds: seconds(heartbeatMs),
      supported_channel_versions: [CHANNEL_VERSION],
      requested_capabilities: ["worker_heartbeat.v1", "work_pool_snapshot.v1", CLEANUP_DELIVERY],
      work_queue_names: this.#place.queues,
      handled_cleanup_kinds: [TEARDOWN],
      max_cleanup_concurrency: MOST_CLEANUPS,
      create_pool_if_not_found: createPool,
      default_base_job_template: template,
      worker_metadata: metadata,
    };
  }

  #hear(raw: JsonObject): void {
    const { frame, strange } = readChannelFrame(raw);
    if (strange !== null) this.#tell(strange);
    if (this.#sequence === 0) this.#begin(frame);
    else if (frame !== null) this.#act(frame);
  }

  #begin(frame: ChannelFrame | null): void {
    if (frame?.type !== "worker.ready.v1" || frame.payload.consumer_id !== this.#worker.consumerId) {
      this.#ended = { kind: "closed", code: 1002, reason: "protocol_error" };
      this.#socket?.close();
      return;
    }
    this.#kept.isUp();
    this.#socket?.settled();
    this.#ready(frame);
  }

  #ready({ payload }: ReadyFrame): void {
    this.#sequence = Math.max(1, payload.initial_snapshot.snapshot_sequence);
    this.#beat(1000 * payload.effective_heartbeat_interval_seconds);
    this.#listener.up(payload.initial_snapshot.work_pool, payload.worker_id);
  }

  #act(frame: ChannelFrame): void {
    switch (frame.type) {
      case "work_pool.snapshot.v1":
        if (frame.payload.snapshot_sequence <= this.#sequence) return;
        this.#sequence = frame.payload.snapshot_sequence;
        return this.#listener.edited(frame.payload.work_pool);
      case "cleanup.message.v1":
        return this.#listener.cleanup(frame);
      case "cleanup.operation_result.v1":
        return this.#listener.answered(frame);
      case "worker.ready.v1":
        return this.#tell("of type worker.ready.v1, for a second time");
    }
  }

  #beat(everyMs: number): void {
    this.#stopHeartbeat = this.#deps.clock.after(everyMs, () => {
      this.#put("worker.heartbeat.v1", {
        consumer_id: this.#worker.consumerId,
        worker_name: this.#worker.name,
        heartbeat_interval_seconds: seconds(everyMs),
      });
      this.#beat(everyMs);
    });
  }

  #lost(end: SocketEnd): boolean {
    const why = this.#ended ?? end;
    this.#stopHeartbeat();
    this.#socket = null;
    this.#sequence = 0;
    const isFinal = isFinalEnd(why);
    this.#listener.down(why, isFinal);
    return !isFinal;
  }

  #tell(strange: string): void {
    this.#once(
      "WARNING",
      `The worker channel brought a frame ${strange}; what is not understood of it is left out`,
    );
  }
}

/** Whole seconds, at least one: the server refuses others. */
function seconds(ms: number): number {
  return Math.max(1, Math.round(ms / 1000));
}

/** Why a channel is down, in words. */
export function channelEndText(end: SocketEnd): string {
  return end.kind === "refused" && (end.status === 404 || end.status === 405)
    ? "this server has none"
    : endText(end);
}
