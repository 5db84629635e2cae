/** What the controllers of a simulated cluster make of Jobs and pods. @module */

import assert from "node:assert/strict";
import { addJob, deleteJob, deletePod, notice } from "../../../../simulation/kubernetes/cluster/cluster.ts";
import type { ClusterFaults } from "../../../../simulation/kubernetes/cluster/faults.ts";
import type { JsonObject } from "../../../../schemas/json/json.ts";
import { RUN, sentJob, simulatedCluster } from "../../../support/kubernetes/simulated_cluster.ts";

const MINUTE = 60_000;

interface Life {
  readonly faults?: Partial<ClusterFaults>;
  readonly exits?: readonly (number | null)[];
  readonly spec?: JsonObject;
  readonly restartPolicy?: string;
  readonly passMs?: number;
}

/** A Job from its making on. */
async function live({ faults = {}, exits = [0], spec = {}, restartPolicy = "Never", passMs = MINUTE }: Life) {
  const made = simulatedCluster(faults, exits);
  const job = addJob(made.cluster, "main", sentJob("a", spec, restartPolicy));
  notice(made.cluster, job);
  await made.pass(passMs);
  return { ...made, job };
}

Deno.test("a Job: given a container that ends with 0, when time passes, then it is Complete after one execution", async () => {
  const { job, began, told } = await live({});

  assert.deepEqual(began, [RUN]);
  assert.deepEqual(job.conditions.map(({ type }) => type), ["Complete"]);
  assert.deepEqual(told(), ["PENDING", "RUNNING", "STOPPED", "done"]);
});

Deno.test("a Job: given a container that fails, when nothing may be tried again, then it has Failed after one execution", async () => {
  const { job, began, told } = await live({ exits: [3] });

  assert.deepEqual(began, [RUN]);
  assert.deepEqual(job.conditions.map(({ type }) => type), ["Failed"]);
  assert.deepEqual(job.pods.map(({ phase, state }) => [phase, state]), [
    ["Failed", { terminated: { exitCode: 3, reason: "Error" } }],
  ]);
  assert.equal(told().at(-1), "failed");
});

Deno.test("a Job: given two tries, when the first pod fails, then another follows and the Job is Complete", async () => {
  const { job, began } = await live({ exits: [1, 0], spec: { backoffLimit: 1 }, passMs: 3 * MINUTE });

  assert.equal(began.length, 2);
  assert.deepEqual(job.pods.map(({ phase }) => phase), ["Failed", "Succeeded"]);
  assert.deepEqual(job.conditions.map(({ type }) => type), ["Complete"]);
});

Deno.test("a Job: given restarts in place, when the container fails once, then the same pod runs it again", async () => {
  const spec = { backoffLimit: 2 };
  const { job, began } = await live({ exits: [1, 0], spec, restartPolicy: "OnFailure", passMs: 3 * MINUTE });

  assert.equal(began.length, 2);
  assert.deepEqual(job.pods.map(({ phase, restarts }) => [phase, restarts]), [["Succeeded", 1]]);
});

Deno.test("a Job: given a pod that goes on, when the Job is deleted in the foreground, then it stays until its pod has gone", async () => {
  const { job, cluster, pass, told } = await live({ exits: [null] });
  deleteJob(cluster, job, "Foreground");
  const isThere = !job.isGone;
  await pass(MINUTE);

  assert.deepEqual([isThere, job.isGone, job.pods.map(({ isGone }) => isGone)], [true, true, [true]]);
  assert.deepEqual(told().slice(-3), ["RUNNING stopping", "STOPPED stopping", "gone"]);
});

Deno.test("a Job: given a pod that goes on, when the Job is deleted in the background, then it is gone before its pod", async () => {
  const { job, cluster, pass, told } = await live({ exits: [null] });
  deleteJob(cluster, job, "Background");
  await pass(MINUTE);

  assert.deepEqual(told().slice(-3), ["gone", "RUNNING stopping", "STOPPED stopping"]);
});

for (const [replacesDeleted, pods, end] of [[false, 1, ["Failed"]], [true, 2, ["Complete"]]] as const) {
  Deno.test(`a Job: given a cluster that ${replacesDeleted ? "replaces" : "counts"} deleted pods, when somebody deletes its pod, then it has ${pods} and ends as ${end}`, async () => {
    const { job, cluster, pass } = await live({ faults: { replacesDeleted }, exits: [null, 0] });
    const [pod] = job.pods;
    assert.ok(pod !== undefined);
    deletePod(cluster, pod);
    await pass(3 * MINUTE);

    assert.equal(job.pods.length, pods);
    assert.deepEqual(job.conditions.map(({ type }) => type), end);
  });
}

Deno.test("a pod: given no room, when the scheduler says so, then its condition and an event tell it, and it runs later", async () => {
  const { job, cluster, began, told, pass } = await live({ faults: { unschedulable: 1 }, passMs: 2000 });
  await pass(20 * MINUTE);
  const events = cluster.table.all({ kind: "events", namespace: "main", label: null });

  assert.equal(began.length, 1);
  assert.ok(
    events.some(({ reason, lastTimestamp }) => reason === "FailedScheduling" && lastTimestamp === undefined),
  );
  assert.deepEqual(told().filter((one) => one.includes("trouble")), ["trouble", "no trouble"]);
  assert.equal(job.pods[0]?.phase, "Succeeded");
});

Deno.test("a pod: given images that cannot be pulled, when time passes, then it waits and tells why, and a hopeless one never runs", async () => {
  const reasons = new Set<unknown>();
  let hopeless = 0;
  for (let at = 0; at < 8; at++) {
    const made = simulatedCluster({ badImage: 1 });
    for (let skip = 0; skip < at; skip++) made.world.dice.random();
    const job = addJob(made.cluster, "main", sentJob("a"));
    notice(made.cluster, job);
    made.cluster.table.onChange(({ object: { status } }) => {
      for (const one of Object(status).containerStatuses ?? []) reasons.add(one.state.waiting?.reason);
    });
    await made.pass(2 * MINUTE);
    if (made.began.length > 0) continue;
    hopeless++;
    assert.equal(made.told().at(-1), "STOPPED");
  }

  assert.ok(hopeless > 0 && hopeless < 8, `${hopeless} of 8 are hopeless`);
  for (const reason of ["ErrImagePull", "ImagePullBackOff", "InvalidImageName"]) {
    assert.ok(reasons.has(reason));
  }
});

for (const kind of ["evict", "deletePod", "nodeLost"] as const) {
  Deno.test(`a pod: given ${kind}, when it strikes, then nothing of the pod lives, and the Job has Failed in the end`, async () => {
    const { job, told } = await live({ faults: { [kind]: 1 }, exits: [null], passMs: 15 * MINUTE });

    assert.deepEqual(job.conditions.map(({ type }) => type), ["Failed"]);
    assert.ok(told().some((one) => one.startsWith("STOPPED")));
    assert.ok(job.pods.every(({ isDead, phase }) => isDead || phase === "Failed"));
  });
}
