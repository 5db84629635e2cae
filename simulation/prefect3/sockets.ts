/**
 * The websockets of the simulated Prefect 3 API: the worker channel, events in and events out.
 *
 * @module
 */

import type { OpenWire, SocketEnd, Wire, WireListener } from "../../actors/prefect3/sockets/wire.ts";
import { isJsonObject, type JsonObject } from "../../schemas/json/json.ts";
import { mapping } from "../../schemas/json/shape.ts";
import { CHANNEL_VERSION } from "../../schemas/prefect3/channel_frames.ts";
import type { AgentProcess } from "../agent_process.ts";
import { fault, windowNow } from "../world/world.ts";
import { bodyIn, POOL_ID, poolRow } from "./routes.ts";
import type { StateListener, Store3 } from "./store.ts";

/** The server's side of one socket: what it answers to a frame. */
interface Served {
  readonly hear: (frame: JsonObject) => void;
  readonly end: () => void;
}

/** Every open socket of a world. */
export interface Sockets {
  /** For one process. @param template of the pool */
  readonly openWire: (process: AgentProcess, template: JsonObject) => OpenWire;
}

const LOST: SocketEnd = { kind: "closed", code: 1006, reason: "" };

/** The sockets of a world; they break at the scenario's moments. */
export function makeSockets(store: Store3): Sockets {
  const { world } = store;
  const open = new Set<SimWire>();
  for (const { atMs, isSilent } of world.scenario.sockets.breaks) {
    world.time.after(atMs, () => {
      fault(world, isSilent ? "socketsSilent" : "socketsBreak", `${open.size} sockets`);
      for (const wire of [...open]) wire.lose(isSilent);
    });
  }
  return {
    openWire: (process, template) => ({ url }, listener) => {
      const wire = new SimWire({ store, process, template, leave: () => open.delete(wire) }, url, listener);
      open.add(wire);
      return wire;
    },
  };
}

interface WireGround {
  readonly store: Store3;
  readonly process: AgentProcess;
  readonly template: JsonObject;
  readonly leave: () => void;
}

class SimWire implements Wire {
  readonly #ground: WireGround;
  readonly #listener: WireListener;
  #served: Served | null = null;
  #isSilent = false;
  #isOver = false;
  #isKnown = false;

  constructor(ground: WireGround, url: string, listener: WireListener) {
    this.#ground = ground;
    this.#listener = listener;
    const { pathname } = new URL(url);
    this.#later(() => {
      const end = this.#refusal(pathname);
      if (end !== null) return this.#end(end);
      this.#served = this.#serve(pathname);
      listener.open();
    });
  }

  send = (text: string): void => {
    this.#later(() => {
      if (!this.#isSilent) this.#hear(bodyIn(text));
    });
  };

  waiting = (): number => 0;

  ping = (): void => {
    this.#later(() => {
      if (!this.#isSilent) this.#listener.pong();
    });
  };

  close = (code: number): void => this.#later(() => this.#end({ kind: "closed", code, reason: "" }));

  drop = (): void => this.#later(() => this.#end(LOST));

  /** The connection is gone. @param isSilent nobody is told */
  lose = (isSilent: boolean): void => {
    if (!isSilent) return this.#end(LOST);
    this.#isSilent = true;
    this.#served?.end();
    this.#served = null;
  };

  /** After the way of one message; a process that has ended hears nothing. */
  #later(work: () => void): void {
    const { store: { world }, process } = this.#ground;
    world.time.after(world.dice.int(1, 20), () => {
      if (!process.isAlive) return this.#leave();
      if (!this.#isOver) work();
    });
  }

  #say(frame: JsonObject): void {
    this.#later(() => {
      if (!this.#isSilent) this.#listener.message(JSON.stringify(frame));
    });
  }

  #refusal(pathname: string): SocketEnd | null {
    const { world } = this.#ground.store;
    const { sockets, outages, release } = world.scenario;
    const isChannel = pathname.endsWith("/connect");
    if (isChannel && (sockets.channel === "none" || release === "3.4")) {
      return { kind: "refused", status: 404 };
    }
    const isAway = windowNow(world, outages) !== null || windowNow(world, sockets.away) !== null;
    return isAway ? { kind: "unreachable", why: "connection refused" } : null;
  }

  #hear(frame: JsonObject): void {
    if (this.#isKnown) return this.#served?.hear(frame);
    this.#isKnown = true;
    this.#say({ type: "auth_success" });
  }

  #serve(pathname: string): Served {
    const { store, template } = this.#ground;
    const say = (frame: JsonObject) => this.#say(frame);
    if (pathname.endsWith("/connect")) return channel(store, template, say);
    return pathname.endsWith("/out")
      ? eventsOut(store, say)
      : { hear: () => undefined, end: () => undefined };
  }

  #leave(): void {
    this.#served?.end();
    this.#served = null;
    this.#ground.leave();
  }

  #end(end: SocketEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#leave();
    if (this.#ground.process.isAlive) this.#listener.end(end);
  }
}

type Say = (frame: JsonObject) => void;

function channel(store: Store3, template: JsonObject, say: Say): Served {
  const put = (type: string, payload: JsonObject) =>
    say({ type, id: store.newId(), sent_at: store.now(), payload });
  const taker = (message: JsonObject) => put("cleanup.message.v1", message);
  const beat = (name: unknown) => void store.workers.set(String(name), store.world.time.now());
  return {
    hear: ({ type, id, payload }) => {
      const it = mapping(payload);
      if (type === "worker.hello.v1") {
        beat(it["worker_name"]);
        put("worker.ready.v1", readyPayload(it, template));
        store.cleanups.join(taker);
      } else if (type === "worker.heartbeat.v1") beat(it["worker_name"]);
      else if (typeof type === "string" && type.startsWith("cleanup.")) {
        const { status, untilMs } = store.cleanups.answer(type, String(it["reservation_token"]));
        put("cleanup.operation_result.v1", {
          request_frame_id: id,
          operation: type.split(".")[1],
          status,
          lease_expires_at: untilMs === null ? null : new Date(untilMs).toISOString(),
        });
      }
    },
    end: () => store.cleanups.leave(taker),
  };
}

function readyPayload(hello: JsonObject, template: JsonObject): JsonObject {
  return {
    consumer_id: hello["consumer_id"],
    worker_id: null,
    selected_channel_version: CHANNEL_VERSION,
    effective_heartbeat_interval_seconds: hello["heartbeat_interval_seconds"],
    accepted_capabilities: hello["requested_capabilities"],
    rejected_capabilities: [],
    effective_max_cleanup_concurrency: 1,
    resolved_work_queues: [],
    initial_snapshot: { snapshot_sequence: 1, reason: "initial", work_pool: poolRow(template) },
  };
}

function eventsOut(store: Store3, say: Say): Served {
  const tell: StateListener = ({ due, state }) => {
    say({
      type: "event",
      event: {
        event: `prefect.flow-run.${state.name}`,
        resource: { "prefect.resource.id": `prefect.flow-run.${due.id}` },
        related: [{
          "prefect.resource.id": `prefect.work-pool.${POOL_ID}`,
          "prefect.resource.role": "work-pool",
        }],
      },
    });
  };
  return {
    hear: (frame) => {
      if (frame["type"] === "filter" && isJsonObject(frame["filter"])) {
        store.listeners.add(tell);
      }
    },
    end: () => void store.listeners.delete(tell),
  };
}
