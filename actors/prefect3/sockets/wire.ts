/**
 * A websocket as this program needs it: text in both directions, bounded, and its end as data.
 *
 * @module
 */

/** Where a websocket goes, and what its handshake carries. */
export interface WireAddress {
  /** `ws:` or `wss:`; may name a path that is not for messages. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Why a websocket is no more. */
export type SocketEnd =
  /** It was closed; 1006: it ended without a word. */
  | { readonly kind: "closed"; readonly code: number; readonly reason: string }
  /** The handshake was answered with an HTTP status. */
  | { readonly kind: "refused"; readonly status: number }
  /** No connection, or none that can be used. */
  | { readonly kind: "unreachable"; readonly why: string }
  /** Its setup was not done in time. */
  | { readonly kind: "late" }
  /** The other side was silent for too long. */
  | { readonly kind: "silent" }
  /** A message was longer than is read. */
  | { readonly kind: "tooLong" };

/** What an open websocket can be told. Nothing here throws. */
export interface Wire {
  readonly send: (text: string) => void;
  /** Bytes that are not on their way yet. */
  readonly waiting: () => number;
  /** Asks the other side for a sign of life. */
  readonly ping: () => void;
  /** Closes in order: what was sent before arrives. */
  readonly close: (code: number) => void;
  /** Drops the connection. */
  readonly drop: () => void;
}

/** Hears of one websocket. */
export interface WireListener {
  readonly open: () => void;
  readonly message: (text: string) => void;
  /** A sign of life. */
  readonly pong: () => void;
  /** Called once, and last. */
  readonly end: (end: SocketEnd) => void;
}

/** Opens a websocket with the subprotocol `prefect`. */
export type OpenWire = (address: WireAddress, listener: WireListener) => Wire;

/** An end in words, for lines: the part after `…: `. */
export function endText(end: SocketEnd): string {
  switch (end.kind) {
    case "closed":
      if (end.reason !== "") return `closed with ${end.code} ${end.reason}`;
      return end.code === 1006 ? "the connection was lost" : `closed with ${end.code}`;
    case "refused":
      return `the handshake was answered with HTTP ${end.status}`;
    case "unreachable":
      return end.why;
    case "late":
      return "its setup was not answered within 10 seconds";
    case "silent":
      return "the server gave no sign of life for a minute";
    case "tooLong":
      return "the server sent a message that is longer than is read";
  }
}
