/**
 * Websockets of the API: the handshake with the subprotocol `prefect`, who it is, and bounded frames.
 *
 * @module
 * @see Prefect 3.9.1, server/utilities/subscriptions.py
 */

import { BOUNDS } from "../../../schemas/bounds/bounds.ts";
import { isTokenRight } from "../../../schemas/guard/token.ts";
import type { JsonObject } from "../../../schemas/json/json.ts";
import { readFrame } from "../../../schemas/prefect3/frame.ts";
import { jsonText } from "../store/json_text.ts";
import { keyOf } from "./access.ts";
import { isDone, type Logged } from "./trouble.ts";

/** A socket whose other side is known. */
export interface Peer {
  readonly send: (frame: JsonObject) => void;
  /** Bytes that are not on their way yet. */
  readonly waiting: () => number;
  readonly close: (code: number, reason: string) => void;
}

/** Hears of a socket. */
export interface PeerListener {
  /** Null: the frame is no JSON object, or nests too deep. */
  readonly frame: (frame: JsonObject | null) => void;
  readonly closed: () => void;
}

/** How a socket is opened. */
export interface SocketOptions extends Logged {
  readonly key: string;
  /** The reason with which it is closed when the key is wrong. @default words of the server */
  readonly authReason?: string;
  /** Called once the key is right. */
  readonly open: (peer: Peer) => PeerListener;
  /** Told of each socket, so that the server can close it. */
  readonly keep: (socket: WebSocket) => void;
  /** Path of the socket, for the log. */
  readonly path: string;
}

/** Codes of closing. */
export const CLOSE = { protocol: 1002, policy: 1008, tooLong: 1009, trouble: 1011 } as const;

/** The reason that goes with {@link CLOSE.trouble}, in the words of the server. */
export const TROUBLE = "transient_server_error";

/** Longest path of a line of the log, in characters. */
const MOST_PATH = 200;

/** Opens a socket for a request. */
export function openSocket(request: Request, options: SocketOptions): Response {
  const protocols = (request.headers.get("sec-websocket-protocol") ?? "").split(",").map((one) => one.trim());
  if (!protocols.includes("prefect")) {
    return new Response("'prefect' subprotocol required\n", { status: 403 });
  }
  const { socket, response } = Deno.upgradeWebSocket(request, { protocol: "prefect", idleTimeout: 60 });
  options.keep(socket);
  const isKnown = isTokenRight(keyOf(request.headers), options.key);
  const { message, closed } = socketEvents(options, peerOf(socket), isKnown);
  socket.onmessage = ({ data }) => message(data);
  socket.onclose = closed;
  // What is wrong with a socket ends it, and its end is told.
  socket.onerror = () => undefined;
  return response;
}

/** What a socket tells of. */
export interface SocketEvents {
  readonly message: (data: unknown) => void;
  readonly closed: () => void;
}

/**
 * What becomes of the events of a socket: nothing is thrown, for that would end the process. Trouble with a frame is one
 * line of the log, and closes the socket.
 *
 * @param isKnown whether its request had the right key
 */
export function socketEvents(
  options: Omit<SocketOptions, "keep">,
  peer: Peer,
  isKnown: boolean,
): SocketEvents {
  let listener: PeerListener | null = null;
  let isInTrouble = false;
  const hear = (data: unknown) => {
    if (typeof data !== "string" || data.length > BOUNDS.socketFrame.most) {
      return peer.close(CLOSE.tooLong, "too long");
    }
    const frame = readFrame(data);
    if (listener !== null) return listener.frame(frame);
    const why = refusal(frame, options, isKnown);
    if (why !== null) return peer.close(CLOSE.policy, options.authReason ?? why);
    peer.send({ type: "auth_success" });
    listener = options.open(peer);
  };
  const name = `websocket ${options.path.slice(0, MOST_PATH)}`;
  const what = `${name} is closed with ${CLOSE.trouble}`;
  return {
    message: (data) => {
      // Frames that were on their way when the socket was closed are not heard.
      if (isInTrouble || isDone(options, what, () => hear(data))) return;
      isInTrouble = true;
      peer.close(CLOSE.trouble, TROUBLE);
    },
    closed: () => void isDone(options, `${name} is closed`, () => listener?.closed()),
  };
}

function refusal(
  frame: JsonObject | null,
  { key }: Pick<SocketOptions, "key">,
  isKnown: boolean,
): string | null {
  if (frame?.["type"] !== "auth") return "Expected 'auth' message";
  const { token } = frame;
  if (typeof token === "string") return isTokenRight(token, key) ? null : "Invalid token";
  return isKnown ? null : "Auth required but no token provided";
}

function peerOf(socket: WebSocket): Peer {
  const isOpen = () => socket.readyState === WebSocket.OPEN;
  return {
    send: (frame) => {
      if (isOpen()) socket.send(jsonText(frame));
    },
    waiting: () => socket.bufferedAmount,
    close: (code, reason) => {
      if (isOpen()) socket.close(code, reason.slice(0, 120));
    },
  };
}
