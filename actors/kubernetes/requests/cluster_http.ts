/**
 * HTTP to one API server, with the credentials that are in force: what changes under a running agent (a rotated token, another
 * authority, another kubeconfig) is read again before a request fails for it.
 *
 * @module
 */

import { FailureError, isUnsent, toFailure } from "../../../schemas/failure/failure.ts";
import type { ClusterAccess } from "../../../schemas/kubernetes/connection/access.ts";
import type { Clock } from "../../../schemas/time/clock.ts";
import type { HttpAnswer } from "../../http/http.ts";
import { type KeptHttp, makeKeptHttp } from "../../http/kept_http.ts";
import { readStream, type StreamOptions } from "./read_stream.ts";

/** What {@link makeClusterHttp} needs. */
export interface ClusterHttpDeps {
  /** The process environment, for proxies. */
  readonly env: Readonly<Record<string, string>>;
  readonly access: ClusterAccess;
  /** Finds the access anew. @throws {FailureError} `configuration` */
  readonly find: () => ClusterAccess;
  /** Text of a file; null where there is none. */
  readonly readText: (path: string) => string | null;
  readonly clock: Clock;
  /** Is told each token. */
  readonly learn: (token: string) => void;
}

/** One request, below the address of the API server. */
export interface ClusterRequest {
  readonly method: string;
  /** Begins with a slash. */
  readonly path: string;
  /** Absent: none. */
  readonly body?: string;
  readonly maxBytes?: number;
}

/** Requests to the API server. */
export interface ClusterHttp {
  /** @throws {FailureError} `timedOut`, `unreachable`, `unavailable`, `credentials` */
  readonly call: (request: ClusterRequest, signal: AbortSignal) => Promise<HttpAnswer>;
  /** Reads an answer line by line while it comes. @returns the answer where it is no success; null: it has ended */
  readonly stream: (path: string, options: StreamOptions, signal: AbortSignal) => Promise<HttpAnswer | null>;
  readonly close: () => void;
}

/** Every request has a time limit of its own, in milliseconds. */
export const REQUEST_MS = 30_000;

/** A token file is read again after this time, in milliseconds. */
const TOKEN_MS = 10_000;

/** Most connections at a time. */
const MOST_CONNECTIONS = 16;

/** A watch may be silent for longer than other connections: balancers that close them are noticed by it. */
const IDLE_MS = 80_000;

/** The way in force. */
interface Way {
  readonly access: ClusterAccess;
  readonly kept: KeptHttp;
  /** Null: none is sent. */
  token: string | null;
  readMs: number;
}

/** Makes it; nothing is sent yet. */
export function makeClusterHttp(deps: ClusterHttpDeps): ClusterHttp {
  let way = openWay(deps.access, deps);
  const renew = (used: Way): boolean => {
    if (way !== used) return true;
    const next = newAccess(deps);
    if (next === null || textOf(next) === textOf(used.access)) return readToken(used, deps);
    way = openWay(next, deps);
    used.kept.close();
    return true;
  };
  const attempt = async (send: (used: Way) => Promise<HttpAnswer | null>): Promise<HttpAnswer | null> => {
    const used = way;
    try {
      const answer = await send(used);
      return answer?.status === 401 && renew(used) ? await send(way) : answer;
    } catch (thrown) {
      // Another authority, another address: nothing was sent, so that sending is no repetition.
      if (isUnsent(toFailure(thrown)) && renew(used)) return await send(way);
      throw thrown;
    }
  };
  return {
    call: async (request, signal) => {
      const answer = await attempt((used) => call(request, used, deps, signal));
      if (answer === null) throw new TypeError("Cannot call the API server: there is no answer");
      return answer;
    },
    stream: (path, options, signal) =>
      attempt((used) => {
        const { access: { server }, kept: { open } } = used;
        return readStream({ url: server + path, headers: headersOf(used, deps), open }, options, signal);
      }),
    close: () => way.kept.close(),
  };
}

function openWay(access: ClusterAccess, deps: ClusterHttpDeps): Way {
  const { proxy, client } = access;
  const kept = makeKeptHttp({
    env: proxy === null ? deps.env : { HTTPS_PROXY: proxy, HTTP_PROXY: proxy },
    authorities: access.authorities,
    skipVerify: access.skipVerify,
    serverName: access.serverName,
    client: client === null ? null : { cert: client.cert, key: client.key.reveal() },
    most: MOST_CONNECTIONS,
    idleMs: IDLE_MS,
  });
  const way = { access, kept, token: null, readMs: -Infinity };
  readToken(way, deps);
  return way;
}

/** What cannot be used any more leaves the access that worked in force. */
function newAccess({ find }: ClusterHttpDeps): ClusterAccess | null {
  try {
    return find();
  } catch {
    return null;
  }
}

function textOf({ client, token, ...access }: ClusterAccess): string {
  const key = client === null ? null : [client.cert, client.key.reveal()];
  return JSON.stringify([access, key, token?.from === "text" ? token.token.reveal() : token]);
}

/** Reads the token. @returns whether it is another one. A file that is gone leaves the last one in force */
function readToken(way: Way, { readText, clock, learn }: ClusterHttpDeps): boolean {
  const { access: { token: source }, token: before } = way;
  if (source === null) return false;
  way.readMs = clock.now();
  const text = source.from === "text" ? source.token.reveal() : textIn(source.path, readText);
  if (text === null || text === before) return false;
  way.token = text;
  learn(text);
  return before !== null;
}

function textIn(path: string, readText: ClusterHttpDeps["readText"]): string | null {
  try {
    const text = readText(path)?.trim() ?? "";
    return text === "" ? null : text;
  } catch (thrown) {
    if (thrown instanceof FailureError) return null;
    throw thrown;
  }
}

function headersOf(way: Way, deps: ClusterHttpDeps): Readonly<Record<string, string>> {
  const { access: { token: source } } = way;
  if (source?.from === "file" && deps.clock.now() - way.readMs >= TOKEN_MS) readToken(way, deps);
  if (source !== null && way.token === null) {
    const path = source.from === "file" ? source.path : "the kubeconfig";
    throw new FailureError({
      tag: "credentials",
      message: `There is no token in ${path} for the API server`,
    });
  }
  const authorization = way.token === null ? {} : { authorization: `Bearer ${way.token}` };
  return { accept: "application/json", "user-agent": "prefect-agent", ...authorization };
}

function call(
  { method, path, body, maxBytes }: ClusterRequest,
  used: Way,
  deps: ClusterHttpDeps,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const json = body === undefined ? {} : { "content-type": "application/json" };
  return used.kept.call({
    method,
    url: used.access.server + path,
    headers: { ...headersOf(used, deps), ...json },
    timeoutMs: REQUEST_MS,
    signal,
    ...(body === undefined ? {} : { body }),
    ...(maxBytes === undefined ? {} : { maxBytes }),
  });
}
