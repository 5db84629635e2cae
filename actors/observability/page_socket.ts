/**
 * One websocket of the inspector: what it sends is bounded and paced, and what it does not take does not pile up here.
 *
 * @module
 */

import { BOUNDS } from "../../schemas/bounds/bounds.ts";
import type { Clock } from "../../schemas/time/clock.ts";

/** A socket, as its senders see it. */
export interface OpenSocket {
  readonly send: (text: string) => void;
  /** Bytes that the other side has not taken yet. */
  readonly waiting: () => number;
}

/** Receives the messages of one socket. */
export interface SocketListener {
  readonly receive: (text: string) => void;
  readonly close: () => void;
}

/** The part of a websocket that is used here. */
export type WireSocket = Pick<
  WebSocket,
  "bufferedAmount" | "close" | "onclose" | "onerror" | "onmessage" | "onopen" | "readyState" | "send"
>;

/** What a socket is connected to. */
export interface PageSocketOptions {
  /** Called once the socket is open. */
  readonly listen: (socket: OpenSocket) => SocketListener;
  readonly clock: Pick<Clock, "now">;
  /** Called once, when the socket is closed. */
  readonly onClose: () => void;
}

/** Codes of RFC 6455, section 7.4.1. */
const POLICY = 1008;
const TOO_BIG = 1009;

/** Messages are counted by this time. */
const WINDOW_MS = 1000;

/** Connects a socket; one that is too far behind, or says too much, is closed and hears nothing more. */
export function pageSocket(socket: WireSocket, { listen, clock, onClose }: PageSocketOptions): void {
  let heard: SocketListener | null = null;
  const end = (code: number, reason: string): void => {
    heard?.close();
    heard = null;
    if (socket.readyState === WebSocket.OPEN) socket.close(code, reason);
  };
  const isTooMuch = messageRate(clock);
  const send = (text: string): void => {
    if (socket.readyState !== WebSocket.OPEN) return;
    if (socket.bufferedAmount > BOUNDS.pageWaiting.most) end(POLICY, "too far behind");
    else socket.send(text);
  };
  socket.onopen = () => {
    const listener = listen({ send, waiting: () => socket.bufferedAmount });
    // It may have fallen behind already, with the first that it was sent.
    if (socket.readyState === WebSocket.OPEN) heard = listener;
    else listener.close();
  };
  socket.onmessage = ({ data }) => {
    if (heard === null) return;
    if (typeof data !== "string" || data.length > BOUNDS.pageMessage.most) end(TOO_BIG, "message too long");
    else if (isTooMuch()) end(POLICY, "too many messages");
    else heard.receive(data);
  };
  socket.onclose = () => {
    heard?.close();
    heard = null;
    onClose();
  };
  // A close follows.
  socket.onerror = () => undefined;
}

/** Counts a message. @returns whether there were too many of them in this second */
function messageRate({ now }: Pick<Clock, "now">): () => boolean {
  let since = 0;
  let count = 0;
  return () => {
    if (Math.abs(now() - since) >= WINDOW_MS) {
      since = now();
      count = 0;
    }
    count += 1;
    return count > BOUNDS.pageMessages.most;
  };
}
