import assert from "node:assert/strict";
import type { JsonObject } from "../../../schemas/json/json.ts";
import { at, DEFINITION, localAccount, look, RUN, runOne, textAt } from "../support/local_account.ts";

const HOUR = 3_600_000;
const TOKEN = { clientToken: "token-1", startedBy: "run-1" };

Deno.test("RunTask: given a token again with the same parameters, then the first result comes back", async () => {
  const account = localAccount();
  const arn = runOne(account, TOKEN);
  await account.clock.advance(1000);

  const again = account.ask("RunTask", { ...TOKEN, ...RUN });

  assert.equal(textAt(again, "tasks", 0, "taskArn"), arn);
  assert.equal(textAt(again, "tasks", 0, "lastStatus"), "RUNNING");
  assert.equal(account.puppets.length, 1);
});

Deno.test("RunTask: given a token again with a changed parameter, then it conflicts and names the task", () => {
  const account = localAccount();
  const arn = runOne(account, TOKEN);

  const changed = account.refused("RunTask", { ...RUN, ...TOKEN, startedBy: "run-2" });
  const counted = account.refused("RunTask", { ...RUN, ...TOKEN, count: 2 });

  assert.equal(changed["__type"], "ConflictException");
  assert.deepEqual(changed["resourceIds"], [arn]);
  assert.deepEqual(counted["resourceIds"], [arn]);
});

Deno.test("RunTask: given another cluster, then the same token is another request", () => {
  const account = localAccount();
  account.ask("CreateCluster", { clusterName: "other" });
  const arn = runOne(account, TOKEN);

  const other = account.ask("RunTask", { ...RUN, ...TOKEN, cluster: "other" });

  assert.notEqual(textAt(other, "tasks", 0, "taskArn"), arn);
  assert.match(textAt(other, "tasks", 0, "taskArn"), /:task\/other\//);
});

Deno.test("RunTask: given a deregistered definition, then a token is still replayed", () => {
  const account = localAccount();
  const arn = runOne(account, TOKEN);
  account.ask("DeregisterTaskDefinition", { taskDefinition: "flow:1" });

  const again = account.ask("RunTask", { ...RUN, ...TOKEN });

  assert.equal(textAt(again, "tasks", 0, "taskArn"), arn);
});

Deno.test("RunTask: given a stopped task, then its token shows the bare task for an hour and is free after it", async () => {
  const account = localAccount();
  const arn = runOne(account, TOKEN);
  await account.clock.advance(1000);
  account.puppets[0]?.exit(0);
  await account.clock.advance(1000);

  const stopped = account.ask("RunTask", { ...RUN, ...TOKEN });
  await account.clock.advance(HOUR);
  const fresh = account.ask("RunTask", { ...RUN, ...TOKEN });

  assert.deepEqual(stopped["tasks"], [{ taskArn: arn, lastStatus: "STOPPED", desiredStatus: "STOPPED" }]);
  assert.notEqual(textAt(fresh, "tasks", 0, "taskArn"), arn);
});

Deno.test("RunTask: given a running task, then its token is free after a day", async () => {
  const account = localAccount();
  const arn = runOne(account, TOKEN);

  await account.clock.advance(24 * HOUR - 1);
  const before = account.ask("RunTask", { ...RUN, ...TOKEN });
  await account.clock.advance(1);
  const after = account.ask("RunTask", { ...RUN, ...TOKEN });

  assert.equal(textAt(before, "tasks", 0, "taskArn"), arn);
  assert.notEqual(textAt(after, "tasks", 0, "taskArn"), arn);
});

const LARGE = { ...DEFINITION, family: "large", cpu: "8192", memory: "61440" };

Deno.test("RunTask: given more memory than there is, then nothing is placed, and the token keeps the failure", () => {
  const account = localAccount();
  account.ask("RegisterTaskDefinition", LARGE);
  const request = { ...RUN, ...TOKEN, taskDefinition: "large" };

  const first = account.ask("RunTask", request);
  const again = account.ask("RunTask", request);

  assert.deepEqual(first["tasks"], []);
  assert.equal(textAt(first, "failures", 0, "reason"), "RESOURCE:MEMORY");
  assert.deepEqual(again, first);
  assert.deepEqual(account.ask("ListTasks")["taskArns"], []);
});

Deno.test("RunTask: given a memory override within reach, then the task is placed", () => {
  const account = localAccount();
  account.ask("RegisterTaskDefinition", LARGE);
  const overrides = { memory: "16384" };

  const answer = account.ask("RunTask", { ...RUN, taskDefinition: "large", overrides });

  assert.equal(textAt(answer, "tasks", 0, "memory"), "16384");
  assert.deepEqual(answer["failures"], []);
});

Deno.test("RunTask: given a refused placement by plan, then a new token succeeds", () => {
  const rules = [{ times: 1, rates: { capacity: 1 }, family: "fl*" }];
  const account = localAccount({ faults: { rules } });
  account.ask("RegisterTaskDefinition", DEFINITION);

  const first = account.ask("RunTask", { ...RUN, clientToken: "a" });
  const replayed = account.ask("RunTask", { ...RUN, clientToken: "a" });
  const second = account.ask("RunTask", { ...RUN, clientToken: "b" });

  assert.match(textAt(first, "failures", 0, "reason"), /^Capacity is unavailable at this time/);
  assert.deepEqual(replayed, first);
  assert.equal(at(second, "tasks", "length"), undefined);
  assert.match(textAt(second, "tasks", 0, "taskArn"), /task\/default\//);
});

Deno.test("RunTask: given a count, then as many tasks start with one token", () => {
  const account = localAccount();
  runOne(account, { ...TOKEN, count: 3, tags: [{ key: "a", value: "1" }] });

  const { taskArns } = account.ask("ListTasks", { startedBy: "run-1" });

  assert.equal(Array.isArray(taskArns) && new Set(taskArns).size, 3);
});

Deno.test("RunTask: given tags and propagation, then the task has both", () => {
  const account = localAccount();
  account.ask("RegisterTaskDefinition", { ...DEFINITION, tags: [{ key: "from", value: "definition" }] });
  const arn = runOne(account, { tags: [{ key: "a", value: "1" }], propagateTags: "TASK_DEFINITION" });

  const described = account.ask("DescribeTasks", { tasks: [arn], include: ["TAGS"] });
  const plain = look(account, arn);

  assert.deepEqual(at(described, "tasks", 0, "tags"), [
    { key: "a", value: "1" },
    { key: "from", value: "definition" },
  ]);
  assert.equal(plain["tags"], undefined);
});

Deno.test("RunTask: given a capacity provider, then the task says so and has Fargate's platform", () => {
  const account = localAccount();
  account.ask("RegisterTaskDefinition", DEFINITION);
  const { launchType: _launchType, ...request } = RUN;
  const capacityProviderStrategy = [{ capacityProvider: "FARGATE_SPOT", weight: 1 }];

  const answer = account.ask("RunTask", { ...request, capacityProviderStrategy });

  assert.equal(textAt(answer, "tasks", 0, "capacityProviderName"), "FARGATE_SPOT");
  assert.equal(textAt(answer, "tasks", 0, "launchType"), "FARGATE");
});

const many = (count: number) => Array.from({ length: count }, (_, number) => `id-${number}`);
const network = (more: JsonObject) => ({
  networkConfiguration: { awsvpcConfiguration: { subnets: ["s"], ...more } },
});
const environment = (value: string) => ({
  overrides: { containerOverrides: [{ name: "flow", environment: [{ name: "A", value }] }] },
});

/** Requests that ECS refuses, and words of its answer. */
const REFUSED: readonly (readonly [string, JsonObject, RegExp])[] = [
  ["no definition", { taskDefinition: "" }, /not found|blank/],
  ["an unknown definition", { taskDefinition: "nope" }, /TaskDefinition not found/],
  ["an unknown cluster", { cluster: "nope" }, /Cluster not found/],
  ["a count of 11", { count: 11 }, /greater than 10/],
  ["a count of 0", { count: 0 }, /at least 1/],
  ["a dot in startedBy", { startedBy: "a.b" }, /startedBy/],
  ["startedBy of 129 letters", { startedBy: "a".repeat(129) }, /startedBy/],
  ["a token of 65 letters", { clientToken: "a".repeat(65) }, /clientToken/],
  ["a token with a space", { clientToken: "a b" }, /clientToken/],
  ["17 subnets", network({ subnets: many(17) }), /subnets/],
  ["no subnets", network({ subnets: [] }), /subnets/],
  ["6 security groups", network({ securityGroups: many(6) }), /securityGroups/],
  ["an unknown container", { overrides: { containerOverrides: [{ name: "x" }] } }, /container named x/],
  ["overrides of more than 8192 characters", environment("v".repeat(8192)), /length must be at most 8192/],
  ["both launch type and provider", { capacityProviderStrategy: [{ capacityProvider: "FARGATE" }] }, /both/],
  ["a size that Fargate has not", { overrides: { memory: "600" } }, /No Fargate configuration/],
  ["a reserved tag", { tags: [{ key: "AWS:x", value: "" }] }, /reserved/],
];

for (const [what, change, words] of REFUSED) {
  Deno.test(`RunTask: given ${what}, then it is refused and starts nothing`, () => {
    const account = localAccount();
    account.ask("RegisterTaskDefinition", DEFINITION);

    const refused = account.refused("RunTask", { ...RUN, ...change });

    assert.match(textAt(refused, "message"), new RegExp(words.source, "i"));
    assert.equal(account.world.store.tasks.all().length, 0);
  });
}

Deno.test("RunTask: given awsvpc without a network, then it is refused", () => {
  const account = localAccount();
  account.ask("RegisterTaskDefinition", DEFINITION);

  const refused = account.refused("RunTask", { taskDefinition: "flow", launchType: "FARGATE" });

  assert.match(textAt(refused, "message"), /Network Configuration must be provided/);
});

Deno.test("RunTask: given a definition for EC2 only, when run on Fargate, then it is refused", () => {
  const account = localAccount();
  const containerDefinitions = [{ name: "flow", image: "i", memory: 128 }];
  account.ask("RegisterTaskDefinition", { family: "flow", containerDefinitions });

  const refused = account.refused("RunTask", { taskDefinition: "flow", launchType: "FARGATE" });
  const onEc2 = account.ask("RunTask", { taskDefinition: "flow" });

  assert.match(textAt(refused, "message"), /does not support launch_type FARGATE/);
  assert.equal(textAt(onEc2, "tasks", 0, "launchType"), "EC2");
});

Deno.test("RunTask: given 8192 characters of overrides exactly, then they pass", () => {
  const account = localAccount();
  const spare = 8192 - JSON.stringify(environment("").overrides).length;

  const arn = runOne(account, environment("v".repeat(spare)));

  assert.match(arn, /task\/default\//);
});
