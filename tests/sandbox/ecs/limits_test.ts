import assert from "node:assert/strict";
import { type BucketName, bucketOf, DOCUMENTED_BUCKETS } from "../../../sandbox/ecs/limits.ts";
import { type AwsBucket, DOCUMENTED_LIMITS } from "../../../schemas/ecs/aws_limits.ts";
import type { JsonObject } from "../../../schemas/json/json.ts";
import { at, DEFINITION, localAccount, RUN, textAt } from "../support/local_account.ts";

/** Operations that take from the same bucket, by aws-facts: "Request throttling for the Amazon ECS API". */
const TOGETHER: readonly (readonly [string, ...string[]])[] = [
  ["RegisterTaskDefinition", "DeregisterTaskDefinition"],
  ["DescribeTaskDefinition", "ListTaskDefinitions", "ListTaskDefinitionFamilies"],
  ["DeleteTaskDefinitions"],
  ["RunTask", "StopTask"],
  ["DescribeTasks", "ListTasks"],
  ["DescribeClusters", "ListClusters"],
  ["TagResource", "UntagResource"],
  ["ListTagsForResource"],
];

for (const [first, ...others] of TOGETHER) {
  Deno.test(`limits: given ${first}, then ${others.join(", ") || "nothing else"} takes from its bucket`, () => {
    const bucket = bucketOf(first);

    assert.ok(bucket !== undefined && bucket in DOCUMENTED_BUCKETS);
    for (const other of others) assert.equal(bucketOf(other), bucket);
    const elsewhere = TOGETHER.filter(([name]) => name !== first).flat();
    for (const other of elsewhere) assert.notEqual(bucketOf(other), bucket);
  });
}

Deno.test("limits: given documented ones, when 21 definitions are registered, then the last is throttled", async () => {
  const account = localAccount({ limits: "documented" });
  for (let count = 0; count < 20; count += 1) account.ask("RegisterTaskDefinition", DEFINITION);

  const refused = account.refused("RegisterTaskDefinition", DEFINITION);
  await account.clock.advance(1000);
  const later = account.ask("RegisterTaskDefinition", DEFINITION);

  assert.deepEqual(refused, { __type: "ThrottlingException", message: "Rate exceeded" });
  assert.match(textAt(later, "taskDefinition", "taskDefinitionArn"), /:21$/);
});

Deno.test("limits: given RunTask on Fargate, when 21 come at once, then the last is throttled and starts nothing", () => {
  const account = localAccount({ limits: "documented" });
  account.ask("RegisterTaskDefinition", DEFINITION);
  for (let count = 0; count < 20; count += 1) account.ask("RunTask", RUN);

  const refused = account.refused("RunTask", RUN);

  assert.equal(refused["__type"], "ThrottlingException");
  assert.equal(account.world.store.tasks.all().length, 20);
});

/** Requests of ten tasks each, ten of which empty the bucket of their capacity and half that of the calls. */
const TEN = {
  onDemand: { ...RUN, count: 10 },
  spot: {
    taskDefinition: RUN.taskDefinition,
    networkConfiguration: RUN.networkConfiguration,
    capacityProviderStrategy: [{ capacityProvider: "FARGATE_SPOT", weight: 1 }],
    count: 10,
  },
} satisfies Readonly<Record<string, JsonObject>>;

for (const [name, other] of [["onDemand", "spot"], ["spot", "onDemand"]] as const) {
  Deno.test(`limits: given 100 ${name} tasks at once, when more are asked for, then only ${other} has some`, async () => {
    const account = localAccount({ limits: "documented" });
    account.ask("RegisterTaskDefinition", DEFINITION);
    for (let count = 0; count < 10; count += 1) account.ask("RunTask", TEN[name]);

    const refused = account.refused("RunTask", TEN[name]);
    account.ask("RunTask", TEN[other]);
    await account.clock.advance(500);
    account.ask("RunTask", TEN[name]);

    assert.equal(refused["__type"], "ThrottlingException");
    assert.equal(account.world.store.tasks.all().length, 120);
    assert.equal(account.refused("RunTask", TEN[name])["__type"], "ThrottlingException");
  });
}

Deno.test("limits: given a token that was used, when it is asked again, then the launch costs nothing more", () => {
  const account = localAccount({ limits: "documented" });
  account.ask("RegisterTaskDefinition", DEFINITION);
  for (let count = 0; count < 10; count += 1) {
    account.ask("RunTask", { ...TEN.onDemand, clientToken: `t${count}` });
  }

  const replayed = account.ask("RunTask", { ...TEN.onDemand, clientToken: "t0" });

  assert.equal(at(replayed, "tasks", 9, "lastStatus"), "PROVISIONING");
  assert.equal(account.world.store.tasks.all().length, 100);
});

const BOTH: readonly (readonly [BucketName, AwsBucket])[] = [
  ["taskDefinitionModify", "definitionModify"],
  ["taskDefinitionRead", "definitionRead"],
  ["clusterResourceModify", "clusterModify"],
  ["clusterResourceRead", "clusterRead"],
  ["fargateRunTask", "fargateRunTask"],
  ["fargateOnDemand", "fargateOnDemand"],
  ["fargateSpot", "fargateSpot"],
];

for (const [ours, agents] of BOTH) {
  Deno.test(`limits: given ${agents} of the agent, then the local ECS gives as much`, () => {
    const { burst, perSecond } = DOCUMENTED_BUCKETS[ours];
    assert.deepEqual(DOCUMENTED_LIMITS[agents], { burst, refillPerS: perSecond });
  });
}

Deno.test("limits: given two regions, then each has buckets of its own", () => {
  const { world } = localAccount({ limits: "documented" });
  for (let count = 0; count < 5; count += 1) world.limiter.take("taskDefinitionDelete", "eu-west-1");

  assert.throws(() => world.limiter.take("taskDefinitionDelete", "eu-west-1"), {
    code: "ThrottlingException",
  });
  assert.doesNotThrow(() => world.limiter.take("taskDefinitionDelete", "us-east-1"));
});
