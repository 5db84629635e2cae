/**
 * The subscription to the events of a work pool. What it tells is a hint: polls find the same later.
 *
 * @module
 * @see recorded: j22 (Prefect 3.8.8)
 */

import type { Log } from "../../../schemas/contracts/log.ts";
import type { Push } from "../../../schemas/contracts/orchestrator.ts";
import type { JsonObject } from "../../../schemas/json/json.ts";
import { readRunEvent, type RunEvent, subscription } from "../../../schemas/prefect3/events.ts";
import type { WorkerSettings } from "../../../schemas/prefect3/settings/worker_settings.ts";
import { paced } from "../../time/paced.ts";
import { socketAddress } from "./address.ts";
import { keepSocket, type KeptSocketDeps, type Pauses } from "./kept_socket.ts";
import type { Socket } from "./socket.ts";
import type { Wakes } from "./wakes.ts";
import { endText, type SocketEnd } from "./wire.ts";

/** Settings that the subscription reads. */
export type WakesSettings = Pick<WorkerSettings, "api" | "cancels" | "events" | "queryMs" | "queues">;

/** What the subscription needs. */
export interface WakesDeps extends KeptSocketDeps {
  readonly settings: WakesSettings;
  readonly log: Log;
}

/** States in which the poll may offer a run. Runs that are due later are told of as well: no event says when. */
const DUE: ReadonlySet<string> = new Set(["Scheduled", "Late", "AwaitingRetry", "Resuming"]);

const CANCELLING = "Cancelling";

/** Between two pokes, in milliseconds. */
const POKE_MS = 200;

const PAUSES: Pauses = { baseMs: 1000, capMs: 300_000, wellMs: 60_000 };

/** Subscribes once it is asked to; never where the settings leave events out. */
export function makeWakes(deps: WakesDeps): Wakes {
  return {
    listen: (poolId, tell) => {
      if (!deps.settings.events) return () => undefined;
      return new Subscription(deps, poolId, tell).end;
    },
  };
}

class Subscription {
  readonly end: () => void;
  readonly #deps: WakesDeps;
  readonly #poolId: string;
  readonly #tell: (push: Push) => void;
  readonly #poke: () => void;
  #upSinceMs: number | null = null;
  #hasTold = false;

  constructor(deps: WakesDeps, poolId: string, tell: (push: Push) => void) {
    this.#deps = deps;
    this.#poolId = poolId;
    this.#tell = tell;
    const pokes = paced(() => tell({ type: "poke" }), POKE_MS, deps.clock);
    this.#poke = pokes.ask;
    const kept = keepSocket(deps, {
      address: () => socketAddress(deps.settings.api, ["events", "out"]),
      pauses: PAUSES,
      ready: (socket) => {
        kept.isUp();
        this.#subscribe(socket);
      },
      frame: (frame) => this.#hear(frame),
      unreadable: () => undefined,
      lost: (end) => this.#lost(end),
    });
    this.end = () => {
      pokes[Symbol.dispose]();
      void kept.end();
    };
  }

  #subscribe(socket: Socket): void {
    const { clock, settings } = this.#deps;
    this.#upSinceMs = clock.now();
    socket.settled();
    const states = settings.cancels ? [...DUE, CANCELLING] : [...DUE];
    socket.send(subscription(this.#poolId, states, clock.now()));
    // What happened before is told by nobody.
    this.#poke();
  }

  #hear(frame: JsonObject): void {
    const event = readRunEvent(frame);
    if (event === null || !event.poolIds.includes(this.#poolId)) return;
    if (event.state === CANCELLING) {
      if (this.#deps.settings.cancels) this.#tell({ type: "cancel.requested", runId: event.runId });
    } else if (DUE.has(event.state) && this.#isPolled(event)) {
      this.#poke();
    }
  }

  #isPolled({ queues }: RunEvent): boolean {
    const wanted = this.#deps.settings.queues;
    return wanted.length === 0 || queues.length === 0 || queues.some((name) => wanted.includes(name));
  }

  #lost(end: SocketEnd): boolean {
    const { clock, log, settings } = this.#deps;
    if (this.#upSinceMs !== null && clock.now() - this.#upSinceMs >= PAUSES.wellMs) this.#hasTold = false;
    this.#upSinceMs = null;
    if (!this.#hasTold) {
      log(
        "WARNING",
        `The API's event stream is not there: ${endText(end)}. Flow runs are found by polling every ` +
          `${settings.queryMs / 1000} seconds, and the stream is tried again`,
      );
    }
    this.#hasTold = true;
    return true;
  }
}
