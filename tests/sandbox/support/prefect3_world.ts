/**
 * The Prefect 3 API of the sandbox in memory, on a clock that the test moves.
 *
 * @module
 */

import { makeCleanupQueue } from "../../../sandbox/prefect3/channel/cleanup_queue.ts";
import { makeChannelHub } from "../../../sandbox/prefect3/channel/hub.ts";
import { makeEventHub } from "../../../sandbox/prefect3/events/event_hub.ts";
import { serve } from "../../../sandbox/prefect3/serve.ts";
import { sweep } from "../../../sandbox/prefect3/services.ts";
import { openStore } from "../../../sandbox/prefect3/store/store.ts";
import { SERVER_PERIODS, type ServerPeriods, type Serving } from "../../../sandbox/prefect3/wire/serving.ts";
import type { Peer } from "../../../sandbox/prefect3/wire/socket.ts";
import type { Json, JsonObject } from "../../../schemas/json/json.ts";
import { type FakeClock, fakeClock } from "../../support/clock.ts";

const KEY = "0123456789abcdef0123456789abcdef";

/** An answer. */
export interface Answered {
  readonly status: number;
  readonly body: Json;
}

/** The API and what is needed to ask it. */
export interface Prefect3World {
  readonly serving: Serving;
  readonly cleanups: ReturnType<typeof makeCleanupQueue>;
  readonly clock: FakeClock;
  readonly lines: string[];
  readonly ask: (method: string, path: string, body?: Json, headers?: JsonObject) => Promise<Answered>;
  /** A body that is sent as it is. */
  readonly send: (
    method: string,
    path: string,
    text: string,
    headers?: Record<string, string>,
  ) => Promise<Response>;
  /** The body of an answer whose status is below 300. */
  readonly made: (method: string, path: string, body?: Json) => Promise<JsonObject & { readonly id: string }>;
  /** Does once what the server does by itself. */
  readonly sweep: () => void;
}

/** An API that knows nothing yet. */
export function prefect3World(periods: Partial<ServerPeriods> = {}): Prefect3World {
  const clock = fakeClock(Date.UTC(2026, 11, 1, 5));
  const lines: string[] = [];
  const store = openStore({ path: ":memory:", clock });
  const log = (line: string) => void lines.push(line);
  const serving: Serving = {
    ...{ store, clock, random: () => 0.5, log },
    periods: { ...SERVER_PERIODS, ...periods },
    events: makeEventHub({ store, log }),
    channels: makeChannelHub(),
  };
  const cleanups = makeCleanupQueue(serving);
  const send: Prefect3World["send"] = (method, path, text, headers = {}) =>
    serve({ serving, key: KEY }, request(method, path, text, { authorization: `Bearer ${KEY}`, ...headers }));
  const ask: Prefect3World["ask"] = async (method, path, body) => {
    const response = await send(method, path, body === undefined ? "" : JSON.stringify(body));
    const text = await response.text();
    return { status: response.status, body: text === "" ? null : JSON.parse(text) };
  };
  return {
    ...{ serving, cleanups, clock, lines, ask, send },
    made: async (method, path, body) => {
      const answer = await ask(method, path, body);
      if (answer.status >= 300) {
        throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
      }
      return answer.body as JsonObject & { id: string };
    },
    sweep: () => sweep(serving, cleanups),
  };
}

function request(method: string, path: string, text: string, headers: Record<string, string>): Request {
  const body = text === "" ? {} : { body: text };
  return new Request(`http://127.0.0.1:4200/api${path}`, { method, headers, ...body });
}

/** A template with one number among its variables. */
export const TEMPLATE = {
  job_configuration: { image: "{{ image }}", cpu: "{{ cpu }}" },
  variables: {
    type: "object",
    properties: { image: { type: "string", default: "x" }, cpu: { type: "integer" } },
  },
} as const;

/** A pool, a flow and a deployment, and how its runs are made. */
export async function withDeployment(world: Prefect3World, values: JsonObject = {}) {
  const pool = await world.made("POST", "/work_pools/", {
    name: "lab",
    type: "ecs",
    base_job_template: TEMPLATE,
  });
  const flow = await world.made("POST", "/flows/", { name: "greet" });
  const deployment = await world.made("POST", "/deployments/", {
    name: "daily",
    flow_id: flow.id,
    work_pool_name: "lab",
    ...values,
  });
  const run = (more: JsonObject = {}) =>
    world.made("POST", `/deployments/${deployment.id}/create_flow_run`, {
      state: { type: "SCHEDULED" },
      ...more,
    });
  const propose = async (id: string, state: JsonObject, force = false) =>
    (await world.ask("POST", `/flow_runs/${id}/set_state`, { state, force })).body as {
      readonly status: string;
      readonly state: JsonObject & { readonly state_details: JsonObject };
      readonly details: JsonObject;
    };
  return { pool, flow, deployment, run, propose };
}

/** The server's side of a socket, and what was sent over it. */
export function fakePeer(): Peer & {
  readonly sent: JsonObject[];
  readonly closed: { code: number; reason: string }[];
} {
  const sent: JsonObject[] = [];
  const closed: { code: number; reason: string }[] = [];
  return {
    sent,
    closed,
    send: (frame) => void sent.push(frame),
    waiting: () => 0,
    close: (code, reason) => void closed.push({ code, reason }),
  };
}
