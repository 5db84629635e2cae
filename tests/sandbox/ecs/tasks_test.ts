import assert from "node:assert/strict";
import { at, localAccount, look, runOne, textAt } from "../support/local_account.ts";

const HOUR = 3_600_000;
const UNKNOWN = "arn:aws:ecs:eu-west-1:123456789012:task/default/" + "0".repeat(32);

Deno.test("DescribeTasks: given an unknown task among known ones, then it is MISSING and the others are told", () => {
  const account = localAccount();
  const arn = runOne(account);

  const answer = account.ask("DescribeTasks", { tasks: [arn, UNKNOWN, arn.split("/")[2] ?? ""] });

  assert.equal(textAt(answer, "tasks", 0, "taskArn"), arn);
  assert.deepEqual(answer["failures"], [{ arn: UNKNOWN, reason: "MISSING" }]);
});

Deno.test("DescribeTasks: given a task of another cluster, then it is MISSING", () => {
  const account = localAccount();
  account.ask("CreateCluster", { clusterName: "other" });
  const arn = runOne(account);

  const answer = account.ask("DescribeTasks", { cluster: "other", tasks: [arn] });

  assert.deepEqual(answer, { tasks: [], failures: [{ arn, reason: "MISSING" }] });
});

Deno.test("DescribeTasks: given a grace by plan, then a new task is MISSING for that long", async () => {
  const account = localAccount({ faults: { rates: { missing: 1 }, missingMs: 3000 } });
  const arn = runOne(account, { startedBy: "r" });
  const reasons: unknown[] = [];
  for (const ms of [0, 2999, 1]) {
    await account.clock.advance(ms);
    reasons.push(at(account.ask("DescribeTasks", { tasks: [arn] }), "failures", 0, "reason"));
  }

  assert.deepEqual(reasons, ["MISSING", "MISSING", undefined]);
  assert.deepEqual(account.ask("ListTasks", { startedBy: "r" })["taskArns"], [arn]);
  assert.equal(account.puppets.length, 1, "it runs all the same");
});

Deno.test("DescribeTasks: given a stopped task, then it is known for an hour", async () => {
  const account = localAccount();
  const arn = runOne(account);
  account.ask("StopTask", { task: arn });
  await account.clock.advance(50);

  await account.clock.advance(HOUR - 1);
  const before = look(account, arn);
  await account.clock.advance(1);
  const after = account.ask("DescribeTasks", { tasks: [arn] });

  assert.equal(before["lastStatus"], "STOPPED");
  assert.deepEqual(after["failures"], [{ arn, reason: "MISSING" }]);
});

const ids = (count: number) => Array.from({ length: count }, (_, number) => String(number).padStart(32, "0"));

Deno.test("DescribeTasks: given 100 ids, then they pass; 101, none or a malformed one are refused", () => {
  const account = localAccount();

  const hundred = account.ask("DescribeTasks", { tasks: ids(100) });
  const refused = [ids(101), [], ["abc"]].map((tasks) =>
    textAt(account.refused("DescribeTasks", { tasks }), "message")
  );

  assert.equal(Array.isArray(hundred["failures"]) && hundred["failures"].length, 100);
  assert.deepEqual(refused, [
    "Tasks cannot have more than 100 elements.",
    "Tasks cannot be empty.",
    "taskId length should be one of [32,36]",
  ]);
});

for (const other of ["family", "desiredStatus", "launchType", "serviceName", "containerInstance"]) {
  Deno.test(`ListTasks: given startedBy together with ${other}, then it is refused`, () => {
    const value = other === "desiredStatus" ? "STOPPED" : "x";

    const refused = localAccount().refused("ListTasks", {
      startedBy: "r",
      [other]: value,
      cluster: "default",
    });

    assert.deepEqual(refused, {
      __type: "InvalidParameterException",
      message: "cannot specify startedBy with other arguments",
    });
  });
}

Deno.test("ListTasks: given live and stopped tasks, then the desired status decides, RUNNING by default", async () => {
  const account = localAccount();
  const live = runOne(account, { startedBy: "live" });
  const stopped = runOne(account, { startedBy: "stopped" });
  account.ask("StopTask", { task: stopped });
  await account.clock.advance(1000);

  const lists = [{}, { desiredStatus: "STOPPED" }, { desiredStatus: "PENDING" }, { startedBy: "stopped" }, {
    family: "flow",
  }]
    .map((filter) => account.ask("ListTasks", filter)["taskArns"]);

  assert.deepEqual(lists, [[live], [stopped], [], [], [live]]);
});

Deno.test("ListTasks: given many tasks, then pages of at most 100 lead through all of them", () => {
  const account = localAccount();
  for (let count = 0; count < 13; count += 1) runOne(account, { count: 10, startedBy: "r" });
  const seen: unknown[] = [];
  let nextToken: string | undefined;
  do {
    const page = account.ask("ListTasks", {
      startedBy: "r",
      ...(nextToken === undefined ? {} : { nextToken }),
    });
    seen.push(...Array.isArray(page["taskArns"]) ? page["taskArns"] : []);
    nextToken = page["nextToken"] === undefined ? undefined : textAt(page, "nextToken");
  } while (nextToken !== undefined);

  assert.equal(new Set(seen).size, 130);
});

Deno.test("StopTask: given an unknown task, then it is refused in ECS's words", () => {
  const refused = localAccount().refused("StopTask", { task: UNKNOWN });

  assert.deepEqual(refused, {
    __type: "InvalidParameterException",
    message: "The referenced task was not found.",
  });
});

Deno.test("StopTask: given a stopped task of the last hour, then nothing happens", async () => {
  const account = localAccount();
  const arn = runOne(account);
  account.ask("StopTask", { task: arn, reason: "first" });
  await account.clock.advance(1000);

  const again = account.ask("StopTask", { task: arn, reason: "second" });

  assert.equal(textAt(again, "task", "lastStatus"), "STOPPED");
  assert.equal(textAt(again, "task", "stoppedReason"), "first");
});
