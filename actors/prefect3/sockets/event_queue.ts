/**
 * Events on their way to the API: in their order, over one socket, bounded while the socket is away or slow.
 *
 * @module
 */

import type { Log } from "../../../schemas/contracts/log.ts";
import type { JsonObject } from "../../../schemas/json/json.ts";
import { keepSocket, type KeptSocket, type KeptSocketDeps, type Pauses } from "./kept_socket.ts";
import type { Socket, SocketAddress } from "./socket.ts";
import { endText, type SocketEnd } from "./wire.ts";

/** What is to be sent. Nothing here throws. */
export interface EventQueue {
  readonly put: (event: JsonObject) => void;
  /** Sends what is left, unless the socket is away, and closes it. Never rejects. */
  readonly end: (signal: AbortSignal) => Promise<void>;
}

/** Events that wait; beyond it new ones are left out. */
const MOST = 10_000;

/** Bytes that the server has not taken; beyond it events wait here. */
const MOST_WAITING = 1024 * 1024;

/** How often a slow socket is looked at, in milliseconds. */
const LOOK_MS = 50;

/** How long the end waits for what is left, in milliseconds. */
const FLUSH_MS = 2000;

const PAUSES: Pauses = { baseMs: 1000, capMs: 300_000, wellMs: 60_000 };

/** Opens its socket with the first event. */
export function makeEventQueue(
  deps: KeptSocketDeps & { readonly log: Log },
  address: () => SocketAddress,
): EventQueue {
  return new SocketQueue(deps, address);
}

class SocketQueue implements EventQueue {
  readonly #deps: KeptSocketDeps & { readonly log: Log };
  readonly #address: () => SocketAddress;
  #waiting: JsonObject[] = [];
  #kept: KeptSocket | null = null;
  #socket: Socket | null = null;
  /** It was tried, and is away. */
  #isAway = false;
  #isLooking = false;
  #isEnded = false;
  #leftOut = 0;
  #flushed: (() => void) | null = null;

  constructor(deps: KeptSocketDeps & { readonly log: Log }, address: () => SocketAddress) {
    this.#deps = deps;
    this.#address = address;
  }

  put = (event: JsonObject): void => {
    if (this.#isEnded) return;
    if (this.#waiting.length >= MOST) {
      if (this.#leftOut++ === 0) {
        this.#deps.log(
          "WARNING",
          `${MOST} events wait for the API: new ones are left out. No flow run depends on them`,
        );
      }
      return;
    }
    this.#waiting.push(event);
    this.#kept ??= this.#open();
    this.#pump();
  };

  end = async (signal: AbortSignal): Promise<void> => {
    if (this.#kept === null || this.#isEnded) return;
    if (!this.#isAway) await this.#flush(signal);
    this.#isEnded = true;
    await this.#kept.end();
  };

  #open(): KeptSocket {
    return keepSocket(this.#deps, {
      address: this.#address,
      pauses: PAUSES,
      ready: (socket) => {
        this.#kept?.isUp();
        socket.settled();
        this.#socket = socket;
        this.#isAway = false;
        this.#leftOut = 0;
        this.#pump();
      },
      frame: () => undefined,
      unreadable: () => undefined,
      lost: (end) => this.#lost(end),
    });
  }

  #lost(end: SocketEnd): boolean {
    if (!this.#isAway) this.#deps.log("DEBUG", `Events wait: the API does not take them, ${endText(end)}`);
    this.#isAway = true;
    this.#socket = null;
    this.#flushed?.();
    return true;
  }

  #pump(): void {
    const socket = this.#socket;
    if (socket === null || this.#isLooking) return;
    let sent = 0;
    while (sent < this.#waiting.length && socket.waiting() <= MOST_WAITING) {
      const event = this.#waiting[sent++];
      if (event !== undefined) socket.send(event);
    }
    this.#waiting = sent === this.#waiting.length ? [] : this.#waiting.slice(sent);
    if (this.#waiting.length === 0) return this.#flushed?.();
    this.#isLooking = true;
    this.#deps.clock.after(LOOK_MS, () => {
      this.#isLooking = false;
      this.#pump();
    });
  }

  #flush(signal: AbortSignal): Promise<void> {
    if (this.#waiting.length === 0 || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        forget();
        signal.removeEventListener("abort", done);
        this.#flushed = null;
        resolve();
      };
      const forget = this.#deps.clock.after(FLUSH_MS, done);
      signal.addEventListener("abort", done, { once: true });
      this.#flushed = done;
    });
  }
}
