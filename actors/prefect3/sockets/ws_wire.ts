/**
 * Websockets of the package `ws`. The runtime's own neither sends the User-Agent that the server reads a version out of, nor
 * tells the status of a refusal, bounds a message, or can leave certificates unverified.
 *
 * @module
 */

// @ts-types="./ws_types.d.ts"
import WebSocket, { type ClientOptions } from "ws";
import { HttpsProxyAgent } from "https-proxy-agent";
import { BOUNDS } from "../../../schemas/bounds/bounds.ts";
import type { OpenWire, SocketEnd, Wire, WireListener } from "./wire.ts";

/** How servers are reached. */
export interface WsOptions {
  /** PEM text of the authorities that replace the built-in ones; null: the built-in ones. */
  readonly authorities: string | null;
  /** Certificates are not verified. */
  readonly skipVerify: boolean;
  /** Address of the proxy for an address; null: it is reached directly. */
  readonly proxyFor: (url: URL) => string | null;
}

const SUBPROTOCOL = "prefect";
const OPEN = 1;

/** Opens websockets with `ws`. */
export function makeOpenWire(options: WsOptions): OpenWire {
  return (address, listener) => {
    const hears = once(listener);
    try {
      const socket = new WebSocket(
        address.url,
        [SUBPROTOCOL],
        clientOptions(address.url, address.headers, options),
      );
      return connect(socket, hears);
    } catch (error) {
      queueMicrotask(() => hears.end({ kind: "unreachable", why: textOf(error) }));
      return NO_WIRE;
    }
  };
}

function clientOptions(
  url: string,
  headers: Readonly<Record<string, string>>,
  options: WsOptions,
): ClientOptions {
  const proxy = options.proxyFor(new URL(url));
  return {
    headers: { ...headers },
    maxPayload: BOUNDS.socketFrame.most,
    // The server's frames are short; unpacking would need a bound of its own.
    perMessageDeflate: false,
    followRedirects: false,
    rejectUnauthorized: !options.skipVerify,
    ...(options.authorities === null ? {} : { ca: options.authorities }),
    ...(proxy === null ? {} : { agent: new HttpsProxyAgent(proxy) }),
  };
}

function connect(socket: WebSocket, hears: WireListener): Wire {
  let trouble: SocketEnd | null = null;
  socket.on("open", hears.open);
  socket.on("message", (data, isBinary) => hears.message(isBinary ? "" : data.toString("utf8")));
  socket.on("pong", hears.pong);
  socket.on("ping", hears.pong);
  socket.on("unexpected-response", (_request, { statusCode = 0 }) => {
    trouble = { kind: "refused", status: statusCode };
    socket.terminate();
  });
  socket.on("error", (error) => trouble ??= endOf(error));
  socket.on("close", (code, reason) => {
    hears.end(trouble ?? { kind: "closed", code, reason: reason.toString("utf8") });
  });
  return wireOf(socket);
}

function wireOf(socket: WebSocket): Wire {
  const ignore = (): void => undefined;
  const whenOpen = (act: () => void): void => {
    if (socket.readyState === OPEN) act();
  };
  return {
    send: (text) => whenOpen(() => socket.send(text, ignore)),
    waiting: () => socket.bufferedAmount,
    ping: () => whenOpen(() => socket.ping("", true, ignore)),
    close: (code) => socket.close(code),
    drop: () => socket.terminate(),
  };
}

function endOf(error: Error & { code?: string }): SocketEnd {
  if (error.code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH") return { kind: "tooLong" };
  if (error.code?.startsWith("WS_ERR_") === true) return { kind: "closed", code: 1006, reason: "" };
  return { kind: "unreachable", why: textOf(error) };
}

/** Addresses of several tries come as one error without a text. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return "the connection failed";
  if (error instanceof AggregateError && error.message === "") return textOf(error.errors[0]);
  return error.message === "" ? error.name : error.message;
}

function once(listener: WireListener): WireListener {
  let isOver = false;
  return {
    ...listener,
    end: (end) => {
      if (isOver) return;
      isOver = true;
      listener.end(end);
    },
  };
}

const NO_WIRE: Wire = {
  send: () => undefined,
  waiting: () => 0,
  ping: () => undefined,
  close: () => undefined,
  drop: () => undefined,
};
