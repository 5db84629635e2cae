/**
 * The small server that orchestrators ask for the agent's health, and that wakes the agent up.
 *
 * @see Prefect 0.15.13, `agent/agent.py`; recorded: tests/wire/prefect1/agent-health
 * @module
 */

import { parseAgentAddress } from "../schemas/agent_address.ts";
import { FailureError } from "../schemas/failure.ts";

/** What the server is told. */
export interface HealthServerOptions {
  /** `http://host:port` */
  readonly address: string;
  /** Called for each `GET /api/poke`: the next poll is due now. */
  readonly poke: () => void;
}

/** A running server; disposing it closes the socket and waits for open requests. */
export interface HealthServer extends AsyncDisposable {
  readonly hostname: string;
  readonly port: number;
}

/**
 * Starts to listen.
 *
 * @throws {FailureError} `configuration` when the address has no port or cannot be listened at
 */
export function startHealthServer({ address, poke }: HealthServerOptions): HealthServer {
  const { hostname, port } = parseAgentAddress(address);
  const server = listen(address, { hostname, port, onListen: () => undefined }, (request) => {
    return answerHealth(request, poke);
  });
  return {
    hostname: server.addr.hostname,
    port: server.addr.port,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

function listen(
  address: string,
  options: Deno.ServeTcpOptions,
  handler: (request: Request) => Response,
): Deno.HttpServer<Deno.NetAddr> {
  try {
    return Deno.serve(options, handler);
  } catch (error) {
    const why = error instanceof Deno.errors.AddrInUse ? "the address is in use" : String(error);
    throw new FailureError({
      tag: "configuration",
      field: "--agent-address",
      message:
        `Cannot listen at --agent-address ${address}: ${why}; choose another port or host of this machine`,
    }, { cause: error });
  }
}

/** `GET /api/health` answers `{}`, `GET /api/poke` nothing; other methods there 405, all else 404. */
export function answerHealth(request: Request, poke: () => void): Response {
  const { pathname } = new URL(request.url);
  if (pathname !== "/api/health" && pathname !== "/api/poke") {
    return new Response("Not found", { status: 404 });
  }
  if (request.method !== "GET") {
    return new Response("Method not allowed", { status: 405, headers: { allow: "GET" } });
  }
  if (pathname === "/api/health") return Response.json({});
  poke();
  return new Response("", { status: 200, headers: { "content-type": "text/html; charset=UTF-8" } });
}
