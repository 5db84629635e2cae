/**
 * The small server that orchestrators ask for the agent's health, and that wakes the agent up.
 *
 * @see Prefect 0.15.13, `agent/agent.py`; recorded: tests/wire/prefect1/agent-health
 * @module
 */

import { parseAgentAddress } from "../../schemas/observability/agent_address.ts";
import { FailureError } from "../../schemas/failure/failure.ts";
import type { Unhealthy } from "../../schemas/observability/health.ts";
import { METRICS_TYPE } from "./metric_registry.ts";

/** What the server answers from. */
export interface HealthPorts {
  /** Called for each `GET /api/poke`: the next poll is due now. */
  readonly poke: () => void;
  /** Null: the agent is well. @default always well */
  readonly judge?: () => Unhealthy | null;
  /** Metrics in Prometheus' text format. @default there are none */
  readonly scrape?: () => string;
}

/** What the server is told. */
export interface HealthServerOptions extends HealthPorts {
  /** `http://host:port` */
  readonly address: string;
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
export function startHealthServer({ address, ...ports }: HealthServerOptions): HealthServer {
  const { hostname, port } = parseAgentAddress(address);
  const server = listen(address, { hostname, port, onListen: () => undefined }, (request) => {
    return answerHealth(request, ports);
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

type Answer = (ports: HealthPorts) => Response;

const ANSWERS: ReadonlyMap<string, Answer> = new Map([
  ["/api/health", answerJudgement],
  ["/api/poke", answerPoke],
  ["/metrics", answerScrape],
]);

/**
 * `GET /api/health` answers `{}`, or 503 and why the agent is not well; `GET /api/poke` nothing; `GET /metrics` the metrics.
 * Other methods there 405, all else 404.
 */
export function answerHealth(request: Request, ports: HealthPorts): Response {
  const answer = ANSWERS.get(new URL(request.url).pathname);
  if (answer === undefined) return new Response("Not found", { status: 404 });
  if (request.method !== "GET") {
    return new Response("Method not allowed", { status: 405, headers: { allow: "GET" } });
  }
  return answer(ports);
}

function answerJudgement({ judge }: HealthPorts): Response {
  const unhealthy = judge?.() ?? null;
  return unhealthy === null ? Response.json({}) : Response.json(unhealthy, { status: 503 });
}

function answerPoke({ poke }: HealthPorts): Response {
  poke();
  return new Response("", { status: 200, headers: { "content-type": "text/html; charset=UTF-8" } });
}

function answerScrape({ scrape }: HealthPorts): Response {
  return new Response(scrape?.() ?? "", { headers: { "content-type": METRICS_TYPE } });
}
