/** The rounds of the watcher: what is looked at when, what a round that fails leaves, and how rounds end. @module */

import assert from "node:assert/strict";
import type { TaskRef, WatchedTask } from "../../../schemas/contracts/platform.ts";
import { makeTaskWatcher } from "../../../actors/watch/watch_tasks.ts";
import type { FlowRunEvent } from "../../../schemas/flow_run/events.ts";
import { type Failure, FailureError } from "../../../schemas/failure/failure.ts";
import { settle } from "../../support/clock.ts";
import { refused, task, taskArn } from "../../support/fake_ecs.ts";
import { KEY } from "../../support/claim.ts";
import { placeIn, platformOver, runState, TASK, watchedWorld } from "../../support/watched_world.ts";

const UP = { lastStatus: "RUNNING" };
const AWAY: Failure = { tag: "unreachable", message: "refused" };
const DENIED = refused("DescribeTasks", "AccessDeniedException", "not authorized");

/** A watcher whose runs are numbered from 1, all of them Running. */
function watcher() {
  const world = watchedWorld();
  const made = makeTaskWatcher(world);
  const told: string[] = [];
  const tell = (n: number) => ({ type }: FlowRunEvent) => void told.push(`${n} ${type}`);
  const watch = (n: number, given: Partial<WatchedTask> = {}) => {
    const id = `run-${n}`;
    world.runs.set(id, runState("Running", { id }));
    const arn = given.taskId ?? taskArn(n);
    world.tasks.set(arn, task(arn, UP));
    return made.watchTask({ ...TASK, runId: id, taskId: arn, ...given }, tell(n));
  };
  const early = (n: number) =>
    made.watchRun({ runId: `run-${n}`, claim: KEY, place: placeIn("default") }, tell(n));
  const reads = () => world.calls.filter((call) => call.startsWith("read"));
  return { ...world, made, told, watch, early, reads };
}

Deno.test("rounds: given two runs, when one leaves, then the other is looked at on, and with the last the rounds end", async () => {
  const one = watcher();
  const [first, second] = [one.watch(1), one.watch(2)];
  await one.clock.advance(5000);

  first();
  await one.clock.advance(5000);
  const during = one.count("describe");
  second();
  await one.clock.advance(60_000);

  assert.deepEqual([during, one.count("describe"), one.clock.pending()], [2, 2, 0]);
  assert.deepEqual(one.calls.filter((call) => call.startsWith("describe")), [
    "describe default 2",
    "describe default 1",
  ]);
});

Deno.test("rounds: given all have left, when one comes, then rounds begin anew", async () => {
  const one = watcher();
  one.watch(1)();
  await one.clock.advance(3000);

  one.watch(2);
  await one.clock.advance(4999);
  const before = one.count("describe");
  await one.clock.advance(1);

  assert.deepEqual([before, one.count("describe")], [0, 1]);
});

Deno.test("rounds: given Prefect is away, when a round fails, then the log of the agent says so and the next one looks again", async () => {
  const one = watcher();
  one.watch(1);
  one.failNext("read", AWAY);

  await one.clock.advance(5000);
  const early = [...one.told];
  await one.clock.advance(5000);

  assert.deepEqual([early, one.told], [[], ["1 task.started"]]);
  assert.deepEqual(one.logged, ["DEBUG Cannot look after the runs now: refused"]);
});

Deno.test("rounds: given a round that is under way, when the last run leaves, then it is aborted and its failure is nobody's", async () => {
  const world = watchedWorld();
  world.tasks.set(taskArn(1), task(taskArn(1), UP));
  const asked: AbortSignal[] = [];
  const { promise, reject } = Promise.withResolvers<never>();
  const read = (_ids: readonly string[], signal: AbortSignal) => (asked.push(signal), promise);
  const made = makeTaskWatcher({ ...world, orchestrator: { ...world.orchestrator, read } });
  const leave = made.watchTask(TASK, () => assert.fail("nothing is known"));
  await world.clock.advance(5000);

  leave();
  reject(new Error("aborted"));
  await settle();

  assert.deepEqual(asked.map(({ aborted }) => aborted), [true]);
  assert.deepEqual([world.logged, world.clock.pending()], [[], 0]);
});

Deno.test("rounds: given a run that leaves while ECS is asked, when it answers, then its state is not read", async () => {
  const one = watcher();
  const leave = one.watch(1);
  const { promise, resolve } = Promise.withResolvers<void>();
  const describeTasks = async () => (await promise, { tasks: [], failures: [] });
  const made = makeTaskWatcher({ ...one, platform: platformOver({ describeTasks }, one) });
  leave();
  const gone = made.watchTask(TASK, () => assert.fail("nothing is known"));
  await one.clock.advance(5000);

  gone();
  resolve();
  await settle();

  assert.deepEqual(one.reads(), []);
});

Deno.test("rounds: given a run that leaves while states are read, when they come, then the others alone are told", async () => {
  const one = watcher();
  const { promise, resolve } = Promise.withResolvers<void>();
  const read = async (ids: readonly string[]) => {
    await promise;
    return ids.map((id) => runState("Success", { id }));
  };
  const made = makeTaskWatcher({ ...one, orchestrator: { ...one.orchestrator, read } });
  const told: string[] = [];
  const [leave] = [1, 2].map((n) =>
    made.watchTask({ ...TASK, runId: `run-${n}`, taskId: taskArn(n) }, () => void told.push(`run-${n}`))
  );
  await one.clock.advance(5000);

  leave?.();
  resolve();
  await settle();

  assert.deepEqual([...new Set(told)], ["run-2"]);
});

Deno.test("rounds: given runs whose launch takes long, when a look comes, then all are read with one question", async () => {
  const one = watcher();
  for (const n of [1, 2]) one.runs.set(`run-${n}`, runState("Submitted", { id: `run-${n}` }));
  one.early(1);
  await one.clock.advance(3000);
  one.early(2);

  await one.clock.advance(2000);
  const first = one.reads();
  await one.clock.advance(5000);

  assert.deepEqual([first, one.reads()], [["read 2"], ["read 2", "read 2"]]);
});

Deno.test("rounds: given one cluster by ARN, by name or by both, when looked at, then its tasks share a call", async () => {
  const one = watcher();
  one.watch(1, { place: placeIn(null) });
  one.watch(2, { place: placeIn("default") });
  one.watch(3, { place: placeIn("another name for it") });

  await one.clock.advance(5000);

  assert.deepEqual(one.calls.filter((call) => call.startsWith("describe")), ["describe default 3"]);
});

for (
  const [arn, cluster, where] of [
    ["arn:aws:ecs:us-east-1:123456789012:task/0123456789abcdef0123456789abcdef", null, ""],
    [taskArn(1), null, " of cluster default"],
  ] as const
) {
  Deno.test(`rounds: given IAM refuses to look at tasks${where || " of the cluster nobody named"}, when said, then they are${where ? "" : " not"} named so`, async () => {
    const one = watcher();
    one.watch(1, { taskId: arn, place: placeIn(cluster) });
    one.failNext("describe", DENIED);

    await one.clock.advance(5000);

    assert.ok(one.told.includes("1 run.ended"));
    assert.match(
      one.logged.join(),
      new RegExp(`WARNING Tasks${where} are not watched any more, allow ecs:DescribeTasks`),
    );
  });
}

Deno.test("rounds: given IAM refuses one cluster, when tasks of another are looked at, then nothing is said to be allowed again", async () => {
  const one = watcher();
  const other = "arn:aws:ecs:us-east-1:123456789012:task/other/0123456789abcdef0123456789abcdef";
  one.watch(1);
  one.watch(2, { taskId: other });
  one.failNext("describe", DENIED);

  await one.clock.advance(30_000);

  assert.ok(one.count("describe") >= 6);
  assert.deepEqual(one.logged.filter((line) => line.startsWith("INFO")), []);
});

Deno.test("rounds: given tasks that may always be looked at, when they are, then nothing is said of it", async () => {
  const one = watcher();
  one.watch(1);

  await one.clock.advance(30_000);

  assert.deepEqual(one.logged, []);
});

for (
  const [what, look] of [
    ["does not answer", () => new Promise<never>(() => undefined)],
    ["fails", () => Promise.reject(new FailureError(AWAY))],
  ] as const
) {
  Deno.test(`rounds: given a zone that ${what}, when rounds go on, then the tasks of another are looked at and all runs are read`, async () => {
    const one = watcher();
    const platform = {
      ...one.platform,
      zone: ({ runId }: { readonly runId: string }) => runId === "run-1" ? "bad" : "good",
      look: (refs: readonly TaskRef[], signal: AbortSignal) =>
        refs.some(({ id }) => id === taskArn(1)) ? look() : one.platform.look(refs, signal),
    };
    const made = makeTaskWatcher({ ...one, platform });
    for (const n of [1, 2]) {
      one.runs.set(`run-${n}`, runState("Running", { id: `run-${n}` }));
      one.tasks.set(taskArn(n), task(taskArn(n), UP));
      made.watchTask({ ...TASK, runId: `run-${n}`, taskId: taskArn(n) }, () => undefined);
    }

    await one.clock.advance(31_000);

    assert.ok(one.count("describe") >= 3, `${one.count("describe")} looks`);
    assert.ok(one.count("read") >= 3, `${one.count("read")} reads`);
  });
}
