import assert from "node:assert/strict";
import { pacedEcsCalls } from "../../../actors/ecs/paced_calls.ts";
import { DOCUMENTED_LIMITS, NO_LIMITS } from "../../../schemas/ecs/aws_limits.ts";
import type { Failure } from "../../../schemas/failure/failure.ts";
import { fakeClock, settle } from "../../support/clock.ts";
import { arnOf, fakeEcs, refused } from "../../support/fake_ecs.ts";

const SIGNAL = new AbortController().signal;
/** A launch for run-1. */
const confirmedBy = (confirm: () => Promise<void>) => ({ waiter: "run-1", confirm });
const RUN = { taskDefinition: arnOf("etl", 1) };

function setUp(limits = DOCUMENTED_LIMITS) {
  const ecs = fakeEcs([{ family: "etl", revision: 1 }]);
  const clock = fakeClock();
  return { ecs, clock, ...pacedEcsCalls(ecs.calls, { limits, clock }) };
}

Deno.test("pacedEcsCalls: given the documented limits, when 60 Fargate tasks start at once, then 18 at once and 20 per second", async () => {
  const { ecs, clock, calls } = setUp();

  for (let n = 0; n < 60; n++) void calls.runTask({ ...RUN, launchType: "FARGATE" }, SIGNAL);
  await settle();
  const atOnce = ecs.asked.length;
  await clock.advance(1000);
  const afterOne = ecs.asked.length;
  await clock.advance(1000);

  assert.deepEqual([atOnce, afterOne, ecs.asked.length], [18, 38, 58]);
  await clock.advance(1000);
});

Deno.test("pacedEcsCalls: given a Fargate capacity provider or EC2, when tasks start, then Fargate's rate holds for the first only", async () => {
  const spot = setUp();
  const ec2 = setUp();
  const strategy = [{ capacityProvider: "FARGATE_SPOT", weight: 1 }];

  for (let n = 0; n < 100; n++) {
    void spot.calls.runTask({ ...RUN, capacityProviderStrategy: strategy }, SIGNAL);
    void ec2.calls.runTask({ ...RUN, launchType: "EC2" }, SIGNAL);
  }
  await settle();

  assert.deepEqual([spot.ecs.asked.length, ec2.ecs.asked.length], [18, 96]);
  await spot.clock.advance(10_000);
});

Deno.test("pacedEcsCalls: given calls that start ten tasks each, when many are due, then Fargate's launches are the bound", async () => {
  const strategy = [{ capacityProvider: "FARGATE_SPOT" }, { capacityProvider: "FARGATE" }];
  const kinds = [{ launchType: "FARGATE" }, { capacityProviderStrategy: strategy }, { launchType: "EC2" }];
  const counts: (readonly [atOnce: number, later: number])[] = [];
  for (const kind of kinds) {
    const { ecs, clock, calls } = setUp();
    for (let n = 0; n < 18; n++) void calls.runTask({ ...RUN, ...kind, count: 10 }, SIGNAL);
    await settle();
    const atOnce = ecs.asked.length;
    await clock.advance(1100);
    counts.push([atOnce, ecs.asked.length]);
    await clock.advance(10_000);
  }

  assert.deepEqual(counts, [[9, 12], [9, 12], [18, 18]]);
});

Deno.test("pacedEcsCalls: given a refused start on Fargate, when AWS does not say by which bucket, then the emptiest is slowed", async () => {
  const { ecs, calls, view } = setUp(NO_LIMITS);
  const narrow = setUp();
  const refusal = { tag: "throttled", retryAfterMs: 500, message: "Rate exceeded" } as const;
  const start = { ...RUN, launchType: "FARGATE" };
  for (let n = 0; n < 10; n++) await narrow.calls.runTask(start, SIGNAL);

  ecs.failNext("RunTask", refusal);
  await assert.rejects(calls.runTask(start, SIGNAL), /Rate exceeded/);
  narrow.ecs.failNext("RunTask", refusal);
  await assert.rejects(narrow.calls.runTask(start, SIGNAL), /Rate exceeded/);

  assert.deepEqual([view().fargateRunTask.slowed, view().clusterModify.slowed], [true, false]);
  assert.equal(narrow.view().fargateRunTask.fill, 0);
  assert.ok(narrow.view().clusterModify.fill > 0.8);
});

Deno.test("pacedEcsCalls: given starts that wait, when a task is to be stopped, then the stop goes first", async () => {
  const { ecs, clock, calls } = setUp({ ...NO_LIMITS, clusterModify: { burst: 1, refillPerS: 1 } });
  for (let n = 0; n < 3; n++) void calls.runTask(RUN, SIGNAL);

  void calls.stopTask(null, "task", "cancelled", SIGNAL);
  await clock.advance(1000);

  assert.deepEqual(ecs.operations(), ["RunTask", "StopTask"]);
  await clock.advance(2000);
});

Deno.test("pacedEcsCalls: given a call that waits, when asked what for, then a sentence says it; else null", async () => {
  const { clock, calls, view, waitsFor } = setUp({
    ...NO_LIMITS,
    definitionModify: { burst: 1, refillPerS: 1 },
  });
  const request = { family: "etl", containerDefinitions: [] };
  await calls.registerTaskDefinition(request, SIGNAL);

  const registering = calls.registerTaskDefinition(request, SIGNAL, "run-1");
  const sentence = waitsFor("run-1");
  const waiting = view().definitionModify.waiting;
  await clock.advance(1000);
  await registering;

  assert.equal(
    sentence,
    "waiting for registering and deregistering task definitions: 1 call at 1 per second as AWS limits the account",
  );
  assert.equal(waiting, 1);
  assert.equal(waitsFor("run-1"), null);
});

Deno.test("pacedEcsCalls: given no limits, when AWS throttles, then the failure is thrown on and the bucket slows down", async () => {
  const { ecs, clock, calls, view } = setUp(NO_LIMITS);
  ecs.failNext("RunTask", { tag: "throttled", retryAfterMs: 500, message: "Rate exceeded" });

  await assert.rejects(calls.runTask(RUN, SIGNAL), /Rate exceeded/);
  const { clusterModify, definitionRead } = view();
  const again = calls.runTask(RUN, SIGNAL);
  await clock.advance(3000);
  await again;

  assert.equal(clusterModify.slowed, true);
  assert.equal(definitionRead.slowed, false);
});

Deno.test("pacedEcsCalls: given every call, when made, then it reaches the same call below with its arguments", async () => {
  const { ecs, calls } = setUp(NO_LIMITS);

  await calls.describeTaskDefinition("etl", SIGNAL);
  await calls.registerTaskDefinition({ family: "etl" }, SIGNAL);
  await calls.deregisterTaskDefinition("arn", SIGNAL);
  await calls.describeTasks("prod", ["t1"], SIGNAL);
  await calls.listTasks("prod", "run-1", SIGNAL);
  await calls.stopTask("prod", "t1", "why", SIGNAL);
  await calls.findDefinitionsByTag({ a: "b" }, SIGNAL);

  assert.deepEqual(ecs.asked, [
    ["DescribeTaskDefinition", "etl"],
    ["RegisterTaskDefinition", { family: "etl" }],
    ["DeregisterTaskDefinition", "arn"],
    ["DescribeTasks", ["t1"]],
    ["ListTasks", "run-1"],
    ["StopTask", "t1"],
    ["GetResources", { a: "b" }],
  ]);
});

Deno.test("pacedEcsCalls: given calls beyond a burst, when their turns come, then the wait of each is told, by bucket", async () => {
  const clock = fakeClock();
  const turns: (readonly [bucket: string, waitedMs: number])[] = [];
  const limits = { ...NO_LIMITS, definitionRead: { burst: 1, refillPerS: 1 } };
  const { calls, view } = pacedEcsCalls(fakeEcs().calls, {
    limits,
    clock,
    onTurn: (bucket, waitedMs) => turns.push([bucket, waitedMs]),
  });

  assert.equal(view().definitionRead.fill, 1);
  for (let n = 0; n < 3; n++) void calls.describeTaskDefinition("etl", SIGNAL);
  await settle();
  assert.deepEqual([view().definitionRead.fill, view().definitionRead.waiting], [0, 2]);
  await clock.advance(2000);

  assert.deepEqual(turns, [["definitionRead", 0], ["definitionRead", 1000], ["definitionRead", 2000]]);
  assert.equal(view().clusterRead.fill, 1);
});

Deno.test("pacedEcsCalls: given starts that are confirmed late, when all are confirmed at once, then they keep the pace", async () => {
  const { ecs, clock, calls } = setUp();
  const back = Promise.withResolvers<void>();

  for (let n = 0; n < 60; n++) {
    void calls.runTask({ ...RUN, launchType: "FARGATE" }, SIGNAL, confirmedBy(() => back.promise));
  }
  await clock.advance(20_000);
  const meanwhile = ecs.asked.length;
  back.resolve();
  await settle();
  const atOnce = ecs.asked.length;
  await clock.advance(3000);

  assert.deepEqual([meanwhile, atOnce, ecs.asked.length], [0, 18, 60]);
});

Deno.test("pacedEcsCalls: given a start that is not confirmed, when it is its turn, then it is not sent", async () => {
  const { ecs, calls } = setUp();

  await assert.rejects(
    calls.runTask(RUN, SIGNAL, confirmedBy(() => Promise.reject(new Error("not ours")))),
    /not ours/,
  );

  assert.deepEqual(ecs.asked, []);
});

for (const [confirmMs, confirmed] of [[1000, 1], [1001, 2]] as const) {
  Deno.test(`pacedEcsCalls: given a start that takes ${confirmMs} ms to confirm, then it is confirmed ${confirmed === 1 ? "once" : "again, at a turn of its own"}`, async () => {
    const { ecs, clock, calls } = setUp();
    let asked = 0;
    const confirm = () => {
      asked++;
      return new Promise<void>((resolve) => void clock.after(asked === 1 ? confirmMs : 5000, resolve));
    };
    void calls.runTask(RUN, SIGNAL, confirmedBy(confirm));

    await clock.advance(10_000);

    assert.deepEqual([asked, ecs.asked.length], [confirmed, 1]);
  });
}

Deno.test("pacedEcsCalls: given what was confirmed late is not ours any more, when its second turn comes, then it is not sent", async () => {
  const { ecs, clock, calls } = setUp();
  let asked = 0;
  const confirm = () =>
    ++asked === 2
      ? Promise.reject(new Error("not ours"))
      : new Promise<void>((resolve) => void clock.after(2000, resolve));
  const sent = calls.runTask(RUN, SIGNAL, confirmedBy(confirm)).then(() => "sent", ({ message }) => message);

  await clock.advance(10_000);

  assert.deepEqual([await sent, ecs.asked], ["not ours", []]);
});

Deno.test("pacedEcsCalls: given failures that are no throttling, when thrown, then they pass as they are and nothing is slowed", async () => {
  const { ecs, clock } = setUp();
  const refusal = refused("DescribeTasks", "ClientException", "no");
  ecs.failNext("DescribeTasks", refusal);
  const fault = new RangeError("a fault of the program");
  const faulty = { ...ecs.calls, listTasks: () => Promise.reject(fault) };
  const { calls, view } = pacedEcsCalls(faulty, { limits: NO_LIMITS, clock });

  await assert.rejects(calls.describeTasks(null, [], SIGNAL), { failure: refusal });
  await assert.rejects(calls.listTasks(null, "x", SIGNAL), fault);

  // Without limits a single throttled call would have slowed its bucket.
  assert.ok(Object.values(view()).every(({ slowed }) => !slowed));
});

Deno.test("pacedEcsCalls: given a call that comes too early because something is being changed, when refused, then calls are not slowed", async () => {
  const { ecs, clock } = setUp();
  const early: Failure = { tag: "throttled", retryAfterMs: 1000, isChanging: true, message: "in progress" };
  ecs.failNext("RegisterTaskDefinition", early);
  const { calls, view } = pacedEcsCalls(ecs.calls, { limits: NO_LIMITS, clock });

  await assert.rejects(calls.registerTaskDefinition({ family: "flow" }, SIGNAL), { failure: early });

  assert.ok(Object.values(view()).every(({ slowed }) => !slowed));
});
