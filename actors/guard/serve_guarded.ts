/**
 * The one way in which this program serves HTTP: behind the guard, with its headers on every answer.
 *
 * @module
 */

import { wait } from "../time/wait.ts";
import { systemClock } from "../time/system_clock.ts";
import { GUARD_HEADERS, type GuardRules, judgeHead, type Refusal } from "../../schemas/guard/guard.ts";

/** Where to listen, and whom to answer. */
export interface GuardedServer {
  readonly hostname: string;
  /** 0: any free one. */
  readonly port: number;
  /** Certificate, with the authorities behind it, and its key, in PEM. @default plain HTTP */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Made for each request, because a rule may name the port that was chosen. */
  readonly rules: (port: number) => GuardRules;
  /** Answers what the guard let through. */
  readonly answer: (request: Request, port: number) => Response | Promise<Response>;
  /** Told of each refusal, with the request's `Host`. @default nobody is */
  readonly onRefusal?: (refusal: Refusal, host: string | null) => void;
  /** Headers of every answer besides those of the guard. @default none */
  readonly headers?: (request: Request) => Readonly<Record<string, string>>;
}

/** A server that listens; disposing it ends it. */
export interface Guarded extends AsyncDisposable {
  readonly hostname: string;
  readonly port: number;
}

/** What is being answered may come to its end for so long; nobody who reads slowly delays the end of this program. */
const FAREWELL_MS = 500;

/** An answer that was made is on its way for so long. */
const SENT_MS = 50;

/**
 * Starts to listen on TCP.
 *
 * @throws {Deno.errors.AddrInUse} and other errors of listening
 */
export function serveGuarded(server: GuardedServer): Guarded {
  const { hostname, port, tls = {} } = server;
  const stop = new AbortController();
  const answering = new Set<Promise<Response>>();
  let bound = port;
  const serving = Deno.serve(
    { hostname, port, ...tls, signal: stop.signal, onListen: () => undefined, onError: failed },
    (request) => {
      const answer = answered(request, server, bound);
      answering.add(answer);
      return answer.finally(() => answering.delete(answer));
    },
  );
  bound = serving.addr.port;
  return {
    hostname: serving.addr.hostname,
    port: bound,
    // Deno ends neither idle connections nor sockets when it shuts a server down, so it is closed once all is answered.
    [Symbol.asyncDispose]: async () => {
      await within(Promise.allSettled(answering), FAREWELL_MS - SENT_MS);
      await wait(SENT_MS, systemClock, stop.signal);
      stop.abort();
      await serving.finished;
    },
  };
}

/** Waits for the work, no longer than this. @param work never rejects */
function within(work: Promise<unknown>, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const forget = systemClock.after(ms, resolve);
    void work.then(() => {
      forget();
      resolve();
    });
  });
}

async function answered(request: Request, server: GuardedServer, port: number): Promise<Response> {
  return dressed(await guarded(request, server, port), server, request);
}

/** An answer that says why there is no other. */
export function refused({ status, message, headers }: Refusal): Response {
  return new Response(`${message}\n`, { status, headers: { ...headers } });
}

function guarded(
  request: Request,
  server: GuardedServer,
  port: number,
): Response | Promise<Response> {
  const { method, url: target } = request;
  const headers = headersOf(request, server);
  const refusal = judgeHead({ method, target, headers }, server.rules(port));
  if (refusal === null) return server.answer(request, port);
  server.onRefusal?.(refusal, headers.get("host"));
  return refused(refusal);
}

/** HTTP/2, which is spoken over TLS, has the host in the address. */
function headersOf({ url, headers }: Request, { tls }: GuardedServer): Headers {
  if (tls === undefined || headers.has("host")) return headers;
  const all = new Headers(headers);
  all.set("host", new URL(url).host);
  return all;
}

function dressed(response: Response, { headers }: GuardedServer, request: Request): Response {
  // An answer that opens a websocket cannot be changed, and nobody reads its headers.
  if (response.status === 101) return response;
  for (const [name, value] of Object.entries({ ...GUARD_HEADERS, ...headers?.(request) })) {
    response.headers.set(name, value);
  }
  return response;
}

function failed(): Response {
  return new Response("The request failed\n", { status: 500, headers: { ...GUARD_HEADERS } });
}
