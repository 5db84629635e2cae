import assert from "node:assert/strict";
import { makePresence, type PresenceSettings } from "../../../../actors/prefect3/sockets/make_presence.ts";
import { FailureError } from "../../../../schemas/failure/failure.ts";
import type { Json, JsonObject } from "../../../../schemas/json/json.ts";
import { fakeClock, settle } from "../../../support/clock.ts";
import {
  countedIds,
  type FakeAnswer,
  fakeApi,
  fakeLog,
  fakeWires,
  LOCAL_API,
  poolRow,
} from "../../../support/prefect3/fake_sockets.ts";

const FIND = "GET /work_pools/{name}";
const CREATE = "POST /work_pools/";
const FILL = "PATCH /work_pools/{name}";
const QUEUES = "POST /work_pools/{name}/queues/filter";
const HEARTBEAT = "POST /work_pools/{name}/workers/heartbeat";
const DEFAULT = { job_configuration: { image: "default" } };

const queue = (name: string, isPaused = false): JsonObject => ({
  id: `id-${name}`,
  name,
  is_paused: isPaused,
});

const found = (over: JsonObject = {}): FakeAnswer => ({ status: 200, body: poolRow(over) });
const ABSENT: FakeAnswer = { status: 404 };
const BEAT: FakeAnswer = { status: 204 };

function world(
  table: Readonly<Record<string, FakeAnswer | FakeAnswer[]>>,
  over: Partial<PresenceSettings> = {},
) {
  const clock = fakeClock();
  const wires = fakeWires(clock);
  const lines = fakeLog();
  const rest = fakeApi({ [QUEUES]: { status: 200, body: [queue("default")] }, [HEARTBEAT]: BEAT, ...table });
  const settings: PresenceSettings = {
    api: LOCAL_API,
    baseJobTemplate: null,
    createPool: true,
    heartbeatMs: 30_000,
    name: "w-1",
    pool: "pool-a",
    queryMs: 10_000,
    queues: [],
    ...over,
  };
  const presence = makePresence({
    openSocket: wires.openSocket,
    clock,
    random: () => 0.9999,
    log: lines.log,
    newId: countedIds(),
    api: rest.api,
    settings,
    defaultTemplate: DEFAULT,
  });
  const abort = new AbortController();
  const started = presence.start(abort.signal);
  started.catch(() => undefined);
  const hello = () => {
    const payload = wires.last().sent.find((sent) => sent["type"] === "worker.hello.v1")?.["payload"];
    return payload as JsonObject | undefined;
  };
  const accept = (pool: JsonObject = {}) => {
    wires.last().accept();
    wires.last().say({
      type: "worker.ready.v1",
      id: "r",
      sent_at: new Date(clock.now()).toISOString(),
      payload: {
        consumer_id: hello()?.["consumer_id"] ?? null,
        worker_id: null,
        selected_channel_version: "work_pool_worker_channel.v1",
        effective_heartbeat_interval_seconds: 30,
        accepted_capabilities: ["worker_heartbeat.v1", "work_pool_snapshot.v1"],
        initial_snapshot: { snapshot_sequence: 1, reason: "initial", work_pool: poolRow(pool) },
      },
    });
  };
  const refuse = (status = 404) => wires.last().end({ kind: "refused", status });
  return { clock, wires, lines, rest, presence, started, abort, hello, accept, refuse };
}

async function refusalOf(started: Promise<unknown>): Promise<FailureError> {
  const thrown: unknown = await started.then(() => null, (error) => error);
  assert.ok(thrown instanceof FailureError, String(thrown));
  return thrown;
}

Deno.test("presence: given a server with a channel, when the worker starts, then pool and queues are read, hello follows, and no heartbeat goes over REST", async () => {
  const { clock, presence, started, rest, accept, wires, hello } = world({ [FIND]: found() });
  await settle();
  assert.deepEqual(rest.routes(), [FIND, QUEUES]);
  assert.match(
    wires.last().address.url,
    /^ws:\/\/127\.0\.0\.1:4200\/api\/work_pools\/pool-a\/workers\/connect$/,
  );

  accept({ is_paused: true });
  const pool = await started;

  assert.equal(pool.isPaused, true);
  assert.deepEqual([presence.pool(), presence.queues(), presence.hasChannel()], [pool, null, true]);
  assert.deepEqual(hello()?.["default_base_job_template"], DEFAULT);
  for (let i = 0; i < 3; i++) {
    await clock.advance(30_000);
    wires.last().pong();
  }
  assert.deepEqual(rest.routes(), [FIND, QUEUES]);
  await presence.end(AbortSignal.abort());
});

Deno.test("presence: given an absent pool, when hello creates it, then it is told and gets the user's template", async () => {
  const { presence, started, accept, hello, lines } = world({ [FIND]: ABSENT }, {
    baseJobTemplate: { own: 1 },
  });
  await settle();
  accept();
  await started;

  assert.deepEqual(hello()?.["default_base_job_template"], { own: 1 });
  assert.equal(hello()?.["create_pool_if_not_found"], true);
  assert.equal(lines.matching(/'pool-a' was created/).length, 1);
  assert.equal(lines.matching(/WARNING/).length, 0);
  await presence.end(AbortSignal.abort());
});

Deno.test("presence: given a server without a channel, when the worker starts, then it lives over REST and the channel is not tried again", async () => {
  for (const status of [401, 403, 404, 405]) {
    const { clock, presence, started, rest, refuse, wires, lines } = world({ [FIND]: found() });
    await settle();
    refuse(status);
    await started;

    assert.deepEqual(rest.routes(), [FIND, QUEUES, FIND, HEARTBEAT]);
    assert.deepEqual(rest.asked.at(-1)?.body, { name: "w-1", heartbeat_interval_seconds: 30 });
    await clock.advance(65_000);
    assert.deepEqual(rest.routes().slice(4), [FIND, HEARTBEAT, FIND, HEARTBEAT]);
    assert.equal(wires.all.length, 1);
    assert.equal(lines.matching(/no worker channel/).length, 1);
    await presence.end(AbortSignal.abort());
  }
});

Deno.test("presence: given no channel and an absent pool, when the worker starts, then the pool is created, also where another worker is faster", async () => {
  const plain = world({ [FIND]: ABSENT, [CREATE]: { status: 201, body: poolRow() } });
  await settle();
  plain.refuse();
  await plain.started;
  assert.deepEqual(plain.rest.routes(), [FIND, FIND, CREATE, HEARTBEAT]);
  const created = plain.rest.asked.find(({ route }) => route === CREATE);
  assert.deepEqual(created?.body, { name: "pool-a", type: "ecs", base_job_template: DEFAULT });
  assert.deepEqual(created?.path, ["work_pools", ""]);
  await plain.presence.end(AbortSignal.abort());

  const raced = world({ [FIND]: [ABSENT, ABSENT, found()], [CREATE]: { status: 409 } });
  await settle();
  raced.refuse();
  await raced.started;
  assert.deepEqual(raced.rest.routes(), [FIND, FIND, CREATE, FIND, HEARTBEAT]);
  await raced.presence.end(AbortSignal.abort());
});

Deno.test("presence: given a pool without a template, when the worker starts without a channel, then the pool gets the default one", async () => {
  const { presence, started, rest, refuse } = world({
    [FIND]: found({ base_job_template: {} }),
    [FILL]: { status: 204 },
  });
  await settle();
  refuse();

  assert.deepEqual((await started).template, DEFAULT);
  assert.deepEqual(rest.asked.find(({ route }) => route === FILL)?.body, { base_job_template: DEFAULT });
  await presence.end(AbortSignal.abort());
});

Deno.test("presence: given pools at which no worker can work, when it starts, then it ends with one message that names pool, type and way out", async () => {
  const rows = [
    [{ [FIND]: found({ type: "process" }) }, {}, ["pool-a", "'process'", "'ecs'", "--pool"]],
    [{ [FIND]: found({ type: "ecs:push" }) }, {}, ["pool-a", "'ecs:push'", "'ecs'", "takes no workers"]],
    [{ [FIND]: found({ type: "prefect:managed" }) }, {}, ["pool-a", "'prefect:managed'", "takes no workers"]],
    [{ [FIND]: ABSENT }, { createPool: false }, ["pool-a", "'ecs'", "--no-create-pool-if-not-found"]],
    [{ [FIND]: ABSENT }, { pool: "Prefect-mine" }, ["Prefect-mine", "'prefect'", "--pool"]],
    [{ [FIND]: { status: 401 } }, {}, ["pool-a", "PREFECT_API_KEY", "PREFECT_API_AUTH_STRING"]],
    [{ [FIND]: { status: 403 } }, {}, ["pool-a", "PREFECT_API_KEY", "PREFECT_API_AUTH_STRING"]],
    [{ [FIND]: { status: 400 } }, {}, ["pool-a", "0.8.4", "PREFECT_API_URL"]],
  ] as const;
  for (const [table, over, words] of rows) {
    const { started, wires, presence } = world(table, over);
    const { failure: { message, tag } } = await refusalOf(started);
    assert.ok(["configuration", "unauthorized", "apiError"].includes(tag), tag);
    for (const word of words) assert.ok(message.includes(word), `${word}: ${message}`);
    assert.equal(wires.all.length, 0);
    await presence.end(AbortSignal.abort());
  }
});

Deno.test("presence: given a key that may not create pools, when the pool is absent, then the server's own words are shown", async () => {
  const { started, refuse, presence } = world({
    [FIND]: ABSENT,
    [CREATE]: { status: 403, body: { detail: "your plan does not support hybrid pools" } },
  });
  await settle();
  refuse();

  const { failure } = await refusalOf(started);
  assert.match(failure.message, /plan does not support hybrid pools/);
  await presence.end(AbortSignal.abort());
});

Deno.test("presence: given an API that does not answer, when the worker starts, then it waits, leaves it to the client to say so, and starts when the API answers", async () => {
  const trouble = [
    new FailureError({ tag: "unreachable", message: "connection refused" }),
    new FailureError({ tag: "unavailable", status: 503, message: "HTTP 503" }),
    new FailureError({ tag: "timedOut", message: "no answer" }),
  ];
  const { clock, started, accept, lines, presence } = world({ [FIND]: [...trouble, found()] });
  await clock.advance(30_000);
  accept();
  await started;

  assert.deepEqual(lines.matching(/WARNING/), []);
  await presence.end(AbortSignal.abort());
});

Deno.test("presence: given the start is given up while the API does not answer, when it is aborted, then it ends with the reason", async () => {
  const { clock, started, abort } = world({
    [FIND]: new FailureError({ tag: "unreachable", message: "connection refused" }),
  });
  await clock.advance(5000);
  const reason = new Error("enough");

  abort.abort(reason);

  assert.equal(await started.then(() => null, (error) => error), reason);
});

Deno.test("presence: given the channel is lost for a while, when heartbeats are due, then they go over REST until it is back", async () => {
  const { clock, started, accept, wires, rest, presence, lines } = world({ [FIND]: found() });
  await settle();
  accept();
  await started;
  wires.last().end({ kind: "closed", code: 1011, reason: "transient_server_error" });
  for (const pauseMs of [1000, 2000, 4000, 8000, 16_000]) {
    await clock.advance(pauseMs);
    wires.last().end({ kind: "unreachable", why: "connection refused" });
    await settle();
  }
  assert.equal(presence.hasChannel(), false);
  assert.deepEqual(rest.routes().slice(2), [FIND, HEARTBEAT]);

  await clock.advance(30_000);
  accept({ is_paused: true });
  const asked = rest.asked.length;
  await clock.advance(29_000);

  assert.deepEqual([presence.hasChannel(), presence.pool()?.isPaused], [true, true]);
  assert.equal(rest.asked.length, asked);
  assert.equal(lines.matching(/no worker channel/).length, 1);
  assert.equal(lines.matching(/open again/).length, 1);
  await presence.end(AbortSignal.abort());
});

Deno.test("presence: given queues of which one does not exist, when the worker starts, then the others are polled and told to the channel, and it joins later", async () => {
  const { clock, started, accept, wires, rest, presence, lines, hello } = world({ [FIND]: found() }, {
    queues: ["high", "low"],
  });
  rest.answers.set(QUEUES, { status: 200, body: [queue("high", true), queue("other", true)] });
  await settle();
  accept();
  await started;
  assert.deepEqual(presence.queues(), ["high"]);
  assert.deepEqual(hello()?.["work_queue_names"], ["high"]);
  assert.equal(
    lines.matching(/'low' does not exist in work pool 'pool-a', which has 'high', 'other'/).length,
    1,
  );
  assert.equal(lines.matching(/'high'.* is paused/).length, 1);
  assert.equal(lines.matching(/'other' of .* is paused/).length, 0);
  const told = lines.lines.length;
  await clock.advance(20_000);
  assert.equal(lines.lines.length, told);

  rest.answers.set(QUEUES, { status: 200, body: [queue("high"), queue("low")] });
  await clock.advance(10_000);
  assert.deepEqual(presence.queues(), ["high", "low"]);
  assert.equal(wires.all.length, 2);
  accept();

  assert.deepEqual(hello()?.["work_queue_names"], ["high", "low"]);
  assert.equal(lines.matching(/'low'.* exists now/).length, 1);
  assert.equal(lines.matching(/'high'.* not paused any more/).length, 1);
  await presence.end(AbortSignal.abort());
});

Deno.test("presence: given that no queue exists which was asked for, when the worker starts, then nothing is to be polled and no channel is opened until one exists", async () => {
  const { clock, started, accept, wires, rest, presence, hello } = world({ [FIND]: found() }, {
    queues: ["high"],
  });
  await started;
  assert.deepEqual(presence.queues(), []);
  assert.equal(wires.all.length, 0);
  assert.ok(rest.routes().includes(HEARTBEAT));

  rest.answers.set(QUEUES, { status: 200, body: [queue("high")] });
  await clock.advance(10_000);
  accept();

  assert.deepEqual([presence.queues(), hello()?.["work_queue_names"]], [["high"], ["high"]]);
  await presence.end(AbortSignal.abort());
});

Deno.test("presence: given Prefect Cloud without a channel, when heartbeats are sent, then they ask for the id and tell the integration once", async () => {
  const api = { ...LOCAL_API, url: "https://api.prefect.cloud/api/accounts/a/workspaces/w" };
  const { clock, started, refuse, rest, presence } = world({
    [FIND]: found(),
    [HEARTBEAT]: [{ status: 200, body: "id-1" }, BEAT],
  }, { api });
  await settle();
  refuse();
  await started;
  await clock.advance(30_000);

  const beats = rest.asked.filter(({ route }) => route === HEARTBEAT).map(({ body }) =>
    Object.keys(body as JsonObject)
  );
  assert.deepEqual(beats, [
    ["name", "heartbeat_interval_seconds", "metadata", "return_id"],
    ["name", "heartbeat_interval_seconds"],
  ]);
  assert.equal(presence.workerId(), "id-1");
  assert.deepEqual(rest.introduced.at(-1), { name: "w-1", id: "id-1" });
  await presence.end(AbortSignal.abort());
});

Deno.test("presence: given a template file and a pool that exists, when the worker starts, then one warning says that it is not used", async () => {
  const { started, accept, lines, presence } = world({ [FIND]: found() }, { baseJobTemplate: { own: 1 } });
  await settle();
  accept();
  await started;

  assert.equal(lines.matching(/WARNING .*--base-job-template/).length, 1);
  await presence.end(AbortSignal.abort());
});

Deno.test("presence: given heartbeats that fail, when the worker ends, then it went on trying, and nothing is left behind", async () => {
  const { clock, started, refuse, rest, presence } = world({ [FIND]: found() });
  await settle();
  refuse();
  await started;
  rest.answers.set(FIND, new FailureError({ tag: "unreachable", message: "connection refused" }));
  await clock.advance(60_000);
  rest.answers.set(FIND, found({ is_paused: true }));
  await clock.advance(30_000);
  assert.equal(presence.pool()?.isPaused, true);

  await presence.end(AbortSignal.abort());
  await settle();

  assert.equal(clock.pending(), 0);
});

function nested(levels: number): Json {
  let value: Json = 1;
  for (let level = 0; level < levels; level++) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

const BAD_TEMPLATES: readonly (readonly [what: string, template: Json, told: RegExp])[] = [
  ["more than 200 levels", { a: nested(300) }, /nests deeper than 200 levels/],
  ["200 000 levels", { a: nested(200_000) }, /nests deeper than 200 levels/],
  ["too many values", { a: Array(50_000).fill(1) }, /has 50002 values \(at most 40000 are accepted\)/],
  ["5 MB of text", { a: "x".repeat(5_000_000) }, /has 50000\d+ characters \(at most 2097152 are accepted\)/],
  ["a list", [{}], /is a list, but must be a mapping/],
  ["text", "{}", /is text, but must be a mapping/],
  ["a number", 0, /is a number, but must be a mapping/],
  ["a flag", false, /is true or false, but must be a mapping/],
];

for (const [what, template, told] of BAD_TEMPLATES) {
  Deno.test(`presence: given a pool whose template is ${what}, when the worker starts, then it starts, one line names pool and member, and the template is not replaced`, async () => {
    const pool = { status: 200, body: { ...poolRow(), base_job_template: template } };
    const { presence, started, refuse, lines, rest, clock } = world({ [FIND]: pool });
    await settle();
    refuse();

    const { templateProblem } = await started;

    assert.match(templateProblem ?? "", told);
    await clock.advance(65_000);
    const about = lines.matching(/^ERROR .*member base_job_template of work pool 'pool-a'/);
    assert.equal(about.length, 1);
    assert.match(about[0] ?? "", told);
    assert.ok(!rest.routes().includes(FILL));
    await presence.end(AbortSignal.abort());
  });
}

Deno.test("presence: given a template that cannot be taken, when a good one is saved, then that is told and the pool has it", async () => {
  const bad = { status: 200, body: { ...poolRow(), base_job_template: [] } };
  const { presence, started, refuse, lines, clock } = world({ [FIND]: [bad, bad, found()] });
  await settle();
  refuse();
  await started;

  await clock.advance(31_000);

  assert.equal(presence.pool()?.templateProblem, undefined);
  assert.equal(lines.matching(/^INFO .*can be taken again/).length, 1);
  await presence.end(AbortSignal.abort());
});

const UNREADABLE: readonly (readonly [what: string, row: Json, told: RegExp])[] = [
  ["a list", [], /it is a list, but must be a mapping/],
  ["null", null, /it is null, but must be a mapping/],
  ["one with a number for an id", { ...poolRow(), id: 5 }, /member id is a number, but must be text/],
  ["one without a name", { ...poolRow(), name: null }, /member name is null, but must be text/],
  ["one with a long id", { ...poolRow(), id: "x".repeat(300) }, /member id has 300 characters.* at most 256/],
  ["one with a list for a type", { ...poolRow(), type: ["ecs"] }, /member type is a list, but must be text/],
  [
    "one that is paused by text",
    { ...poolRow(), is_paused: "no" },
    /member is_paused .* true, false or null/,
  ],
];

for (const [what, row, told] of UNREADABLE) {
  Deno.test(`presence: given a pool's row that is ${what}, when the worker starts, then one line tells why at once, and the worker starts when it can be read`, async () => {
    const { presence, started, refuse, lines, rest, clock } = world({ [FIND]: { status: 200, body: row } });
    await settle();

    const first = lines.matching(/^ERROR Work pool 'pool-a' cannot be read/);
    await clock.advance(30_000);

    assert.equal(first.length, 1);
    assert.match(first[0] ?? "", told);
    assert.equal(lines.matching(/cannot be read/).length, 1);
    rest.answers.set(FIND, found());
    await clock.advance(20_000);
    refuse();
    assert.equal((await started).name, poolRow()["name"]);
    await presence.end(AbortSignal.abort());
  });
}

for (
  const [fault, told] of [
    [{ kind: "tooLong", mostBytes: 8_388_608 }, /more than 8388608 bytes/],
    [{ kind: "tooMany", mostValues: 700_000 }, /too many values \(at most 700000/],
  ] as const
) {
  Deno.test(`presence: given an answer that is ${fault.kind}, when the worker starts, then one line names the pool and the limit, and the worker can be stopped`, async () => {
    const failure = new FailureError({ tag: "unavailable", status: 200, message: "no use", fault });
    const { started, lines, clock, abort } = world({ [FIND]: failure });
    await settle();
    await clock.advance(30_000);

    const about = lines.matching(/^ERROR Work pool 'pool-a' cannot be read/);
    assert.equal(about.length, 1);
    assert.match(about[0] ?? "", told);
    abort.abort(new DOMException("stop", "AbortError"));
    await assert.rejects(started, /stop/);
  });
}

Deno.test("presence: given a pool that becomes unreadable, when it beats, then heartbeats go on and the pool stays as it was", async () => {
  const { presence, started, refuse, rest, clock } = world({ [FIND]: found() });
  await settle();
  refuse();
  const pool = await started;
  const before = rest.routes().filter((route) => route === HEARTBEAT).length;

  rest.answers.set(FIND, { status: 200, body: [] });
  await clock.advance(65_000);

  assert.equal(rest.routes().filter((route) => route === HEARTBEAT).length, before + 2);
  assert.equal(presence.pool(), pool);
  await presence.end(AbortSignal.abort());
});
