/**
 * One websocket of the Prefect 3 API: it says who it is first, gets a bounded time for its setup, and is dropped when the
 * other side gives no sign of life.
 *
 * @module
 */

import type { JsonObject } from "../../../schemas/json/json.ts";
import { readFrame } from "../../../schemas/prefect3/frame.ts";
import type { Clock } from "../../../schemas/time/clock.ts";
import type { OpenWire, SocketEnd, Wire, WireAddress } from "./wire.ts";

/** Where a socket goes, and as whom. */
export interface SocketAddress extends WireAddress {
  /** Sent with the first message; null: the server asks for none. */
  readonly token: string | null;
}

/** A socket that is set up. Nothing here throws. */
export interface Socket {
  readonly send: (frame: JsonObject) => void;
  /** Bytes that are not on their way yet. */
  readonly waiting: () => number;
  /** The setup is done: its time limit is over. */
  readonly settled: () => void;
  /** Closes in order, with code 1000; `ended` follows. */
  readonly close: () => void;
}

/** Hears of one socket. */
export interface SocketListener {
  /** The server knows who this is. */
  readonly ready: (socket: Socket) => void;
  /** Every frame after that. */
  readonly frame: (frame: JsonObject) => void;
  /** A message that is no JSON object was left out. */
  readonly unreadable: () => void;
  /** Called once, and last. */
  readonly ended: (end: SocketEnd) => void;
}

/** Opens a socket. @returns closes it, also while it is being set up */
export type OpenSocket = (address: SocketAddress, listener: SocketListener) => () => void;

/** For the setup, in milliseconds; the original waits as long. */
export const SETUP_MS = 10_000;

/** How often the other side is asked for a sign of life, in milliseconds. It is dropped after two that bring none. */
export const PING_MS = 30_000;

/** How long the other side has to confirm that the socket is closed, in milliseconds. */
const CLOSING_MS = 2000;

/** What a socket needs. */
export interface SocketDeps {
  readonly openWire: OpenWire;
  readonly clock: Pick<Clock, "after">;
}

/** Opens sockets over wires. */
export function makeOpenSocket(deps: SocketDeps): OpenSocket {
  return (address, listener) => {
    const life = new SocketLife(deps, address, listener);
    return () => life.close();
  };
}

/** One socket from its handshake to its end. */
class SocketLife {
  readonly #deps: SocketDeps;
  readonly #listener: SocketListener;
  readonly #wire: Wire;
  #why: SocketEnd | null = null;
  #isKnown = false;
  #isOver = false;
  #silentPings = 0;
  #stopSetup: () => void;
  #stopPing: () => void = () => undefined;
  #stopClosing: () => void = () => undefined;

  constructor(deps: SocketDeps, address: SocketAddress, listener: SocketListener) {
    this.#deps = deps;
    this.#listener = listener;
    this.#stopSetup = deps.clock.after(SETUP_MS, () => this.#drop({ kind: "late" }));
    this.#wire = deps.openWire(address, {
      open: () => this.#send({ type: "auth", token: address.token }),
      message: (text) => this.#message(text),
      pong: () => this.#silentPings = 0,
      end: (end) => this.#end(end),
    });
  }

  close(): void {
    if (this.#isOver) return;
    this.#stopSetup();
    this.#stopClosing();
    this.#stopClosing = this.#deps.clock.after(CLOSING_MS, () => this.#wire.drop());
    this.#wire.close(1000);
  }

  #send(frame: JsonObject): void {
    if (!this.#isOver) this.#wire.send(JSON.stringify(frame));
  }

  #message(text: string): void {
    if (this.#isOver || this.#why !== null) return;
    this.#silentPings = 0;
    const frame = readFrame(text);
    if (!this.#isKnown) this.#answer(frame);
    else if (frame === null) this.#listener.unreadable();
    else this.#listener.frame(frame);
  }

  #answer(frame: JsonObject | null): void {
    if (frame?.["type"] !== "auth_success") {
      const reason = frame?.["reason"];
      return this.#drop({
        kind: "closed",
        code: 1008,
        reason: typeof reason === "string" && reason !== "" ? reason : "authentication_failed",
      });
    }
    this.#isKnown = true;
    this.#ping();
    this.#listener.ready({
      send: (sent) => this.#send(sent),
      waiting: () => this.#isOver ? 0 : this.#wire.waiting(),
      settled: () => this.#stopSetup(),
      close: () => this.close(),
    });
  }

  #ping(): void {
    this.#stopPing = this.#deps.clock.after(PING_MS, () => {
      if (this.#silentPings >= 2) return this.#drop({ kind: "silent" });
      this.#silentPings++;
      this.#wire.ping();
      this.#ping();
    });
  }

  /** The first reason counts: what the connection says of its end follows from it. */
  #drop(why: SocketEnd): void {
    this.#why ??= why;
    this.#wire.drop();
  }

  #end(end: SocketEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stopSetup();
    this.#stopPing();
    this.#stopClosing();
    this.#listener.ended(this.#why ?? end);
  }
}
