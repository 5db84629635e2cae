/** When a definition goes with the task that it was registered for. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import { makePassingDefinitions } from "../../../../actors/ecs/definitions/passing_definitions.ts";
import type { Task } from "../../../../actors/ecs/calls.ts";
import type { DefinitionPlan, LaunchPlan } from "../../../../schemas/ecs/launch_plan.ts";
import { fakeClock } from "../../../support/clock.ts";
import { arnOf, task, taskArn } from "../../../support/fake_ecs.ts";
import { SOME_PLAN } from "../../../support/launch_plan.ts";

const TAG = { key: "passing", value: "true" };
const PASSING: DefinitionPlan = {
  how: "byDigest",
  family: "etl",
  digest: "d1",
  request: {},
  autoDeregister: true,
};
const [A, B] = [arnOf("etl", 1), arnOf("etl", 2)];

function world() {
  const clock = fakeClock();
  const gone: string[] = [];
  const forgotten: string[] = [];
  const shown = new Map<string, Task>();
  const asked: string[] = [];
  const passing = makePassingDefinitions({
    deregister: (arn) => {
      gone.push(arn);
      return Promise.resolve("done");
    },
    definitions: { forgetName: (name) => void forgotten.push(name) },
    describe: (cluster, arns) => {
      asked.push(`${cluster} ${arns.length}`);
      return Promise.resolve(arns.flatMap((arn) => shown.get(arn) ?? []));
    },
    tagKey: TAG.key,
    clock,
  });
  const use = (runId: string, arn: string, registered: boolean, plan = PASSING) =>
    passing.used(runId, plan, { name: arn, registered, releaseId: null });
  /** A run's task as ECS shows it. */
  const show = (n: number, runId: string, lastStatus: string, given: Partial<Task> = {}) => {
    const one = task(taskArn(n), { flowRunId: runId, lastStatus, definitionArn: A, tagKeys: [], ...given });
    shown.set(one.arn, one);
    return one;
  };
  return { ...passing, clock, gone, forgotten, shown, asked, use, show };
}

Deno.test("passing: given the run that it was registered for, when its task stops, then it is deregistered and forgotten, once", () => {
  const one = world();
  one.use("run-1", A, true);
  one.launched("run-1", taskArn(1), null);
  one.seen(one.show(1, "run-1", "RUNNING"));
  const before = [...one.gone];

  one.seen(one.show(1, "run-1", "STOPPED"));
  one.ended(taskArn(1), null);
  one.left("run-1");

  assert.deepEqual([before, one.gone, one.forgotten], [[], [A], [A]]);
});

Deno.test("passing: given another run in hand that uses it, when its task stops, then it goes when that run has left", () => {
  const one = world();
  one.use("run-1", A, true);
  one.use("run-2", A, false);
  one.launched("run-1", taskArn(1), null);
  one.launched("run-2", taskArn(2), null);

  one.seen(one.show(1, "run-1", "STOPPED"));
  one.left("run-1");
  const before = [...one.gone];
  one.left("run-2");

  assert.deepEqual([before, one.gone], [[], [A]]);
});

Deno.test("passing: given its run has left while its task lives, when the task stops later, then it is looked at until then", async () => {
  const one = world();
  one.use("run-1", A, true);
  one.launched("run-1", taskArn(1), "prod");
  one.show(1, "run-1", "DEPROVISIONING");

  one.left("run-1");
  await one.clock.advance(45_000);
  const before = [...one.gone];
  one.show(1, "run-1", "STOPPED");
  await one.clock.advance(30_000);

  assert.deepEqual([before, one.gone, one.asked], [[], [A], ["prod 1", "prod 1"]]);
  assert.equal(one.clock.pending(), 0);
});

Deno.test("passing: given its run has left and ECS shows its task no more, when three looks have passed, then it is deregistered", async () => {
  const one = world();
  one.use("run-1", A, true);
  one.launched("run-1", taskArn(1), null);

  one.left("run-1");
  await one.clock.advance(60_000);
  const before = [...one.gone];
  await one.clock.advance(30_000);

  assert.deepEqual([before, one.gone], [[], [A]]);
});

Deno.test("passing: given its run has left, when the queue tells the end of its task, then nothing is looked at any more", async () => {
  const one = world();
  one.use("run-1", A, true);
  one.launched("run-1", taskArn(1), null);
  one.left("run-1");

  one.ended(taskArn(1), null);
  await one.clock.advance(300_000);

  assert.deepEqual([one.gone, one.asked, one.clock.pending()], [[A], [], 0]);
});

Deno.test("passing: given a process that has started again, when a task with the tag is seen alive and then stopped without it, then its definition goes", () => {
  const one = world();

  one.seen(one.show(1, "run-1", "RUNNING", { tagKeys: [TAG.key] }));
  one.seen(one.show(1, "run-1", "STOPPED", { tagKeys: [] }));

  assert.deepEqual(one.gone, [A]);
});

Deno.test("passing: given a process that has started again, when the task with the tag stops, then runs in hand whose tasks use the definition keep it", async () => {
  const one = world();
  const [owner, other] = [
    one.show(1, "run-1", "RUNNING", { tagKeys: [TAG.key] }),
    one.show(2, "run-2", "RUNNING"),
  ];
  for (const seen of [owner, other]) one.seen(seen);

  one.seen(one.show(1, "run-1", "STOPPED"));
  await one.clock.advance(300_000);
  one.seen(other);
  one.left("run-1");
  const before = [...one.gone];
  one.left("run-2");

  assert.deepEqual([before, one.gone], [[], [A]]);
});

Deno.test("passing: given an event of a task that nobody here follows, when it has stopped with the tag, then its definition goes unless a run in hand uses it", () => {
  const one = world();
  one.use("run-2", B, false);

  one.ended(taskArn(1), A);
  one.ended(taskArn(2), B);
  const before = [...one.gone];
  one.left("run-2");

  assert.deepEqual([before, one.gone], [[A], [A, B]]);
});

Deno.test("passing: given a run that gets no task, when it leaves, then what was registered for it goes", () => {
  const one = world();
  one.use("run-1", A, true);

  one.left("run-1");

  assert.deepEqual(one.gone, [A]);
});

for (
  const [name, plan, registered] of [
    ["a plan that keeps its definition", { ...PASSING, autoDeregister: false }, true],
    ["a definition that was there before", PASSING, false],
    ["a definition of another kind", { how: "existing", name: A }, true],
  ] as const
) {
  Deno.test(`passing: given ${name}, when the run has come and gone, then nothing is deregistered`, () => {
    const one = world();
    one.use("run-1", A, registered, plan);
    one.launched("run-1", taskArn(1), null);

    one.seen(one.show(1, "run-1", "STOPPED"));
    one.left("run-1");

    assert.deepEqual(one.gone, []);
  });
}

Deno.test("passing: given the run that it was registered for, when its request is made, then the tag is added; other runs' requests stay as they are", () => {
  const one = world();
  one.use("run-1", A, true);
  one.use("run-2", A, false);
  const plan: LaunchPlan = {
    ...SOME_PLAN,
    deregisterTag: TAG,
    runTask: { tags: [{ key: "a", value: "b" }] },
  };

  const own = one.tagged("run-1", plan, A);
  const others = [
    one.tagged("run-2", plan, A),
    one.tagged("run-1", plan, B),
    one.tagged("run-1", { ...plan, deregisterTag: null }, A),
  ];

  assert.deepEqual(own.runTask["tags"], [{ key: "a", value: "b" }, TAG]);
  for (const { runTask } of others) assert.deepEqual(runTask, plan.runTask);
});

type Step = readonly ["use" | "stop" | "leave", number];

Deno.test("passing: given any order of launches, ends and leavings, when it is deregistered, then its own task has stopped and no run in hand uses it; in the end it is gone", async () => {
  const step = fc.tuple(fc.constantFrom("use", "stop", "leave"), fc.integer({ min: 0, max: 3 }));
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 16 }), async (given) => {
      const one = world();
      const inHand = new Set<number>();
      const live = new Set<number>([0]);
      one.use("run-0", A, true);
      one.launched("run-0", taskArn(0), null);
      inHand.add(0);
      const seen = new Set<number>();
      const play = ([what, n]: Step) => {
        if (what === "use" && n > 0 && !seen.has(n) && one.gone.length === 0) {
          seen.add(n);
          one.use(`run-${n}`, A, false);
          one.launched(`run-${n}`, taskArn(n), null);
          inHand.add(n);
        } else if (what === "stop" && inHand.has(n)) {
          live.delete(n);
          one.seen(one.show(n, `run-${n}`, "STOPPED"));
        } else if (what === "leave" && inHand.delete(n)) one.left(`run-${n}`);
        if (one.gone.length > 0) {
          assert.ok(!live.has(0), "its task lives");
          assert.deepEqual([...inHand].filter((run) => run !== 0), [], "a run in hand uses it");
        }
      };
      for (const one of given) play(one);

      for (const n of [0, ...seen]) {
        play(["stop", n]);
        play(["leave", n]);
      }
      if (live.has(0)) one.show(0, "run-0", "STOPPED");
      await one.clock.advance(60_000);

      assert.deepEqual(one.gone, [A]);
      assert.equal(one.clock.pending(), 0);
    }),
  );
});
