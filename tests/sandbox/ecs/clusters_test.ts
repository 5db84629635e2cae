import assert from "node:assert/strict";
import { at, localAccount, runOne, textAt } from "../support/local_account.ts";

const arnOf = (name: string) => `arn:aws:ecs:eu-west-1:123456789012:cluster/${name}`;

Deno.test("clusters: given a new account, then there is the cluster default", () => {
  const account = localAccount();

  assert.deepEqual(account.ask("ListClusters")["clusterArns"], [arnOf("default")]);
  assert.equal(textAt(account.ask("DescribeClusters"), "clusters", 0, "status"), "ACTIVE");
});

Deno.test("clusters: given one is made twice, then it is the same", () => {
  const account = localAccount();
  account.ask("CreateCluster", { clusterName: "work", tags: [{ key: "a", value: "1" }] });

  const again = account.ask("CreateCluster", { clusterName: "work" });

  assert.deepEqual(at(again, "cluster", "tags"), [{ key: "a", value: "1" }]);
  assert.deepEqual(account.ask("ListClusters")["clusterArns"], [arnOf("work"), arnOf("default")]);
});

Deno.test("clusters: given names and ARNs, when described, then unknown ones are failures", () => {
  const account = localAccount();
  account.ask("CreateCluster", { clusterName: "work" });
  runOne(account, { cluster: "work" });

  const answer = account.ask("DescribeClusters", { clusters: [arnOf("work"), "nope"] });

  assert.equal(textAt(answer, "clusters", 0, "clusterName"), "work");
  assert.equal(at(answer, "clusters", 0, "pendingTasksCount"), 1);
  assert.deepEqual(answer["failures"], [{ arn: arnOf("nope"), reason: "MISSING" }]);
});

Deno.test("clusters: given a live task, then its cluster cannot be deleted; without, it is gone", async () => {
  const account = localAccount();
  account.ask("CreateCluster", { clusterName: "work" });
  const arn = runOne(account, { cluster: "work" });

  const refused = account.refused("DeleteCluster", { cluster: "work" });
  account.ask("StopTask", { cluster: "work", task: arn });
  await account.clock.advance(1000);
  account.ask("DeleteCluster", { cluster: "work" });

  assert.match(textAt(refused, "message"), /Tasks are active/);
  assert.equal(account.refused("ListTasks", { cluster: "work" })["__type"], "ClusterNotFoundException");
});

for (const operation of ["RunTask", "DescribeTasks", "ListTasks", "StopTask"]) {
  Deno.test(`clusters: given one that does not exist, when ${operation} names it, then it is not found`, () => {
    const input = { cluster: "nope", task: "x", tasks: ["x"], taskDefinition: "x" };

    assert.deepEqual(localAccount().refused(operation, input), {
      __type: "ClusterNotFoundException",
      message: "Cluster not found.",
    });
  });
}
