import assert from "node:assert/strict";
import { listenToTaskEvents, type TaskEventsDeps } from "../../../../actors/ecs/events/task_events.ts";
import { toTask } from "../../../../actors/ecs/client.ts";
import type { TaskChange } from "../../../../schemas/contracts/platform.ts";
import { FailureError } from "../../../../schemas/failure/failure.ts";
import { fakeClock } from "../../../support/clock.ts";

const ARN = "arn:aws:ecs:us-east-1:123456789012:task/prod/0123";

function event(version: number, lastStatus: string, taskArn = ARN): string {
  const clusterArn = "arn:aws:ecs:us-east-1:123456789012:cluster/prod";
  const taskDefinitionArn = "arn:aws:ecs:us-east-1:123456789012:task-definition/fam:3";
  const containers = lastStatus === "STOPPED" ? [{ name: "prefect", exitCode: 1 }] : [];
  const detail = { taskArn, clusterArn, taskDefinitionArn, lastStatus, version, containers };
  return JSON.stringify({ "detail-type": "ECS Task State Change", detail });
}

/** A queue that gives these messages once, and an ECS that shows tasks with these tags. */
function queueOf(
  batches: readonly (readonly string[] | Promise<readonly string[]>)[],
  tags: readonly string[] = [],
  more: Partial<TaskEventsDeps> = {},
) {
  const clock = fakeClock();
  const removed: string[] = [];
  const ended: string[] = [];
  const logged: string[] = [];
  const told: TaskChange[] = [];
  let asked = 0;
  const deps: TaskEventsDeps = {
    name: "events",
    queue: {
      find: () => Promise.resolve("http://queue"),
      receive: async (_url, signal) => {
        const batch = await batches[asked];
        asked += 1;
        if (batch === undefined) {
          return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
        }
        return batch.map((body, at) => ({ body, receipt: `${asked}.${at}` }));
      },
      remove: (_url, receipts) => {
        removed.push(...receipts);
        return Promise.resolve();
      },
    },
    ecs: {
      describeTasks: (_cluster, arns) => {
        const task = toTask({ taskArn: arns[0] ?? "", tags: tags.map((key) => ({ key, value: "run-1" })) });
        return Promise.resolve({ tasks: [task], failures: [] });
      },
      describeTaskDefinition: () => Promise.resolve(null),
    },
    readTask: toTask,
    ended: (taskArn, passing) => void ended.push(`${taskArn === ARN ? "task" : taskArn}: ${passing}`),
    passingTag: "passing",
    clock,
    random: () => 0.5,
    log: (level, message) => void logged.push(`${level} ${message}`),
    ...more,
  };
  const end = listenToTaskEvents(deps, (changes) => told.push(...changes));
  return { clock, removed, ended, logged, told, end, asked: () => asked };
}

Deno.test("task events: given three events of one task, when they are received, then the newest is told and all are deleted once it is handled", async () => {
  const one = queueOf([[event(2, "RUNNING"), event(5, "STOPPED"), event(3, "RUNNING")]]);
  await one.clock.advance(10);

  assert.deepEqual(one.told.map(({ task, seen }) => [task.id, seen.status]), [[ARN, "STOPPED"]]);
  assert.deepEqual(one.removed, []);
  one.told[0]?.done("handled");
  await one.clock.advance(1000);
  assert.deepEqual(one.removed.toSorted(), ["1.0", "1.1", "1.2"]);
  one.end();
});

Deno.test("task events: given an event that was handled, when it or an older one comes again, then it is deleted and tells nothing", async () => {
  const later = Promise.withResolvers<readonly string[]>();
  const one = queueOf([[event(5, "STOPPED")], later.promise]);
  await one.clock.advance(10);
  const first = one.told.length;
  one.told[0]?.done("handled");
  later.resolve([event(5, "STOPPED"), event(4, "RUNNING")]);
  await one.clock.advance(1000);

  assert.equal(first, 1);
  assert.deepEqual([one.told.length, one.removed.toSorted()], [1, ["1.0", "2.0", "2.1"]]);
  one.end();
});

Deno.test("task events: given an event that is to be told later, when it is done, then it stays on the queue", async () => {
  const one = queueOf([[event(5, "STOPPED")]]);
  await one.clock.advance(10);
  one.told[0]?.done("later");
  await one.clock.advance(1000);

  assert.deepEqual(one.removed, []);
  one.end();
});

for (
  const body of [
    "",
    "no JSON",
    "[]",
    JSON.stringify({ "detail-type": "EC2 Spot" }),
    JSON.stringify({ "detail-type": "ECS Task State Change", detail: {} }),
  ]
) {
  Deno.test(`task events: given the message ${JSON.stringify(body).slice(0, 40)}, when it is received, then it is deleted and tells nothing`, async () => {
    const one = queueOf([[body]]);
    await one.clock.advance(1000);

    assert.deepEqual([one.told.length, one.removed], [0, ["1.0"]]);
    one.end();
  });
}

for (
  const [what, tags, status, owner, gone] of [
    ["its run's tag", ["prefect.io/flow-run-id"], "STOPPED", "run-1", 0],
    ["no tag", [], "STOPPED", null, 0],
    [
      "the tag of a definition that goes with it",
      ["prefect.io/flow-run-id", "passing"],
      "STOPPED",
      "run-1",
      1,
    ],
    ["that tag while it runs", ["prefect.io/flow-run-id", "passing"], "RUNNING", "run-1", 0],
  ] as const
) {
  Deno.test(`task events: given a task with ${what}, when its owner is asked for, then it is ${owner}`, async () => {
    const one = queueOf([[event(1, status)]], tags);
    await one.clock.advance(10);
    const found = await one.told[0]?.ownerOf(new AbortController().signal);

    assert.equal(found?.runId ?? null, owner);
    assert.equal(one.ended.filter((told) => !told.endsWith(": null")).length, gone);
    assert.equal(one.ended.includes("task: null"), status === "STOPPED");
    one.end();
  });
}

Deno.test("task events: given no queue of the name, when it is looked for, then one line says so and nothing is asked any more", async () => {
  const find = () => Promise.resolve(null);
  const one = queueOf([], [], { queue: { find, receive: () => assert.fail(), remove: () => assert.fail() } });
  await one.clock.advance(600_000);

  assert.deepEqual(one.logged.map((line) => /There is no queue events/.test(line)), [true]);
  one.end();
});

Deno.test("task events: given a queue that refuses for ten minutes, when it is read, then pauses grow and lines are few", async () => {
  let asked = 0;
  const find = () => {
    asked += 1;
    return Promise.reject(new FailureError({ tag: "unavailable", status: 500, message: "no" }));
  };
  const one = queueOf([], [], { queue: { find, receive: () => assert.fail(), remove: () => assert.fail() } });
  await one.clock.advance(600_000);

  assert.ok(asked > 10 && asked < 60, String(asked));
  assert.ok(one.logged.length < 10, one.logged.join("\n"));
  one.end();
});
