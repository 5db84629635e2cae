/**
 * Which flow run an explanation is of, and what is said where there is none such.
 *
 * @module
 */

import assert from "node:assert/strict";
import { NEW_RUN, readAskedRun, type WantedRun } from "../../../actors/prefect3/asked_run.ts";
import { makePoolRest } from "../../../actors/prefect3/sockets/pool_rest.ts";
import { toFailure } from "../../../schemas/failure/failure.ts";
import type { Json, JsonObject } from "../../../schemas/json/json.ts";
import { type FakeAnswer, fakeApi, poolRow } from "../../support/prefect3/fake_sockets.ts";

const RUN = "33333333-3333-4333-8333-333333333333";

const DEPLOYMENT: JsonObject = {
  id: "deployment-1",
  name: "demo",
  flow_id: "flow-1",
  work_pool_name: "pool-a",
  updated: "2026-01-02T03:04:05Z",
  job_variables: { image: "example/flow:1" },
};

const OTHERS: readonly JsonObject[] = [
  { ...DEPLOYMENT, id: "deployment-2", name: "nightly" },
  { ...DEPLOYMENT, id: "deployment-3", name: "elsewhere", work_pool_name: "pool-b" },
];

const RUN_ROW: JsonObject = {
  id: RUN,
  name: "brave-otter",
  flow_id: "flow-1",
  deployment_id: "deployment-1",
  state_id: "state-1",
  state_type: "COMPLETED",
  state_name: "Completed",
  job_variables: { cpu: 512 },
  work_pool_name: "pool-a",
};

type Table = Readonly<Record<string, FakeAnswer | FakeAnswer[]>>;

const TABLE: Table = {
  "GET /work_pools/{name}": { status: 200, body: poolRow() },
  "POST /work_pools/filter": {
    status: 200,
    body: [poolRow(), poolRow({ name: "pool-b" }), poolRow({ name: "local", type: "process" })],
  },
  "POST /deployments/filter": { status: 200, body: [DEPLOYMENT, ...OTHERS] },
  "POST /flows/filter": { status: 200, body: [{ id: "flow-1", name: "hello" }] },
  "GET /flow_runs/{id}": { status: 200, body: RUN_ROW },
};

const WANTED: WantedRun = { pool: "pool-a", deployment: { flow: "hello", name: "demo" }, runId: null };

async function asked(wanted: Partial<WantedRun>, table: Table = {}) {
  const { api, asked } = fakeApi({ ...TABLE, ...table });
  const rest = makePoolRest({ api, pool: wanted.pool ?? WANTED.pool, template: {}, defaultTemplate: {} });
  const signal = new AbortController().signal;
  const read = readAskedRun({ ...WANTED, ...wanted }, { api, rest }, signal);
  const [run, failure] = await read.then(
    (run) => [run, null] as const,
    (thrown) => [null, toFailure(thrown)] as const,
  );
  return { run, failure, asked };
}

Deno.test("asked run: given a deployment, when read, then it is a new run of it with its job variables and none of its own", async () => {
  const { run } = await asked({});

  assert.equal(run?.id, NEW_RUN);
  assert.equal(run?.flowName, "hello");
  assert.ok(run !== null && run.deployment !== null && run.deployment !== "gone");
  assert.deepEqual([run.deployment.name, run.deployment.jobVariables, run.jobVariables], [
    "demo",
    { image: "example/flow:1" },
    {},
  ]);
});

for (const deployment of [WANTED.deployment, null]) {
  Deno.test(`asked run: given a flow run ${deployment === null ? "alone" : "with its deployment"}, when read, then it has its own job variables and its deployment`, async () => {
    const { run } = await asked({ deployment, runId: RUN });

    assert.deepEqual([run?.id, run?.jobVariables], [RUN, { cpu: 512 }]);
    assert.ok(run !== null && run.deployment !== null && run.deployment !== "gone");
    assert.equal(run.deployment.id, "deployment-1");
  });
}

Deno.test("asked run: given a flow run without a deployment, when read, then it has none", async () => {
  const table = { "GET /flow_runs/{id}": { status: 200, body: { ...RUN_ROW, deployment_id: null } } };

  const { run } = await asked({ deployment: null, runId: RUN }, table);

  assert.equal(run?.deployment, null);
});

Deno.test("asked run: given any run, when read, then reads alone are sent", async () => {
  const { asked: sent } = await asked({ runId: RUN });

  const isRead = ({ method, path }: (typeof sent)[number]) =>
    method === "GET" || (method === "POST" && path.at(-1) === "filter");
  assert.ok(sent.length > 0);
  assert.deepEqual(sent.filter((request) => !isRead(request)), []);
});

const NOT_THERE: FakeAnswer = { status: 404, body: { detail: "not found" } };
const rows = (body: Json): FakeAnswer => ({ status: 200, body });

/** What cannot be explained: the option, and the whole message. */
const REFUSED: readonly (readonly [
  what: string,
  wanted: Partial<WantedRun>,
  table: Table,
  message: string,
])[] = [
  [
    "an unknown pool",
    { pool: "pool-c" },
    { "GET /work_pools/{name}": NOT_THERE },
    "Work pool 'pool-c' does not exist: give --pool the name of a work pool of type 'ecs', one of 'pool-a', 'pool-b'",
  ],
  [
    "an unknown pool of a server without pools",
    { pool: "x" },
    { "GET /work_pools/{name}": NOT_THERE, "POST /work_pools/filter": rows([]) },
    "Work pool 'x' does not exist: give --pool the name of a work pool of type 'ecs', of which this server has none",
  ],
  [
    "a pool of another type",
    {},
    { "GET /work_pools/{name}": rows(poolRow({ type: "process" })) },
    "Work pool 'pool-a' has the type 'process'. This worker serves pools of type 'ecs' only: name one with --pool, " +
    "or start a worker of type 'process' for this pool.",
  ],
  [
    "an unknown deployment",
    { deployment: { flow: "hello", name: "nihgtly" } },
    {},
    "Deployment 'hello/nihgtly' does not exist: give --deployment a deployment of work pool 'pool-a', one of " +
    "'hello/nightly', 'hello/demo'",
  ],
  [
    "an unknown deployment of a pool without any",
    {},
    { "POST /deployments/filter": rows([]) },
    "Deployment 'hello/demo' does not exist: give --deployment a deployment of work pool 'pool-a', which has none",
  ],
  [
    "a deployment of another flow",
    { deployment: { flow: "goodbye", name: "demo" } },
    {},
    "Deployment 'goodbye/demo' does not exist: give --deployment a deployment of work pool 'pool-a', one of " +
    "'hello/demo', 'hello/nightly'",
  ],
  [
    "a deployment of another pool",
    { deployment: { flow: "hello", name: "elsewhere" } },
    {},
    "Deployment 'hello/elsewhere' is of work pool 'pool-b': give --deployment a deployment of work pool 'pool-a', " +
    "one of 'hello/demo', 'hello/nightly'",
  ],
  [
    "an unknown flow run",
    { runId: RUN },
    { "GET /flow_runs/{id}": NOT_THERE },
    `Flow run ${RUN} does not exist: give --flow-run the id of a flow run of work pool 'pool-a'`,
  ],
  [
    "a flow run of another pool",
    { runId: RUN },
    { "GET /flow_runs/{id}": rows({ ...RUN_ROW, work_pool_name: "pool-b" }) },
    `Flow run ${RUN} is of work pool 'pool-b': give --flow-run the id of a flow run of work pool 'pool-a'`,
  ],
  [
    "a flow run without a pool",
    { runId: RUN },
    { "GET /flow_runs/{id}": rows({ ...RUN_ROW, work_pool_name: null }) },
    `Flow run ${RUN} has no work pool: give --flow-run the id of a flow run of work pool 'pool-a'`,
  ],
  [
    "a flow run of another deployment",
    { runId: RUN },
    { "GET /flow_runs/{id}": rows({ ...RUN_ROW, deployment_id: "deployment-2" }) },
    `Flow run ${RUN} is not of deployment 'hello/demo': give --flow-run the id of one of its flow runs, or leave ` +
    "--deployment out",
  ],
  [
    "a flow run whose deployment is gone",
    { deployment: null, runId: RUN },
    { "POST /deployments/filter": rows([]) },
    `The deployment of flow run ${RUN} does not exist any more, so that the worker sets the run to Cancelled: give ` +
    "--flow-run the id of another flow run",
  ],
];

for (const [what, wanted, table, message] of REFUSED) {
  Deno.test(`asked run: given ${what}, when read, then one sentence names what is accepted`, async () => {
    const { failure } = await asked(wanted, table);

    assert.equal(failure?.tag, "configuration");
    assert.equal(failure?.message, message);
  });
}

Deno.test("asked run: given hundreds of deployments and a hostile name, when it is not among them, then the message is short and on one line", async () => {
  const many = Array.from(
    { length: 200 },
    (_, at) => ({ ...DEPLOYMENT, id: `d-${at}`, name: `${at}${"n".repeat(300)}` }),
  );

  const { failure } = await asked(
    { deployment: { flow: "hello", name: `a\u001b[31m\n${"x".repeat(300)}` } },
    {
      "POST /deployments/filter": rows(many),
    },
  );

  const message = failure?.message ?? "";
  assert.ok(message.length < 3000, `${message.length}`);
  assert.match(message, / and 180 more$/);
  assert.doesNotMatch(message, /\p{Cc}/u);
});
