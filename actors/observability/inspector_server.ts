/**
 * The small server behind the inspector's page: files, JSON and two websockets, for reading only. Loopback is open to this
 * machine's user; every other host asks for a token.
 *
 * @module
 */

import { systemClock } from "../time/system_clock.ts";
import { FailureError } from "../../schemas/failure/failure.ts";
import {
  isHostAllowed,
  isOriginAllowed,
  isTokenRight,
  tokenGiven,
} from "../../schemas/observability/inspector_access.ts";

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

/** The content that the server shows. */
export interface InspectorContent {
  /** Files by path. */
  readonly assets: ReadonlyMap<string, { readonly type: string; readonly body: string }>;
  /** JSON by path below `/api/`; undefined: there is no such thing. */
  readonly json: (path: string) => unknown;
  /** Makes the listener of a new socket, by path (`/ws`, `/stately`). */
  readonly sockets: ReadonlyMap<string, (socket: OpenSocket, query: URLSearchParams) => SocketListener>;
}

/** Where the page is served, and who may read it. */
export interface InspectorServerOptions {
  readonly hostname: string;
  readonly port: number;
  /** The port was chosen for the user: a free one will do when it is in use. */
  readonly isDefault: boolean;
  /** Null: no token is required. */
  readonly token: string | null;
  readonly content: InspectorContent;
}

/** A running server; disposing it ends every socket. */
export interface InspectorServer extends AsyncDisposable {
  /** Address to open, with the token where one is asked for. */
  readonly url: string;
}

/**
 * Starts to listen.
 *
 * @throws {FailureError} `configuration` when the address cannot be listened at
 */
export function startInspectorServer(options: InspectorServerOptions): InspectorServer {
  const sockets = new Set<WebSocket>();
  const server = listen(options, (request, { port }) => answer(request, { ...options, port, sockets }));
  const { port } = server.addr;
  const host = options.hostname.includes(":") ? `[${options.hostname}]` : options.hostname;
  return {
    url: `http://${host}:${port}/${options.token === null ? "" : `?token=${options.token}`}`,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.close(1001, "the agent has ended");
      await shutDown(server);
    },
  };
}

/** A page that does not answer the close does not delay the end. */
const FAREWELL_MS = 500;

async function shutDown(server: Deno.HttpServer): Promise<void> {
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const forget = systemClock.after(FAREWELL_MS, resolve);
  await Promise.race([server.shutdown(), over]);
  forget();
}

type Handler = (request: Request, at: { readonly port: number }) => Response;

function listen(
  { hostname, port, isDefault }: InspectorServerOptions,
  handler: Handler,
): Deno.HttpServer<Deno.NetAddr> {
  let bound = port;
  const serve = (wanted: number): Deno.HttpServer<Deno.NetAddr> => {
    const server = Deno.serve({ hostname, port: wanted, onListen: () => undefined }, (request) => {
      return handler(request, { port: bound });
    });
    bound = server.addr.port;
    return server;
  };
  try {
    return serve(port);
  } catch (thrown) {
    if (isDefault && thrown instanceof Deno.errors.AddrInUse) return serve(0);
    const why = thrown instanceof Deno.errors.AddrInUse ? "the address is in use" : String(thrown);
    throw new FailureError({
      tag: "configuration",
      field: "--inspect",
      message:
        `Cannot serve the inspector at ${hostname}:${port}: ${why}; choose another --inspect HOST:PORT`,
    }, { cause: thrown });
  }
}

interface Serving extends InspectorServerOptions {
  readonly sockets: Set<WebSocket>;
}

function answer(request: Request, serving: Serving): Response {
  const refusal = refuse(request, serving);
  if (refusal !== null) return guarded(refusal, request);
  const url = new URL(request.url);
  const listener = serving.content.sockets.get(url.pathname);
  if (listener !== undefined) return openSocket(request, { listener, query: url.searchParams, serving });
  return guarded(withCookie(look(url.pathname, serving.content), url, serving), request);
}

/** Why a request is refused, null when it is answered. */
function refuse(request: Request, { hostname, port, token }: Serving): Response | null {
  const { headers } = request;
  const host = headers.get("host") ?? "";
  if (!isHostAllowed(host, { hostname, port })) return new Response("Host not allowed", { status: 421 });
  if (!isOriginAllowed(headers.get("origin"), host)) {
    return new Response("Origin not allowed", { status: 403 });
  }
  const fetchSite = headers.get("sec-fetch-site");
  if (fetchSite === "cross-site" && headers.get("sec-fetch-mode") !== "navigate") {
    return new Response("Origin not allowed", { status: 403 });
  }
  if (request.method !== "GET" && request.method !== "HEAD") {
    return new Response("Method not allowed", { status: 405, headers: { allow: "GET, HEAD" } });
  }
  if (token === null) return null;
  const given = tokenGiven(new URL(request.url).searchParams, headers.get("cookie"), port);
  return isTokenRight(given, token)
    ? null
    : new Response("Token missing or wrong: open the address that was printed", {
      status: 401,
    });
}

function look(path: string, { assets, json }: InspectorContent): Response {
  const asset = assets.get(path);
  if (asset !== undefined) return new Response(asset.body, { headers: { "content-type": asset.type } });
  const found = path.startsWith("/api/") ? json(path.slice("/api/".length)) : undefined;
  return found === undefined ? new Response("Not found", { status: 404 }) : Response.json(found);
}

/** The page itself need not know the token: it travels in a cookie that no script can read. */
function withCookie(response: Response, url: URL, { token, port }: Serving): Response {
  if (token === null || !url.searchParams.has("token")) return response;
  response.headers.set("set-cookie", `inspector-${port}=${token}; Path=/; HttpOnly; SameSite=Strict`);
  return response;
}

/** Headers of every answer: the page loads nothing from other origins, sends nothing to them, and is not cached. */
function guarded(response: Response, request: Request): Response {
  const host = request.headers.get("host") ?? "";
  const connect = /^[\w.[\]:-]+$/.test(host) ? `'self' ws://${host}` : "'self'";
  const headers: Readonly<Record<string, string>> = {
    "content-security-policy":
      `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; ` +
      `connect-src ${connect}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
  };
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
  return response;
}

interface Opening {
  readonly listener: (socket: OpenSocket, query: URLSearchParams) => SocketListener;
  readonly query: URLSearchParams;
  readonly serving: Serving;
}

function openSocket(request: Request, { listener, query, serving }: Opening): Response {
  if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
    return guarded(
      new Response("Only websockets here", { status: 426, headers: { upgrade: "websocket" } }),
      request,
    );
  }
  const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: 120 });
  let heard: SocketListener | null = null;
  socket.onopen = () => {
    serving.sockets.add(socket);
    heard = listener({
      send: (text) => socket.readyState === WebSocket.OPEN && socket.send(text),
      waiting: () => socket.bufferedAmount,
    }, query);
  };
  socket.onmessage = ({ data }) => typeof data === "string" && heard?.receive(data);
  socket.onclose = () => {
    serving.sockets.delete(socket);
    heard?.close();
  };
  // A close follows.
  socket.onerror = () => undefined;
  return response;
}
