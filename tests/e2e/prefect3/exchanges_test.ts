/**
 * The same requests to a real Prefect 3.9.1 server and to that of the sandbox: every answer is the same, refusals and their
 * places included.
 *
 * `PREFECT3_PYTHON` names the Python (see make_prefect3_venv.sh); where it is not set, the test is ignored and says so.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Json, JsonObject } from "../../../schemas/json/json.ts";
import {
  type Exchange,
  idOf,
  type Player,
  playerOf,
  playMaking,
  playRest,
} from "../support/prefect3_exchanges.ts";
import { type Prefect3Server, startEmbeddedServer, startPrefect3Server } from "../support/prefect3_server.ts";

const MISSING = "PREFECT3_PYTHON does not name a Python with Prefect 3";
const python = Deno.env.get("PREFECT3_PYTHON") || undefined;

/** Proposals, one after the other, to one run of a deployment without a limit; `!` before a type forces it. */
const WAYS: readonly (readonly (string | JsonObject)[])[] = [
  ["PENDING", "PENDING", { type: "PENDING", name: "Submitting" }, { type: "PENDING", name: "Submitting" }],
  ["PENDING", "RUNNING", "PENDING", "COMPLETED", "RUNNING", "CRASHED", "SCHEDULED"],
  ["PENDING", "RUNNING", "CANCELLING", "RUNNING", "COMPLETED", "CRASHED", "CANCELLED", "CANCELLING"],
  ["CANCELLING"],
  ["RUNNING"],
  ["PAUSED", "PENDING", "PAUSED"],
  ["PENDING", "CRASHED", "PENDING", "!SCHEDULED", "PENDING"],
  ["PENDING", "RUNNING", "FAILED", "!RUNNING", "CANCELLED", "PAUSED"],
  ["LATE", { type: "SCHEDULED", name: "Late" }],
  [
    "PENDING",
    "RUNNING",
    { type: "PAUSED", name: "Suspended", state_details: { pause_reschedule: true, pause_key: "k" } },
    "CANCELLING",
  ],
  [
    { type: "PENDING", state_details: { transition_id: "11111111-1111-4111-8111-111111111111" } },
    { type: "PENDING", state_details: { transition_id: "11111111-1111-4111-8111-111111111111" } },
    { type: "RUNNING", state_details: { transition_id: "11111111-1111-4111-8111-111111111111" } },
  ],
];

async function playWay({ play }: Player, deployment: string, way: typeof WAYS[number]): Promise<string> {
  const path = `/deployments/${deployment}/create_flow_run`;
  const run = idOf(await play("POST", path, { name: "way", state: { type: "SCHEDULED" } }));
  for (const step of way) {
    const state = typeof step === "string" ? { type: step.replace("!", "") } : step;
    const force = typeof step === "string" && step.startsWith("!");
    await play("POST", `/flow_runs/${run}/set_state`, { state, force });
  }
  await play("GET", `/flow_run_states/?flow_run_id=${run}`);
  await play("GET", `/flow_runs/${run}`);
  return run;
}

/** A limit of one: slots are taken, refused and given back. */
async function playLimit({ play }: Player, flow: string, strategy: string): Promise<void> {
  const deployment = idOf(
    await play("POST", "/deployments/", {
      name: `limited ${strategy}`,
      flow_id: flow,
      concurrency_limit: 1,
      concurrency_options: { collision_strategy: strategy },
    }),
  );
  const path = `/deployments/${deployment}/create_flow_run`;
  const create = async (name: string) =>
    idOf(await play("POST", path, { name, state: { type: "SCHEDULED" } }));
  const [one, other] = [await create("one"), await create("other")];
  const propose = (run: string, type: string) =>
    play("POST", `/flow_runs/${run}/set_state`, { state: { type } });
  for (
    const [run, type] of [[one, "PENDING"], [other, "PENDING"], [one, "RUNNING"], [one, "COMPLETED"]] as const
  ) {
    await propose(run, type);
    await play("GET", `/deployments/${deployment}`);
  }
  await propose(other, "PENDING");
}

/** Bodies that do not fit. */
async function playFaults({ play }: Player, run: string): Promise<void> {
  const path = `/flow_runs/${run}/set_state`;
  const bodies: readonly Json[] = [
    {},
    { state: {} },
    { state: { type: "BOGUS" } },
    { state: { type: "PENDING", name: 5 } },
    { state: { type: "PENDING", colour: 1 } },
    { state: { type: "PENDING", state_details: { transition_id: "x" } } },
    { state: { type: "PENDING", state_details: { colour: 1 } } },
  ];
  for (const body of bodies) await play("POST", path, body);
  await play("POST", path.replace(run, "00000000-0000-4000-8000-000000000000"), {
    state: { type: "PENDING" },
  });
  await play("POST", "/flow_runs/not-an-id/set_state", { state: { type: "PENDING" } });
  await play("POST", "/flow_runs/bulk_set_state", { state: { type: "PENDING" }, limit: 51 });
  await play("POST", "/flow_runs/bulk_set_state", {
    flow_runs: { id: { any_: [] } },
    state: { type: "PENDING" },
  });
  await play("POST", "/flow_runs/filter", { flow_runs: { colour: {} } });
  await play("POST", "/flow_runs/filter", { limit: 201 });
  await play("POST", "/flow_runs/filter", { limit: -1 });
  await play("PATCH", `/flow_runs/${run}`, { colour: "red" });
  await play("PATCH", `/flow_runs/${run}`, { job_variables: { cpu: 1 } });
  await play("POST", `/flow_runs/${run}/resume`, {});
  await play("GET", "/flow_run_states/?flow_run_id=x");
}

/** Changes that are refused, those that move others, and known paths with other methods. */
async function playChanges({ play }: Player, deployment: string, run: string): Promise<void> {
  const queue = "/work_pools/lab/queues/slow";
  const place = `/deployments/${deployment}`;
  await play("POST", "/work_pools/lab/queues", { name: "slow" });
  await play("POST", "/variables/", { name: "limit", value: 1 });
  const changes: readonly (readonly [path: string, body: JsonObject])[] = [
    ...[{ name: "default" }, { name: null }, { description: null }, { priority: null }, { priority: 0 }]
      .map((body) => [queue, body] as const),
    ...[{ is_paused: null }, { concurrency_limit: 3 }, { priority: 1 }].map((body) => [queue, body] as const),
    ["/work_pools/lab", { is_paused: null }],
    ["/work_pools/lab", { storage_configuration: null }],
    ["/variables/name/limit", { tags: null }],
    ["/variables/name/limit", { name: null }],
    ["/variables/name/limit", { name: "most" }],
    [place, { schedules: null }],
    [place, { enforce_parameter_schema: null }],
    [place, { concurrency_limit: 0 }],
    [place, { parameter_openapi_schema: { type: "object", properties: { n: { type: "integer" } } } }],
    [place, { parameter_openapi_schema: null }],
    [place, { parameters: { n: 1 } }],
    [`/flow_runs/${run}`, { parameters: null }],
  ];
  for (const [path, body] of changes) await play("PATCH", path, body);
  await play("POST", "/work_pools/lab/queues/filter", {});
  await play("POST", "/work_pools/filter", { work_pools: { type: { any_: ["process"] } } });
  await play("POST", "/variables/", { name: "Limit", value: 1 });
  const nobody = "00000000-0000-4000-8000-000000000000";
  await play("POST", "/task_runs/", { flow_run_id: nobody, task_key: "a", dynamic_key: "0" });
  await play("POST", "/deployments/", { name: "d", flow_id: nobody });
  for (const path of ["/flow_runs/filter", "/work_pools/", "/logs/", `/flow_runs/${run}/set_state`]) {
    await play("DELETE", path);
  }
  await play("POST", "/admin/version");
}

/** Reading and changing runs, and polling. */
async function playRuns({ play }: Player, deployment: string): Promise<string> {
  const path = `/deployments/${deployment}/create_flow_run`;
  const poll = (body: JsonObject) => play("POST", "/work_pools/lab/get_scheduled_flow_runs", body);
  const due = { scheduled_before: "2099-01-01T00:00:00Z", work_queue_names: ["urgent"] };
  const state = { type: "SCHEDULED", state_details: { scheduled_time: "2098-01-01T00:00:00Z" } };
  const one = idOf(
    await play("POST", path, { name: "one", state, work_queue_name: "urgent", tags: ["red"] }),
  );
  await play("POST", path, {
    name: "two",
    state,
    work_queue_name: "urgent",
    parameters: { a: { b: [1, "2"] } },
  });
  await play("POST", path, { name: "two", idempotency_key: "k", state });
  await play("POST", path, { name: "three", idempotency_key: "k", state });
  await play("POST", path, { name: "bad", colour: "red" });
  await poll(due);
  await poll({ ...due, work_queue_names: ["nope"] });
  await poll({ limit: 201 });
  await play("PATCH", "/work_pools/lab", { is_paused: true });
  await poll(due);
  await play("PATCH", "/work_pools/lab", { is_paused: false, concurrency_limit: 5 });
  await play("GET", "/work_pools/lab");
  await play("POST", "/flow_runs/bulk_set_state", {
    flow_runs: { id: { any_: [one] } },
    state: { type: "PENDING", name: "Pending" },
  });
  await poll(due);
  await play("PATCH", `/flow_runs/${one}`, { infrastructure_pid: "default::arn" });
  await play("PATCH", `/flow_runs/${one}/labels`, { "prefect.worker.name": "w" });
  await play("POST", "/flow_runs/filter", { flow_runs: { tags: { all_: ["red"] } } });
  await play("POST", "/flow_runs/count", { flow_runs: { state: { type: { any_: ["PENDING"] } } } });
  await play("POST", "/flow_runs/filter", {
    flow_runs: { name: { like_: "W" }, state: { name: { not_any_: ["Pending"] } } },
    work_pools: { name: { any_: ["lab"] } },
    sort: "NAME_ASC",
    limit: 1,
  });
  return one;
}

async function playAll(server: Prefect3Server): Promise<readonly Exchange[]> {
  const player = playerOf(server);
  const { flow, deployment } = await playMaking(player);
  const run = await playRuns(player, deployment);
  for (const way of WAYS) await playWay(player, deployment, way);
  await playLimit(player, flow, "ENQUEUE");
  await playLimit(player, flow, "CANCEL_NEW");
  await playFaults(player, run);
  await playRest(player, run);
  await playChanges(player, deployment, run);
  await player.play("POST", "/flow_runs/", { name: "free", flow_id: flow });
  return player.kept;
}

async function played(starting: Promise<Prefect3Server>): Promise<readonly Exchange[]> {
  const server = await starting;
  try {
    return await playAll(server);
  } finally {
    await server.close();
  }
}

Deno.test({
  name:
    `Prefect 3 API of the sandbox: given the requests of this file, when a real 3.9.1 server gets them too, then every answer is the same${
      python === undefined ? ` (ignored: ${MISSING})` : ""
    }`,
  ignore: python === undefined,
  fn: async () => {
    const embedded = await played(startEmbeddedServer(python ?? ""));
    const real = await played(startPrefect3Server(python ?? ""));

    assert.ok(real.length > 150, `only ${real.length} exchanges`);
    const differing = real.flatMap((exchange, at) => {
      const other = embedded[at];
      return JSON.stringify(exchange) === JSON.stringify(other) ? [] : [{ real: exchange, embedded: other }];
    });
    assert.deepEqual(differing, []);
  },
});
