/**
 * A gate between an agent and what it talks to: it knows which call is open, and can hold, answer or lose a chosen one.
 *
 * @module
 */

import * as v from "valibot";
import { isJsonObject } from "../../../schemas/json/json.ts";

/** What of a mutation's variables tells which states it sets. */
const statesSchema = v.object({
  input: v.object({ states: v.array(v.object({ state: v.object({ type: v.string() }) })) }),
});

/** One call that came through. */
export interface GateCall {
  readonly service: "api" | "ecs" | "file";
  /**
   * ECS and EC2: the operation. API: the name of the mutation or of the relation that is read, with the state that is set, as in
   * `set_flow_run_states Submitted`. File: its path.
   */
  readonly name: string;
  readonly body: string;
}

/** Where a call is stopped. */
export interface Trap {
  readonly fits: (call: GateCall) => boolean;
  /**
   * `before`: held, not executed until it is released. `after`: executed, the answer held. `answered`: answered as ever,
   * `lost`: executed, then answered with status 500, `dropped`: executed, then the connection breaks, all caught just
   * afterwards. A function answers in the place of the
   * service, which sees nothing of the call; caught just afterwards.
   */
  readonly how: "before" | "after" | "answered" | "lost" | "dropped" | (() => Response);
}

/** A trap that was set. */
export interface SetTrap {
  /** Resolves once a call is caught. */
  readonly caught: Promise<void>;
  /** Lets the call that is held go on. */
  readonly release: () => void;
}

/** A running gate. */
export interface Gate {
  /** Address of each service, as the agent gets it. */
  readonly urls: Readonly<Record<GateCall["service"], string>>;
  /** All calls so far. */
  readonly calls: readonly GateCall[];
  /** Sets a trap for one call. */
  readonly trap: (trap: Trap) => SetTrap;
  /** Answers all calls of a service in its place until the outage is ended. @returns ends it */
  readonly outage: (service: GateCall["service"], answer: () => Response) => () => void;
  readonly close: () => Promise<void>;
}

/** What lies behind the gate. */
export interface Behind {
  readonly apiUrl: string;
  readonly ecsUrl: string;
  /** Texts by path, each beginning with a slash. */
  readonly files: Readonly<Record<string, string>>;
}

interface Armed extends Trap {
  readonly caught: () => void;
  readonly released: AbortSignal;
}

/** After an answer, so that the agent has read it and gone on to what follows. */
const AFTERWARDS_MS = 60;

/** Opens a gate on free loopback ports. */
export function openGate({ apiUrl, ecsUrl, files }: Behind): Gate {
  const calls: GateCall[] = [];
  const armed = new Set<Armed>();
  const closing = new AbortController();
  const outages = new Map<GateCall["service"], () => Response>();
  const pass = (service: GateCall["service"], base: string) => async (request: Request) => {
    const body = await request.text();
    const call = { service, name: nameOf(service, request, body), body };
    calls.push(call);
    const instead = outages.get(service);
    if (instead !== undefined) return instead();
    const forward = () => forwarded(base, request, body);
    const trap = [...armed].find((each) => each.fits(call));
    if (trap === undefined) return await forward();
    armed.delete(trap);
    return await caught(trap, { forward, closing: closing.signal });
  };
  const serve = (handler: (request: Request) => Promise<Response>) =>
    Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, handler);
  const file = (request: Request) => {
    const text = files[new URL(request.url).pathname];
    return Promise.resolve(new Response(text ?? "", { status: text === undefined ? 404 : 200 }));
  };
  const behind = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, file);
  const servers = {
    api: serve(pass("api", apiUrl)),
    ecs: serve(pass("ecs", ecsUrl)),
    file: serve(pass("file", `http://127.0.0.1:${behind.addr.port}`)),
  };
  const urlOf = ({ addr }: Deno.HttpServer<Deno.NetAddr>) => `http://127.0.0.1:${addr.port}`;
  return {
    urls: { api: urlOf(servers.api), ecs: urlOf(servers.ecs), file: urlOf(servers.file) },
    calls,
    trap: (trap) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const release = new AbortController();
      armed.add({ ...trap, caught: resolve, released: release.signal });
      return { caught: promise, release: () => release.abort() };
    },
    outage: (service, answer) => {
      outages.set(service, answer);
      return () => void outages.delete(service);
    },
    close: async () => {
      closing.abort();
      await Promise.all([...Object.values(servers), behind].map((server) => server.shutdown()));
    },
  };
}

interface Caught {
  readonly forward: () => Promise<Response>;
  readonly closing: AbortSignal;
}

async function caught(trap: Armed, { forward, closing }: Caught): Promise<Response> {
  if (trap.how === "before" || trap.how === "after") {
    const executed = trap.how === "after" ? await forward() : null;
    trap.caught();
    // The one who called may be dead by now; nobody needs to know.
    await aborted([closing, trap.released]);
    if (!trap.released.aborted) return executed ?? new Response(null, { status: 503 });
    return executed ?? await forward();
  }
  const answer = typeof trap.how === "function" ? trap.how() : await forward();
  setTimeout(trap.caught, AFTERWARDS_MS);
  if (trap.how === "dropped") return broken();
  return trap.how === "lost" ? new Response("{}", { status: 500 }) : answer;
}

/** An answer that breaks off within its body. */
function broken(): Response {
  const parts = [new TextEncoder().encode("{")];
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      const part = parts.shift();
      if (part === undefined) return controller.error(new Error("broken off"));
      controller.enqueue(part);
    },
  });
  return new Response(body, { headers: { "content-type": "application/x-amz-json-1.1" } });
}

/** Resolves when one of the signals fires. */
function aborted(signals: readonly AbortSignal[]): Promise<void> {
  const any = AbortSignal.any([...signals]);
  if (any.aborted) return Promise.resolve();
  return new Promise((resolve) => any.addEventListener("abort", () => resolve(), { once: true }));
}

async function forwarded(base: string, request: Request, body: string): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const headers = new Headers(request.headers);
  // The address of the gate itself, and the encoding that fetch deals with.
  for (const name of ["host", "content-length", "accept-encoding"]) headers.delete(name);
  const { method } = request;
  const hasBody = method !== "GET" && method !== "HEAD";
  const answer = await fetch(base + pathname + search, { method, headers, ...(hasBody ? { body } : {}) });
  return new Response(await answer.arrayBuffer(), { status: answer.status, headers: answer.headers });
}

function nameOf(service: GateCall["service"], request: Request, body: string): string {
  if (service === "ecs") {
    return request.headers.get("x-amz-target")?.split(".").at(-1) ?? /Action=(\w+)/.exec(body)?.[1] ?? "";
  }
  if (service === "file") return new URL(request.url).pathname;
  const parsed: unknown = JSON.parse(body);
  const { query, variables } = isJsonObject(parsed) ? parsed : {};
  const field = /^[^{]*\{\s*(\w+)/.exec(String(query))?.[1] ?? "";
  // As the Python client does, an agent may send its variables as text.
  const read = v.safeParse(statesSchema, typeof variables === "string" ? JSON.parse(variables) : variables);
  return read.success ? `${field} ${read.output.input.states[0]?.state.type}` : field;
}

/** ECS refuses a call for its rate. */
export function throttled(): Response {
  const body = JSON.stringify({ __type: "ThrottlingException", message: "Rate exceeded" });
  return new Response(body, { status: 400, headers: { "content-type": "application/x-amz-json-1.1" } });
}
