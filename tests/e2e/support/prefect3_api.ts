/**
 * The Prefect 3 API in memory, served over HTTP on loopback without sockets, and a local ECS beside it: for what a worker does as
 * a process where no real server is needed.
 *
 * @module
 */

import { parseImageExec } from "../../../sandbox/containers/image_exec.ts";
import { awsVariables } from "../../../sandbox/environment.ts";
import { startEcs } from "../../../sandbox/aws/server.ts";
import { defaultBaseJobTemplate } from "../../../flavours/ecs_worker/template/default_base_job_template.ts";
import { systemClock } from "../../../actors/time/system_clock.ts";
import type { ApiAnswer } from "../../../actors/prefect3/api.ts";
import type { Json, JsonObject } from "../../../schemas/json/json.ts";
import { answerOf, Prefect3World } from "../../support/prefect3/world.ts";
import { startAgent } from "./agent_process.ts";
import type { Process } from "./process.ts";

/** Answers some requests in place of the world. */
export type Override = (method: string, path: string, body: Json) => ApiAnswer | undefined;

/** A worker's surroundings. */
export interface WorkerSite {
  readonly world: Prefect3World;
  readonly url: string;
  /** `POST /flow_runs/filter`, in their order. */
  readonly requests: readonly string[];
  /** Operations that AWS was asked for, with their bodies. */
  readonly aws: readonly { readonly operation: string; readonly body: string }[];
  override: Override;
  readonly environment: Readonly<Record<string, string>>;
  readonly start: (words: readonly string[], env?: Readonly<Record<string, string>>) => Process;
}

/** Name of the pool that there is. */
export const SITE_POOL = "pool";

/** A pool as the API tells of it. */
export function sitePool(over: JsonObject = {}): JsonObject {
  return {
    id: "11111111-1111-4111-8111-111111111111",
    name: SITE_POOL,
    type: "ecs",
    base_job_template: defaultBaseJobTemplate,
    is_paused: false,
    ...over,
  };
}

/** A deployment's row. */
export function siteDeployment(id: string, variables: Json, over: JsonObject = {}): JsonObject {
  return {
    id,
    name: `deployment ${id}`,
    flow_id: "flow-1",
    work_pool_name: SITE_POOL,
    updated: null,
    job_variables: variables,
    ...over,
  };
}

/** Opens a site for as long as `work` takes. */
export async function withWorkerSite(work: (site: WorkerSite) => Promise<void>): Promise<void> {
  const world = new Prefect3World(Date.now);
  const requests: string[] = [];
  const aws: { operation: string; body: string }[] = [];
  const home = await Deno.makeTempDir();
  const ecs = await startEcs({
    port: 0,
    dataDir: `${home}/ecs`,
    imageExec: [parseImageExec("example/*=/bin/true")],
    log: () => {},
    clock: systemClock,
    random: Math.random,
    limits: "none",
    onRequest: ({ operation, body }) => aws.push({ operation, body }),
  });
  const overrides: { now: Override } = { now: () => undefined };
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const path = new URL(request.url).pathname;
    requests.push(`${request.method} ${path.replace(/^\/api/, "")}`);
    return await answered(request, world, overrides.now);
  });
  const url = `http://127.0.0.1:${server.addr.port}/api`;
  const environment = {
    HOME: home,
    PATH: "/usr/bin:/bin",
    PREFECT_API_URL: url,
    PREFECT_WORKER_QUERY_SECONDS: "0.5",
    ...awsVariables({ ecsUrl: ecs.url, accessKeyId: ecs.accessKeyId }),
  };
  const started: Process[] = [];
  try {
    await work({
      world,
      url,
      requests,
      aws,
      environment,
      get override() {
        return overrides.now;
      },
      set override(next) {
        overrides.now = next;
      },
      start: (words, env = {}) => {
        const process = startAgent(words, { ...environment, ...env });
        started.push(process);
        return process;
      },
    });
  } finally {
    for (const process of started) process.signal("SIGKILL");
    await Promise.all(started.map(({ exited }) => exited));
    await server.shutdown();
    await ecs.close();
    await Deno.remove(home, { recursive: true });
  }
}

async function answered(request: Request, world: Prefect3World, override: Override): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  const text = await request.text();
  const body: Json = text === "" ? null : JSON.parse(text);
  const segments = pathname.split("/").map(decodeURIComponent);
  const path = segments.slice(segments[1] === "api" ? 2 : 1);
  const { method } = request;
  const own = override(method, `/${path.join("/")}`, body) ?? basics(method, path);
  if (own !== undefined) return responseOf(own);
  const route = `${method} /${path.join("/")}`;
  const query = Object.fromEntries(searchParams);
  const sent = { method: method as "GET" | "POST", path, route, body, query, accept: [404, 405, 409, 422] };
  return responseOf(await world.api.send(sent, new AbortController().signal));
}

function responseOf({ status, text }: ApiAnswer): Response {
  return status === 204
    ? new Response(null, { status })
    : new Response(text, { status, headers: { "content-type": "application/json" } });
}

/** What every server answers, and what the world does not know. */
function basics(method: string, [first, second, third, fourth]: readonly string[]): ApiAnswer | undefined {
  if (first === "csrf-token") return answerOf(422, { detail: "CSRF protection is disabled." });
  if (first === "admin") return answerOf(200, "3.9.1");
  if (first === "logs") return answerOf(204, null);
  if (first !== "work_pools") return undefined;
  if (third === undefined) {
    const found = method === "GET" && second === SITE_POOL;
    return found ? answerOf(200, sitePool()) : answerOf(404, { detail: "Work pool not found" });
  }
  if (third === "queues") return answerOf(200, [{ id: "queue-1", name: "default", is_paused: false }]);
  if (third === "workers" && fourth === "heartbeat") return answerOf(204, null);
  return third === "workers" && fourth === "connect" ? answerOf(404, { detail: "Not Found" }) : undefined;
}
