/**
 * The websocket to the server: connects, hears, connects again when it is lost or a message was missed.
 *
 * @module
 */

import * as v from "valibot";
import { PROTOCOL, type ServerMessage, serverMessageSchema } from "../protocol/protocol.ts";
import { applyMessage, type Model } from "./model.ts";

/** How the connection stands. */
export type Link =
  | { readonly kind: "connecting" }
  | { readonly kind: "open" }
  /** Lost or never there; the next try comes at `retryMs` of the page's clock. */
  | { readonly kind: "lost"; readonly sinceMs: number; readonly retryMs: number }
  /** The server speaks another version of the protocol, also after a reload. */
  | { readonly kind: "foreign" };

/** The connection as the page uses it. */
export interface Connection {
  /** Names the run to be told about, null for none. */
  readonly watch: (id: string | null) => void;
  /** Tries at once instead of waiting. */
  readonly retry: () => void;
  readonly link: () => Link;
}

/** What a connection is made of. */
export interface ConnectionOptions {
  readonly model: Model;
  /** Called after every message and whenever the link changes. */
  readonly onChange: () => void;
  /** The page's clock in milliseconds. */
  readonly now: () => number;
}

/** Waits before the tries after a loss, in milliseconds; the last one repeats. */
const WAITS_MS = [300, 1000, 2000, 4000];

const RELOADED = "inspector-reloaded";

/** Address of the websocket below the page's own, with its token and with what is known already. */
function address(model: Model): URL {
  const url = new URL("ws", location.origin + location.pathname);
  url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  const token = new URLSearchParams(location.search).get("token");
  if (token !== null) url.searchParams.set("token", token);
  if (model.hello !== null && model.seq > 0) {
    url.searchParams.set("session", model.hello.session);
    url.searchParams.set("since", String(model.seq));
  }
  return url;
}

/** A page of another version than the server is reloaded once; more would be a loop. */
function reloadOnce(): boolean {
  if (sessionStorage.getItem(RELOADED) !== null) return false;
  sessionStorage.setItem(RELOADED, "1");
  location.reload();
  return true;
}

function parsed(data: unknown): ServerMessage | null {
  const result = v.safeParse(serverMessageSchema, JSON.parse(String(data)));
  return result.success ? result.output : null;
}

/** Opens the connection and keeps it. */
export function connect({ model, onChange, now }: ConnectionOptions): Connection {
  let link: Link = { kind: "connecting" };
  let socket: WebSocket | null = null;
  let watched: string | null = null;
  let tries = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const turn = (next: Link): void => {
    link = next;
    onChange();
  };
  const tell = (): void => {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type: "watch", id: watched }));
  };
  const lose = (): void => {
    if (link.kind === "foreign") return;
    const wait = WAITS_MS[Math.min(tries, WAITS_MS.length - 1)] ?? 0;
    tries += 1;
    clearTimeout(timer);
    timer = setTimeout(open, wait);
    turn({ kind: "lost", sinceMs: link.kind === "lost" ? link.sinceMs : now(), retryMs: now() + wait });
  };
  const hear = (data: unknown): void => {
    const message = parsed(data);
    const foreign = message === null || (message.type === "hello" && message.protocol !== PROTOCOL);
    if (foreign && reloadOnce()) return;
    if (foreign) return turn({ kind: "foreign" });
    if (message.type === "hello") sessionStorage.removeItem(RELOADED);
    if (applyMessage(model, message, now()) === "gap") return reopen();
    tries = 0;
    turn({ kind: "open" });
  };
  const reopen = (): void => {
    if (socket !== null) socket.onclose = null;
    socket?.close();
    open();
  };
  function open(): void {
    clearTimeout(timer);
    const fresh = new WebSocket(address(model));
    socket = fresh;
    fresh.onopen = tell;
    fresh.onmessage = (event) => hear(event.data);
    fresh.onclose = lose;
  }

  open();
  return {
    watch: (id) => {
      watched = id;
      if (model.watched?.id !== id) model.watched = null;
      tell();
    },
    retry: reopen,
    link: () => link,
  };
}
