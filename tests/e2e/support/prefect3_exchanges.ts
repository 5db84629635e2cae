/**
 * Requests that are played against two Prefect 3 servers, and their answers in a form that can be compared: ids are numbered
 * in the order in which they come up, moments are left out.
 *
 * @module
 */

import { isJsonObject, type Json, type JsonObject } from "../../../schemas/json/json.ts";
import type { Prefect3Server } from "./prefect3_server.ts";

/** One request and what it was answered with. */
export interface Exchange {
  readonly what: string;
  readonly status: number;
  readonly body: Json;
}

/** Plays requests and keeps the answers. */
export interface Player {
  /** @returns the body as it came */
  readonly play: (method: string, path: string, body?: Json) => Promise<Json>;
  readonly kept: readonly Exchange[];
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const MOMENT = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)/g;

/** Numbers that tell how long something took. */
const DURATIONS = new Set(["estimated_run_time", "estimated_start_time_delta", "total_run_time"]);

/** What a server says of a fault besides its place and kind. */
const WORDS = new Set(["msg", "input", "ctx", "url"]);

/** A player of one server. */
export function playerOf({ url, access }: Pick<Prefect3Server, "url" | "access">): Player {
  const kept: Exchange[] = [];
  const ids = new Map<string, string>();
  const numbered = (text: string) =>
    text.replace(UUID, (id) => {
      ids.set(id, ids.get(id) ?? `<id ${ids.size}>`);
      return ids.get(id) ?? "";
    }).replace(MOMENT, "<moment>");
  return {
    kept,
    play: async (method, path, body) => {
      const { status, text } = await asked({ url, access }, method, path, body);
      const value: Json = text === "" ? null : JSON.parse(text);
      const what = numbered(`${method} ${path} ${JSON.stringify(body ?? null)}`);
      kept.push({ what, status, body: JSON.parse(numbered(JSON.stringify(comparable(value)))) });
      return value;
    },
  };
}

/** A SQLite server refuses what comes in a burst with 503: that is asked again. */
async function asked(
  { url, access }: Pick<Prefect3Server, "url" | "access">,
  method: string,
  path: string,
  body: Json | undefined,
): Promise<{ readonly status: number; readonly text: string }> {
  const { PREFECT_API_AUTH_STRING: key } = access;
  for (;;) {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: {
        "content-type": "application/json",
        "user-agent": "prefect/3.9.1 (API 0.8.4)",
        ...(key === undefined ? {} : { authorization: `Basic ${btoa(key)}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (answer.status !== 503) return { status: answer.status, text };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Members in one order, without what differs from moment to moment. */
function comparable(value: Json): Json {
  if (Array.isArray(value)) return value.map(comparable);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value).toSorted().flatMap((name): [string, Json][] => {
      const member = value[name] ?? null;
      if (name === "request_body") return [];
      if (WORDS.has(name) && "loc" in value) return [];
      return [[name, DURATIONS.has(name) ? "<duration>" : comparable(member)]];
    }),
  );
}

/** The id of what a request made. */
export function idOf(body: Json): string {
  return isJsonObject(body) ? String(body["id"]) : "";
}

const NOBODY = "00000000-0000-4000-8000-000000000000";

const TEMPLATE: JsonObject = {
  job_configuration: { image: "{{ image }}", cpu: "{{ cpu }}" },
  variables: {
    type: "object",
    properties: { image: { type: "string", default: "x" }, cpu: { type: "integer" } },
  },
};

/** What is made: pools, queues, flows, deployments. @returns ids */
export async function playMaking(
  { play }: Player,
): Promise<{ readonly flow: string; readonly deployment: string }> {
  await play("GET", "/work_pools/lab");
  await play("POST", "/work_pools/", { name: "lab", type: "ecs", base_job_template: TEMPLATE });
  await play("POST", "/work_pools/", { name: "lab", type: "ecs" });
  await play("POST", "/work_pools/", { name: "prefect-own" });
  await play("POST", "/work_pools/", { name: "a/b" });
  await play("POST", "/work_pools/", { name: "half", base_job_template: { variables: { properties: {} } } });
  await play("GET", "/work_pools/lab");
  await play("POST", "/work_pools/lab/queues", { name: "urgent", concurrency_limit: 1 });
  await play("POST", "/work_pools/lab/queues/filter", { work_queues: null, limit: null, offset: null });
  await play("POST", "/work_pools/lab/queues/filter", { limit: 201 });
  await play("GET", "/work_pools/lab/queues/nope");
  const flow = idOf(await play("POST", "/flows/", { name: "greet" }));
  await play("POST", "/flows/", { name: "greet" });
  await play("POST", "/flows/", { name: "" });
  await play("GET", `/flows/${NOBODY}`);
  const values = { flow_id: flow, work_pool_name: "lab", job_variables: { image: "i" } };
  const deployment = idOf(await play("POST", "/deployments/", { name: "daily", ...values }));
  await play("POST", "/deployments/", { name: "daily", ...values, description: "again" });
  await play("POST", "/deployments/", { name: "x", ...values, work_pool_name: "nope" });
  await play("POST", "/deployments/", { name: "x", flow_id: "nope" });
  await play("POST", "/deployments/", { name: "x", ...values, colour: "red" });
  await play("GET", `/deployments/${NOBODY}`);
  await play("GET", `/deployments/${deployment}`);
  await play("POST", "/deployments/filter", { deployments: { id: { any_: [deployment, NOBODY] } } });
  return { flow, deployment };
}

/** Small things: logs, variables, blocks, workers, the server itself. */
export async function playRest({ play }: Player, run: string): Promise<void> {
  const line = { name: "a", level: 20, message: "m", timestamp: "2026-11-21T08:02:21Z", flow_run_id: run };
  await play("POST", "/logs/", [line]);
  await play("POST", "/logs/", [{ name: "a" }]);
  await play("POST", "/logs/filter", { logs: { flow_run_id: { any_: [run] } } });
  await play("POST", "/variables/", { name: "v", value: { a: [1] } });
  await play("GET", "/variables/name/v");
  await play("GET", "/variables/name/w");
  await play("GET", "/block_types/slug/nope/block_documents/name/x");
  await play("GET", `/block_documents/${NOBODY}`);
  await play("POST", "/work_pools/lab/workers/heartbeat", { name: "one", heartbeat_interval_seconds: 30 });
  await play("POST", "/work_pools/lab/workers/filter", {});
  await play("POST", "/work_pools/nope/workers/heartbeat", { name: "one" });
  for (const path of ["/admin/version", "/admin/storage", "/health", "/csrf-token?client=a", "/nope"]) {
    await play("GET", path);
  }
}
