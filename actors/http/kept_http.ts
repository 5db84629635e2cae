/**
 * HTTP/1.1 over connections that are kept, to one server that the user names: its certificate authorities may replace the
 * built-in ones, or not be looked at. The runtime's own `fetch` offers neither, and it cannot drop one connection.
 *
 * @module
 */

import {
  Agent as HttpAgent,
  type ClientRequest,
  type IncomingMessage,
  request as httpRequest,
} from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { BOUNDS } from "../../schemas/bounds/bounds.ts";
import { FailureError } from "../../schemas/failure/failure.ts";
import {
  type HttpAnswer,
  type HttpCall,
  type HttpRequest,
  placeOf,
  tooLong,
  withinDeadline,
} from "./http.ts";
import { unpack } from "./unpack.ts";

/** How the server is reached. */
export interface KeptHttpOptions {
  /** The process environment; `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` are read. */
  readonly env: Readonly<Record<string, string>>;
  /** PEM text of the authorities that are trusted in place of the built-in ones; null: the built-in ones. */
  readonly authorities: string | null;
  /** Certificates are not verified. */
  readonly skipVerify: boolean;
  /** The name that the server's certificate has to have. Null or absent: that of its address. */
  readonly serverName?: string | null;
  /** PEM texts by which this program shows who it is. Null or absent: none. */
  readonly client?: { readonly cert: string; readonly key: string } | null;
  /** Most connections at a time. */
  readonly most: number;
  /** A connection without a request is closed after this time, in milliseconds. @default 25000 */
  readonly idleMs?: number;
}

/** A call and the connections behind it. */
export interface KeptHttp {
  /** Redirects are answers. A request is sent twice where the server had closed the connection that was kept. */
  readonly call: HttpCall;
  /**
   * Sends a request whose answer is read while it comes.
   *
   * @throws {FailureError} `unreachable` before an answer begins
   */
  readonly open: (request: HttpRequest, signal: AbortSignal) => Promise<IncomingMessage>;
  /** Opens connections with the same proxy and authorities, for what is no request. */
  readonly agents: { readonly http: HttpAgent; readonly https: HttpsAgent };
  /** Drops the connections; the call must not be used afterwards. */
  readonly close: () => void;
}

/** So many connections without a request are kept. */
const MOST_IDLE = 8;

/** Balancers close what is idle for 30 s: a connection is given up before that. */
const IDLE_MS = 25_000;

/** A server that is overloaded may close the connection of such an answer without a word: it is not used again. */
const LAST_OF_CONNECTION = 503;

/** A member that the types of the runtime's library do not have yet: proxies by the environment. */
interface ProxyOptions {
  readonly proxyEnv: Readonly<Record<string, string>>;
}

/** Makes the call. */
export function makeKeptHttp(options: KeptHttpOptions): KeptHttp {
  const proxies: ProxyOptions = { proxyEnv: options.env };
  const kept = {
    keepAlive: true,
    maxSockets: options.most,
    maxFreeSockets: MOST_IDLE,
    timeout: options.idleMs ?? IDLE_MS,
    ...proxies,
  };
  const secure = {
    rejectUnauthorized: !options.skipVerify,
    // Left out, the runtime would ask for a permission to list its own authorities; an empty text means these as well.
    ca: options.authorities ?? "",
    ...(typeof options.serverName === "string" ? { servername: options.serverName } : {}),
    ...options.client,
  };
  const agents = { http: new HttpAgent(kept), https: new HttpsAgent({ ...kept, ...secure }) };
  return {
    agents,
    call: (request) => withinDeadline(request, (signal) => exchange(request, signal, agents)),
    open: (request, signal) => open(request, signal, agents),
    close: () => {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

/** What was thrown before any answer came. */
class NotAnswered extends Error {
  /** The connection had been kept: the server may have closed it meanwhile. */
  readonly wasKept: boolean;
  /** There was no connection, so that nothing was sent. */
  readonly isUnsent: boolean;

  constructor({ wasKept, isUnsent }: Pick<NotAnswered, "wasKept" | "isUnsent">, cause: Error) {
    super(cause.message, { cause });
    this.wasKept = wasKept;
    this.isUnsent = isUnsent;
  }
}

async function exchange(
  request: HttpRequest,
  signal: AbortSignal,
  agents: KeptHttp["agents"],
): Promise<HttpAnswer> {
  const answer = await open(request, signal, agents);
  return { status: answer.statusCode ?? 0, headers: headersOf(answer), body: await bodyOf(answer, request) };
}

function open(
  request: HttpRequest,
  signal: AbortSignal,
  agents: KeptHttp["agents"],
): Promise<IncomingMessage> {
  return send(request, signal, agents).catch((thrown) => {
    if (signal.aborted || !(thrown instanceof NotAnswered) || !thrown.wasKept) {
      throw unreachable(request, thrown);
    }
    dropIdle(agents);
    return send(request, signal, agents).catch((again) => {
      throw unreachable(request, again, "sent before");
    });
  });
}

/** Others may have been closed as well. */
function dropIdle(agents: KeptHttp["agents"]): void {
  for (const { freeSockets } of [agents.http, agents.https]) {
    for (const sockets of Object.values(freeSockets)) sockets?.forEach((socket) => socket.destroy());
  }
}

/** Address, host, port and the rest, which is sent as it is: the runtime's `URL` takes `..` out, also where it is encoded. */
const ADDRESS = /^(https?):\/\/(?:[^/?#@]*@)?(\[[^\]]*\]|[^/?#:]*)(?::(\d+))?([^#]*)/i;

/** Where the request of a URL goes. */
export function addressOf(url: string) {
  const [, scheme = "http", host = "", port, path = "/"] = ADDRESS.exec(url) ?? [];
  const isSecure = scheme.toLowerCase() === "https";
  return {
    isSecure,
    host: host.replace(/^\[(.*)\]$/, "$1"),
    port: port === undefined ? (isSecure ? 443 : 80) : Number(port),
    path: path.startsWith("/") ? path : `/${path}`,
  };
}

function send(
  request: HttpRequest,
  signal: AbortSignal,
  agents: KeptHttp["agents"],
): Promise<IncomingMessage> {
  const { isSecure, ...address } = addressOf(request.url);
  const to = {
    ...address,
    method: request.method,
    headers: { "accept-encoding": "identity", ...lengthOf(request.body), ...request.headers },
    signal,
  };
  return new Promise((resolve, reject) => {
    const answered = (answer: IncomingMessage) => {
      if (answer.statusCode === LAST_OF_CONNECTION) sent.shouldKeepAlive = false;
      resolve(answer);
    };
    const begin = () =>
      isSecure
        ? httpsRequest({ ...to, agent: agents.https }, answered)
        : httpRequest({ ...to, agent: agents.http }, answered);
    const sent: ClientRequest = beginning(begin);
    const isOpen = watchOpening(sent, isSecure);
    sent.on(
      "error",
      (error) => reject(new NotAnswered({ wasKept: sent.reusedSocket, isUnsent: !isOpen() }, error)),
    );
    sent.end(request.body);
  });
}

/** What the runtime refuses at once, such as a host that this process may not speak to, was not sent. */
function beginning(begin: () => ClientRequest): ClientRequest {
  try {
    return begin();
  } catch (thrown) {
    const cause = thrown instanceof Error ? thrown : new Error(String(thrown));
    throw new NotAnswered({ wasKept: false, isUnsent: true }, cause);
  }
}

/** Tells whether a request has had a connection: before that, with TLS before the handshake has ended, none of it is sent. */
function watchOpening(sent: ClientRequest, isSecure: boolean): () => boolean {
  let isOpen = false;
  const opened = () => {
    isOpen = true;
  };
  sent.once("socket", (socket) => {
    if (!socket.connecting) opened();
    else socket.once(isSecure ? "secureConnect" : "connect", opened);
  });
  sent.once("finish", opened);
  return () => isOpen;
}

/** The runtime sends the body of a DELETE without its length, so that servers take it for none. */
function lengthOf(body: HttpRequest["body"]): Readonly<Record<string, string>> {
  if (body === undefined) return {};
  const bytes = typeof body === "string" ? new TextEncoder().encode(body).length : body.length;
  return { "content-length": String(bytes) };
}

/** A proxy's address in the runtime's text may carry a password. @param before the same request was tried over a kept connection */
function unreachable({ url }: HttpRequest, thrown: unknown, before?: "sent before"): unknown {
  if (!(thrown instanceof NotAnswered)) return thrown;
  const why = thrown.message.replaceAll(/\/\/[^/\s]*@/g, "//");
  const message = `Cannot reach ${placeOf(url)}: ${why}`;
  const isUnsent = thrown.isUnsent && before === undefined;
  const failure = { tag: "unreachable", message, ...(isUnsent ? { isUnsent } : {}) } as const;
  return new FailureError(failure, { cause: thrown.cause });
}

function headersOf({ headers }: IncomingMessage): Record<string, string> {
  const read: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) read[name] = typeof value === "string" ? value : value.join(", ");
  }
  return read;
}

async function bodyOf(answer: IncomingMessage, request: HttpRequest): Promise<Uint8Array<ArrayBuffer>> {
  const most = request.maxBytes ?? BOUNDS.answer.most;
  const status = answer.statusCode ?? 0;
  const packed = await packedOf(answer, most);
  if (packed === null) throw tooLong(request, status, most);
  const coding = answer.headers["content-encoding"] ?? "";
  if (coding === "") return packed;
  const unpacked = await unpack(packed, { coding, most });
  if ("bytes" in unpacked) return unpacked.bytes;
  if (unpacked.fault === "tooLong") throw tooLong(request, status, most);
  const message = `Cannot read the answer of ${placeOf(request.url)}: it is not packed as its header says`;
  throw new FailureError({ tag: "unreachable", message });
}

/** The body as it comes; null: it is longer than `most`. */
function packedOf(answer: IncomingMessage, most: number): Promise<Uint8Array<ArrayBuffer> | null> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    let size = 0;
    const giveUp = () => {
      answer.destroy();
      resolve(null);
    };
    if (Number(answer.headers["content-length"] ?? 0) > most) return giveUp();
    answer.on("data", (chunk: Uint8Array<ArrayBuffer>) => {
      size += chunk.length;
      if (size > most) giveUp();
      else chunks.push(chunk);
    });
    answer.on("end", () => resolve(joined(chunks, size)));
    answer.on("error", reject);
    // After the end this changes nothing; before it the connection broke.
    answer.on("close", () => reject(new Error("the connection was closed in the middle of an answer")));
  });
}

function joined(chunks: readonly Uint8Array<ArrayBuffer>[], size: number): Uint8Array<ArrayBuffer> {
  const [first] = chunks;
  if (chunks.length === 1 && first !== undefined) return first;
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
