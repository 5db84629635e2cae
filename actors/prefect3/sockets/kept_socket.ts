/**
 * A socket that is opened again whenever it is lost, after pauses that grow while it keeps failing.
 *
 * @module
 */

import { backoffMs } from "../../../schemas/time/backoff.ts";
import type { Clock, Random } from "../../../schemas/time/clock.ts";
import type { JsonObject } from "../../../schemas/json/json.ts";
import type { OpenSocket, Socket, SocketAddress } from "./socket.ts";
import type { SocketEnd } from "./wire.ts";

/** How long is waited between two tries, in milliseconds. */
export interface Pauses {
  readonly baseMs: number;
  readonly capMs: number;
  /** A socket that was of use for this long was well: the next pause is the shortest again. */
  readonly wellMs: number;
}

/** What a kept socket needs. */
export interface KeptSocketDeps {
  readonly openSocket: OpenSocket;
  readonly clock: Clock;
  readonly random: Random;
}

/** What is kept open. */
export interface KeptSocketOptions {
  /** Asked before each try. */
  readonly address: () => SocketAddress;
  readonly pauses: Pauses;
  readonly ready: (socket: Socket) => void;
  readonly frame: (frame: JsonObject) => void;
  readonly unreadable: () => void;
  /** @returns whether it is tried again */
  readonly lost: (end: SocketEnd) => boolean;
}

/** A socket that is kept open. */
export interface KeptSocket {
  /** Tells that the socket is of use by now: what `wellMs` counts from. */
  readonly isUp: () => void;
  /** Closes it for good. @returns resolves once it is closed */
  readonly end: () => Promise<void>;
}

/** At most this many tries within {@link FEW_MS}, whatever chance makes of the pauses. */
const FEW = 5;
const FEW_MS = 30_000;

/** Opens the socket at once and keeps it open. */
export function keepSocket(deps: KeptSocketDeps, options: KeptSocketOptions): KeptSocket {
  return new Keeper(deps, options);
}

class Keeper implements KeptSocket {
  readonly #deps: KeptSocketDeps;
  readonly #options: KeptSocketOptions;
  #tries: readonly number[] = [];
  #failures = 0;
  #upSinceMs: number | null = null;
  #close: (() => void) | null = null;
  #stopPause: () => void = () => undefined;
  #isEnding = false;
  #closed = Promise.withResolvers<void>();

  constructor(deps: KeptSocketDeps, options: KeptSocketOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#open();
  }

  isUp = (): void => {
    this.#upSinceMs ??= this.#deps.clock.now();
  };

  end = (): Promise<void> => {
    this.#isEnding = true;
    this.#stopPause();
    if (this.#close === null) this.#closed.resolve();
    else this.#close();
    return this.#closed.promise;
  };

  #open(): void {
    const nowMs = this.#deps.clock.now();
    this.#tries = [...this.#tries, nowMs].slice(-FEW);
    this.#upSinceMs = null;
    const { ready, frame, unreadable } = this.#options;
    const ended = (end: SocketEnd) => this.#ended(end);
    this.#close = this.#deps.openSocket(this.#options.address(), { ready, frame, unreadable, ended });
  }

  #ended(end: SocketEnd): void {
    this.#close = null;
    if (this.#isEnding) return this.#closed.resolve();
    const { clock } = this.#deps;
    if (this.#upSinceMs !== null && clock.now() - this.#upSinceMs >= this.#options.pauses.wellMs) {
      this.#failures = 0;
    }
    this.#failures++;
    if (!this.#options.lost(end)) return;
    this.#stopPause = clock.after(this.#pauseMs(), () => this.#open());
  }

  #pauseMs(): number {
    const { clock, random } = this.#deps;
    const pause = backoffMs(this.#failures, { ...this.#options.pauses, random });
    const first = this.#tries.length < FEW ? undefined : this.#tries[0];
    if (first === undefined) return pause;
    return Math.max(pause, Math.min(FEW_MS, first + FEW_MS - clock.now()));
  }
}
