import assert from "node:assert/strict";
import { bucketOf, DOCUMENTED_BUCKETS } from "../../sandbox/ecs_limits.ts";
import { DEFINITION, localAccount, RUN, textAt } from "./support/local_account.ts";

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

Deno.test("limits: given two regions, then each has buckets of its own", () => {
  const { world } = localAccount({ limits: "documented" });
  for (let count = 0; count < 5; count += 1) world.limiter.take("taskDefinitionDelete", "eu-west-1");

  assert.throws(() => world.limiter.take("taskDefinitionDelete", "eu-west-1"), {
    code: "ThrottlingException",
  });
  assert.doesNotThrow(() => world.limiter.take("taskDefinitionDelete", "us-east-1"));
});
