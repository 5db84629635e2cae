/**
 * The small server behind the inspector's page: files, JSON and two websockets, for reading only, for whoever has its
 * token.
 *
 * @module
 */

import { BOUNDS } from "../../schemas/bounds/bounds.ts";
import { FailureError } from "../../schemas/failure/failure.ts";
import type { GuardRules } from "../../schemas/guard/guard.ts";
import { type HostRule, isLoopback } from "../../schemas/guard/host.ts";
import { isTokenRight, tokenGiven } from "../../schemas/guard/token.ts";
import { type Guarded, serveGuarded } from "../guard/serve_guarded.ts";
import { systemClock } from "../time/system_clock.ts";
import { type OpenSocket, pageSocket, type SocketListener } from "./page_socket.ts";

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
  const server = listen(options, (request, port) => answer(request, { ...options, port, sockets }));
  const { port } = server;
  const host = options.hostname.includes(":") ? `[${options.hostname}]` : options.hostname;
  return {
    url: `http://${host}:${port}/${options.token === null ? "" : `?token=${options.token}`}`,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) {
        if (socket.readyState === WebSocket.OPEN) socket.close(1001, "the agent has ended");
      }
      await server[Symbol.asyncDispose]();
    },
  };
}

type Handler = (request: Request, port: number) => Response;

function listen(
  { hostname, port, isDefault }: InspectorServerOptions,
  answer: Handler,
): Guarded {
  const serve = (wanted: number) =>
    serveGuarded({
      hostname,
      port: wanted,
      rules: (bound) => pageRules(hostname, bound),
      answer,
      headers: pageHeaders,
    });
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

/** Names of others are refused. Served everywhere, any address will do, but no name except `localhost`. */
function pageRules(hostname: string, port: number): GuardRules {
  const isEverywhere = hostname === "0.0.0.0" || hostname === "::";
  const isLocal = isLoopback(hostname);
  const addresses: HostRule["addresses"] = isEverywhere ? "all" : isLocal ? "loopback" : "none";
  const names = [hostname.toLowerCase(), ...(isEverywhere || isLocal ? ["localhost"] : [])];
  return {
    host: { names, addresses, port },
    methods: ["GET", "HEAD"],
    bodyBytes: BOUNDS.noBody.most,
    links: "followed",
    hostRefusal: { status: 421, message: "Host not allowed: open the address that was printed" },
  };
}

function answer(request: Request, serving: Serving): Response {
  const url = new URL(request.url);
  if (!mayRead(request, url, serving)) {
    return new Response("Token missing or wrong: open the address that was printed", { status: 401 });
  }
  const listener = serving.content.sockets.get(url.pathname);
  if (listener !== undefined) return openSocket(request, { listener, query: url.searchParams, serving });
  return withCookie(look(url.pathname, serving.content), url, serving);
}

function mayRead({ headers }: Request, url: URL, { token, port }: Serving): boolean {
  if (token === null) return true;
  return isTokenRight(tokenGiven(url.searchParams, headers.get("cookie"), cookieName(port)), token);
}

/** Cookies do not know ports: another agent's page on this machine has another cookie. */
function cookieName(port: number): string {
  return `inspector-${port}`;
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
  response.headers.set("set-cookie", `${cookieName(port)}=${token}; Path=/; HttpOnly; SameSite=Strict`);
  return response;
}

/** The page loads nothing from other origins and sends nothing to them. */
function pageHeaders(request: Request): Readonly<Record<string, string>> {
  const host = request.headers.get("host") ?? "";
  const connect = /^[\w.[\]:-]+$/.test(host) ? `'self' ws://${host}` : "'self'";
  return {
    "content-security-policy":
      `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; ` +
      `connect-src ${connect}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    "cross-origin-opener-policy": "same-origin",
  };
}

interface Opening {
  readonly listener: (socket: OpenSocket, query: URLSearchParams) => SocketListener;
  readonly query: URLSearchParams;
  readonly serving: Serving;
}

function openSocket(request: Request, { listener, query, serving }: Opening): Response {
  if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
    return new Response("Only websockets here", { status: 426, headers: { upgrade: "websocket" } });
  }
  const { most } = BOUNDS.pages;
  if (serving.sockets.size >= most) {
    return new Response(`Too many pages are open: at most ${most} are served`, { status: 503 });
  }
  const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: 120 });
  serving.sockets.add(socket);
  pageSocket(socket, {
    listen: (open) => listener(open, query),
    clock: systemClock,
    onClose: () => serving.sockets.delete(socket),
  });
  return response;
}
