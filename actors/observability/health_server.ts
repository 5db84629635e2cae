/**
 * The small server that orchestrators ask for the agent's health, and that wakes the agent up.
 *
 * @see Prefect 0.15.13, `agent/agent.py`; recorded: tests/wire/prefect1/agent-health
 * @module
 */

import { BOUNDS } from "../../schemas/bounds/bounds.ts";
import type { GuardRules, Refusal } from "../../schemas/guard/guard.ts";
import { parseHost } from "../../schemas/guard/host.ts";
import type { Clock } from "../../schemas/time/clock.ts";
import { type Guarded, type GuardedServer, serveGuarded } from "../guard/serve_guarded.ts";
import { paced } from "../time/paced.ts";
import { systemClock } from "../time/system_clock.ts";
import { parseAgentAddress } from "../../schemas/observability/agent_address.ts";
import { FailureError } from "../../schemas/failure/failure.ts";
import { AGENT_HEALTH, type HealthStyle, type Unhealthy } from "../../schemas/observability/health.ts";
import { METRICS_TYPE } from "./metric_registry.ts";

/** What the server answers from. */
export interface HealthPorts {
  /** Called for each `GET /api/poke`: the next poll is due now. */
  readonly poke: () => void;
  /** Where health is asked for, and the good answer. @default as the agents of Prefect 1 have it */
  readonly style?: Pick<HealthStyle, "path" | "well">;
  /** Null: the agent is well. @default always well */
  readonly judge?: () => Unhealthy | null;
  /** Metrics in Prometheus' text format. @default there are none */
  readonly scrape?: () => string;
}

/** What the server is told. */
export interface HealthServerOptions extends HealthPorts {
  /** `http://host:port` */
  readonly address: string;
  /** Names that it answers to besides addresses, `localhost` and its own; `*`: every name. @default none */
  readonly hosts?: readonly string[];
  /** Takes a warning for each name that is refused the first time. @default nobody is told */
  readonly warn?: (message: string) => void;
  /** Paces the pokes. @default the clock of this machine */
  readonly clock?: Pick<Clock, "after">;
}

/** A running server; disposing it closes the socket and ends open requests. */
export interface HealthServer extends AsyncDisposable {
  readonly hostname: string;
  readonly port: number;
}

/** The agent is woken at most once in this time. */
const POKE_MS = 1000;

/** Names that are warned of: each is named once, and whoever asks makes up as many as he likes. */
const MOST_NAMES = 20;

/**
 * Starts to listen.
 *
 * @throws {FailureError} `configuration` when the address has no port or cannot be listened at
 */
export function startHealthServer(options: HealthServerOptions): HealthServer {
  const { address, hosts = [], warn = () => undefined, clock = systemClock, ...ports } = options;
  const { hostname, port } = parseAgentAddress(address);
  const pokes = paced(ports.poke, POKE_MS, clock);
  const rules = healthRules([hostname, ...hosts]);
  const server = listen(address, {
    hostname,
    port,
    rules: () => rules,
    answer: (request) => answerHealth(request, { ...ports, poke: pokes.ask }),
    onRefusal: warnOnce(warn),
  });
  return {
    hostname: server.hostname,
    port: server.port,
    [Symbol.asyncDispose]: async () => {
      pokes[Symbol.dispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** Health checks name an address, or send no `Host`; people and Prometheus may use a name. */
function healthRules(hosts: readonly string[]): GuardRules {
  return {
    host: {
      names: ["localhost", ...hosts.map((name) => name.toLowerCase())],
      addresses: "all",
      other: hosts.includes("*") ? "all" : "listed",
      port: null,
      absent: "answered",
    },
    bodyBytes: BOUNDS.noBody.most,
    hostRefusal: {
      status: 403,
      message:
        "Host not allowed: the agent answers to addresses, localhost, the host of --agent-address and " +
        "the names of --agent-host; add --agent-host with the name that you use",
    },
  };
}

function warnOnce(warn: (message: string) => void): (refusal: Refusal, host: string | null) => void {
  const told = new Set<string>();
  return ({ kind }, host) => {
    if (kind !== "host") return;
    const name = parseHost(host ?? "")?.name ?? null;
    const key = name ?? "";
    if (told.has(key) || told.size >= MOST_NAMES) return;
    told.add(key);
    warn(
      name === null
        ? "A request to the health server was refused: its Host is neither a name nor an address"
        : `A request to the health server was refused: its Host is ${name}; start the agent with ` +
          `--agent-host ${name} to answer it`,
    );
  };
}

function listen(address: string, server: GuardedServer): Guarded {
  try {
    return serveGuarded(server);
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
  ["/api/poke", answerPoke],
  ["/metrics", answerScrape],
]);

/**
 * `GET /api/health`, or what the style names, answers `{}`, or 503 and why the agent is not well; `GET /api/poke` nothing; `GET /metrics` the metrics.
 * Other methods there 405, all else 404.
 */
export function answerHealth(request: Request, ports: HealthPorts): Response {
  const { path } = ports.style ?? AGENT_HEALTH;
  const { pathname } = new URL(request.url);
  const answer = pathname === path ? answerJudgement : ANSWERS.get(pathname);
  if (answer === undefined) return new Response("Not found", { status: 404 });
  if (request.method !== "GET") {
    return new Response("Method not allowed", { status: 405, headers: { allow: "GET" } });
  }
  return answer(ports);
}

function answerJudgement({ judge, style = AGENT_HEALTH }: HealthPorts): Response {
  const unhealthy = judge?.() ?? null;
  return unhealthy === null ? Response.json(style.well) : Response.json(unhealthy, { status: 503 });
}

function answerPoke({ poke }: HealthPorts): Response {
  poke();
  return new Response("", { status: 200, headers: { "content-type": "text/html; charset=UTF-8" } });
}

function answerScrape({ scrape }: HealthPorts): Response {
  return new Response(scrape?.() ?? "", { headers: { "content-type": METRICS_TYPE } });
}
