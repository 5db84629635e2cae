/**
 * The one way in which this program serves HTTP: behind the guard, with its headers on every answer.
 *
 * @module
 */

import { systemClock } from "../time/system_clock.ts";
import { GUARD_HEADERS, type GuardRules, judgeHead, type Refusal } from "../../schemas/guard/guard.ts";

/** Where to listen, and whom to answer. */
export interface GuardedServer {
  readonly hostname: string;
  /** 0: any free one. */
  readonly port: number;
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

/**
 * Starts to listen on TCP.
 *
 * @throws {Deno.errors.AddrInUse} and other errors of listening
 */
export function serveGuarded(server: GuardedServer): Guarded {
  const { hostname, port } = server;
  const stop = new AbortController();
  let bound = port;
  const serving = Deno.serve(
    { hostname, port, signal: stop.signal, onListen: () => undefined, onError: failed },
    async (request) => dressed(await guarded(request, server, bound), server, request),
  );
  bound = serving.addr.port;
  return {
    hostname: serving.addr.hostname,
    port: bound,
    [Symbol.asyncDispose]: async () => {
      const forget = systemClock.after(FAREWELL_MS, () => stop.abort());
      await serving.shutdown();
      forget();
    },
  };
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
  const { method, url: target, headers } = request;
  const refusal = judgeHead({ method, target, headers }, server.rules(port));
  if (refusal === null) return server.answer(request, port);
  server.onRefusal?.(refusal, headers.get("host"));
  return refused(refusal);
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
