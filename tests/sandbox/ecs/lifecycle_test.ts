import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { TASK_STATUSES } from "../../../sandbox/ecs/records.ts";
import {
  at,
  CONTAINER,
  DEFINITION,
  localAccount,
  look,
  PACE,
  runOne,
  textAt,
} from "../support/local_account.ts";

Deno.test("task: given an undisturbed life, then it goes through the documented states in order", async () => {
  const account = localAccount();
  const arn = runOne(account);
  const seen: string[] = [textAt(look(account, arn), "lastStatus")];
  const step = async (ms: number) => {
    await account.clock.advance(ms);
    seen.push(textAt(look(account, arn), "lastStatus"));
  };

  await step(PACE.provisioningMs);
  await step(PACE.pendingMs);
  account.puppets[0]?.exit(0);
  await step(0);
  await step(PACE.deprovisioningMs);

  assert.deepEqual(seen, ["PROVISIONING", "PENDING", "RUNNING", "DEPROVISIONING", "STOPPED"]);
  assert.deepEqual(seen, TASK_STATUSES.filter((status) => seen.includes(status)));
  assert.equal(account.clock.pending(), 0);
});

Deno.test("task: given its container ends, then code, reason and moments are told and the version has grown", async () => {
  const account = localAccount();
  const arn = runOne(account);
  await account.clock.advance(1000);
  const running = look(account, arn);
  account.puppets[0]?.exit(3);
  await account.clock.advance(1000);

  const task = look(account, arn);

  assert.equal(at(task, "containers", 0, "exitCode"), 3);
  assert.equal(task["stopCode"], "EssentialContainerExited");
  assert.equal(task["stoppedReason"], "Essential container in task exited");
  assert.ok(Number(task["version"]) > Number(running["version"]));
  const moments = ["createdAt", "startedAt", "stoppingAt", "executionStoppedAt", "stoppedAt"].map((name) =>
    task[name]
  );
  assert.deepEqual(moments, moments.toSorted((one, other) => Number(one) - Number(other)));
  assert.ok(moments.every((each) => typeof each === "number"));
});

Deno.test("task: given overrides, then its container starts with them over the definition's", async () => {
  const account = localAccount();
  const override = {
    name: "flow",
    command: ["run", "it"],
    environment: [{ name: "B", value: "b" }, { name: "C", value: "" }],
  };
  runOne(account, { overrides: { containerOverrides: [override] } });

  await account.clock.advance(1000);

  const [puppet] = account.puppets;
  assert.deepEqual(puppet?.start.argv, ["run", "it"]);
  assert.deepEqual(puppet?.start.environment, {
    AWS_EXECUTION_ENV: "AWS_ECS_FARGATE",
    AWS_REGION: "eu-west-1",
    AWS_DEFAULT_REGION: "eu-west-1",
    A: "definition",
    B: "b",
    C: "",
  });
});

Deno.test("task: given StopTask, then SIGTERM, and SIGKILL only after the stop timeout", async () => {
  const account = localAccount();
  const arn = runOne(account);
  await account.clock.advance(1000);

  const answer = account.ask("StopTask", { task: arn, reason: "no longer needed" });
  await account.clock.advance(29_999);
  const before = [...account.puppets[0]?.signals ?? []];
  await account.clock.advance(1);

  assert.equal(textAt(answer, "task", "desiredStatus"), "STOPPED");
  assert.equal(textAt(answer, "task", "lastStatus"), "STOPPING");
  assert.deepEqual(before, ["SIGTERM"]);
  assert.deepEqual(account.puppets[0]?.signals, ["SIGTERM", "SIGKILL"]);
  account.puppets[0]?.exit(137);
  await account.clock.advance(1000);
  const task = look(account, arn);
  assert.equal(task["stopCode"], "UserInitiated");
  assert.equal(task["stoppedReason"], "no longer needed");
  assert.equal(at(task, "containers", 0, "exitCode"), 137);
});

Deno.test("task: given StopTask before its container started, then nothing is ever started", async () => {
  const account = localAccount();
  const arn = runOne(account);

  account.ask("StopTask", { task: arn });
  await account.clock.advance(10_000);

  assert.equal(account.puppets.length, 0);
  assert.equal(textAt(look(account, arn), "lastStatus"), "STOPPED");
  assert.equal(at(look(account, arn), "containers", 0, "exitCode"), undefined);
});

Deno.test("task: given StopTask twice, then the first reason stays and one signal is sent", async () => {
  const account = localAccount();
  const arn = runOne(account);
  await account.clock.advance(1000);

  account.ask("StopTask", { task: arn, reason: "first" });
  account.ask("StopTask", { task: arn, reason: "second" });

  assert.deepEqual(account.puppets[0]?.signals, ["SIGTERM"]);
  assert.equal(textAt(look(account, arn), "stoppedReason"), "first");
});

Deno.test("task: given StopTask, then its tags are gone, as ECS does it", async () => {
  const account = localAccount();
  const arn = runOne(account, { tags: [{ key: "a", value: "1" }] });
  await account.clock.advance(1000);

  account.ask("StopTask", { task: arn });

  assert.deepEqual(account.ask("ListTagsForResource", { resourceArn: arn })["tags"], []);
});

Deno.test("task: given two containers, when the essential one ends, then the other is asked to end too", async () => {
  const account = localAccount();
  const side = { ...CONTAINER, name: "side", essential: false };
  account.ask("RegisterTaskDefinition", { ...DEFINITION, containerDefinitions: [CONTAINER, side] });
  const arn = runOne(account);
  await account.clock.advance(1000);
  const [main, helper] = account.puppets;

  main?.exit(0);
  const between = textAt(look(account, arn), "lastStatus");
  helper?.exit(143);
  await account.clock.advance(1000);

  assert.equal(between, "STOPPING");
  assert.deepEqual(helper?.signals, ["SIGTERM"]);
  assert.equal(textAt(look(account, arn), "lastStatus"), "STOPPED");
  assert.deepEqual(
    [0, 1].map((index) => at(look(account, arn), "containers", index, "exitCode")),
    [0, 143],
  );
});

Deno.test("task: given two containers, when the other one ends, then the task goes on", async () => {
  const account = localAccount();
  const side = { ...CONTAINER, name: "side", essential: false };
  account.ask("RegisterTaskDefinition", { ...DEFINITION, containerDefinitions: [CONTAINER, side] });
  const arn = runOne(account);
  await account.clock.advance(1000);

  account.puppets[1]?.exit(1);
  await account.clock.advance(1000);

  assert.equal(textAt(look(account, arn), "lastStatus"), "RUNNING");
  assert.deepEqual(account.puppets[0]?.signals, []);
});

Deno.test("task: given an image that cannot be pulled, then it fails to start with the reason", async () => {
  const account = localAccount({ refuses: (image) => image });
  const arn = runOne(account);

  await account.clock.advance(1000);

  const task = look(account, arn);
  assert.equal(task["stopCode"], "TaskFailedToStart");
  assert.equal(task["stoppedReason"], "CannotPullContainerError: image:1");
  assert.equal(task["startedAt"], undefined);
});

Deno.test("task: given a command that cannot be started, then it fails to start and the others end", async () => {
  const account = localAccount({ broken: ({ name }) => name === "side" });
  const side = { ...CONTAINER, name: "side" };
  account.ask("RegisterTaskDefinition", { ...DEFINITION, containerDefinitions: [CONTAINER, side] });
  const arn = runOne(account);

  await account.clock.advance(1000);
  account.puppets[0]?.exit(143);
  await account.clock.advance(1000);

  const task = look(account, arn);
  assert.equal(task["stopCode"], "TaskFailedToStart");
  assert.equal(task["stoppedReason"], "CannotStartContainerError: no such command");
  assert.deepEqual(account.puppets[0]?.signals, ["SIGTERM"]);
  assert.equal(task["lastStatus"], "STOPPED");
});

Deno.test("task: given secrets, then it fails to start, because there is no store of secrets", async () => {
  const account = localAccount();
  const secrets = [{ name: "API_KEY", valueFrom: "arn:aws:ssm:x" }];
  account.ask("RegisterTaskDefinition", {
    ...DEFINITION,
    executionRoleArn: "arn:aws:iam::1:role/x",
    containerDefinitions: [{ ...CONTAINER, secrets }],
  });
  const arn = runOne(account);

  await account.clock.advance(1000);

  assert.match(textAt(look(account, arn), "stoppedReason"), /^ResourceInitializationError: .*API_KEY/);
});

Deno.test("task: given a start failure by plan, then it stops without an exit code", async () => {
  const account = localAccount({
    faults: { rules: [{ image: "image:*", times: 1, rates: { startFailure: 1 } }] },
  });
  const first = runOne(account);
  await account.clock.advance(1000);
  const second = runOne(account);
  await account.clock.advance(1000);

  assert.match(textAt(look(account, first), "stoppedReason"), /network interface provisioning/);
  assert.equal(textAt(look(account, second), "lastStatus"), "RUNNING");
});

Deno.test("task: given Spot and a reclaim by plan, then it is interrupted, and one on demand is not", async () => {
  const account = localAccount({ faults: { rates: { spotReclaim: 1 }, spotAfterMs: 500 } });
  const onDemand = runOne(account);
  const { launchType: _launchType, ...spot } = {
    taskDefinition: "flow",
    launchType: "",
    networkConfiguration: { awsvpcConfiguration: { subnets: ["s"] } },
    capacityProviderStrategy: [{ capacityProvider: "FARGATE_SPOT" }],
  };
  const onSpot = textAt(account.ask("RunTask", spot), "tasks", 0, "taskArn");

  await account.clock.advance(PACE.provisioningMs + PACE.pendingMs + 500);

  assert.equal(look(account, onSpot)["stopCode"], "SpotInterruption");
  assert.equal(look(account, onDemand)["stopCode"], undefined);
});

Deno.test("restart: given tasks in each stage, then the waiting one goes on and the running one is over", async () => {
  using db = closing(new DatabaseSync(":memory:"));
  const before = localAccount({ db: db.open });
  const running = runOne(before, { clientToken: "t", startedBy: "r" });
  await before.clock.advance(1000);
  const waiting = runOne(before);

  const after = localAccount({ db: db.open, clock: before.clock });
  after.world.lifecycle.recover();
  await after.clock.advance(1000);

  const gone = look(after, running);
  assert.equal(gone["lastStatus"], "STOPPED");
  assert.equal(gone["stopCode"], "InfrastructureHealth");
  assert.match(textAt(gone, "stoppedReason"), /local ECS was ended while the task ran/);
  assert.deepEqual(after.leftovers, [running.split("/")[2]]);
  assert.equal(textAt(look(after, waiting), "lastStatus"), "RUNNING");
});

Deno.test("restart: given a store, then definitions, revisions, tokens and clusters are still there", () => {
  using db = closing(new DatabaseSync(":memory:"));
  const before = localAccount({ db: db.open });
  before.ask("CreateCluster", { clusterName: "work" });
  before.ask("RegisterTaskDefinition", { ...DEFINITION, tags: [{ key: "a", value: "1" }] });
  const arn = runOne(before, { clientToken: "t", startedBy: "r" });

  const after = localAccount({ db: db.open, clock: before.clock });
  const again = runOne(after, { clientToken: "t", startedBy: "r" });
  const next = after.ask("RegisterTaskDefinition", DEFINITION);

  assert.equal(again, arn);
  assert.match(textAt(next, "taskDefinition", "taskDefinitionArn"), /flow:2$/);
  assert.deepEqual(after.ask("ListClusters")["clusterArns"], before.ask("ListClusters")["clusterArns"]);
});

Deno.test("close: given running tasks, then they are killed and recorded as over", async () => {
  const account = localAccount();
  const arn = runOne(account);
  await account.clock.advance(1000);

  account.world.lifecycle.close();
  account.puppets[0]?.exit(137);

  assert.deepEqual(account.puppets[0]?.signals, ["SIGKILL"]);
  assert.equal(textAt(look(account, arn), "lastStatus"), "STOPPED");
  assert.equal(account.clock.pending(), 0);
});

function closing(open: DatabaseSync): { readonly open: DatabaseSync } & Disposable {
  return { open, [Symbol.dispose]: () => open.close() };
}
