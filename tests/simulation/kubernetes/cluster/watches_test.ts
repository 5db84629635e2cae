/** What watches of the simulated cluster tell, and how they end. @module */

import assert from "node:assert/strict";
import { readRequest } from "../../../../simulation/kubernetes/cluster/api_server.ts";
import { addJob, deleteJob, showJob } from "../../../../simulation/kubernetes/cluster/cluster.ts";
import type { ClusterFaults } from "../../../../simulation/kubernetes/cluster/faults.ts";
import { makeWatches } from "../../../../simulation/kubernetes/cluster/watches.ts";
import { sentJob, simulatedCluster } from "../../../support/kubernetes/simulated_cluster.ts";

/** A cluster with one watch on its Jobs. @param from version, null: the present one */
function watched(faults: Partial<ClusterFaults> = {}, from: number | null = null) {
  const made = simulatedCluster(faults);
  const watches = makeWatches(made.cluster);
  const told: string[] = [];
  const open = (version = from ?? made.cluster.table.version) => {
    const query = `watch=true&resourceVersion=${version}&timeoutSeconds=300`;
    const path = `/apis/batch/v1/namespaces/main/jobs?${query}`;
    const opened = watches.open(readRequest({ method: "GET", path, body: "" }));
    if ("status" in opened) return void told.push(`HTTP ${opened.status}`);
    opened.tellTo({
      line: (text) => {
        const { type, object } = JSON.parse(text);
        told.push(type === "ERROR" ? `ERROR ${object.code}` : `${type} ${object.metadata.name ?? ""}`.trim());
      },
      end: (how) => void told.push(how),
    });
    return opened;
  };
  return { ...made, open, told };
}

Deno.test("a watch: given changes before and after it is opened, when time passes, then all after its version are told in order", async () => {
  const { cluster, open, told, pass } = watched();
  const from = cluster.table.version;
  const job = addJob(cluster, "main", sentJob("a"));
  addJob(cluster, "other", sentJob("elsewhere"));
  open(from);
  showJob(cluster, job);
  deleteJob(cluster, job, "Background");
  await pass(1000);

  assert.deepEqual(told, ["ADDED a", "MODIFIED a", "DELETED a"]);
});

Deno.test("a watch: given nothing new, when a minute passes, then a bookmark is told, and after its time the watch ends", async () => {
  const { open, told, pass } = watched();
  open();
  await pass(61_000);
  assert.deepEqual(told, ["BOOKMARK"]);
  await pass(300_000);

  assert.equal(told.at(-1), "end");
});

Deno.test("a watch: given a version that is forgotten, when it is opened, then the answer is 410, before the stream or as its first line", async () => {
  const { cluster, open, told, pass } = watched();
  const from = cluster.table.version;
  addJob(cluster, "main", sentJob("a"));
  cluster.table.forget();
  for (let at = 0; at < 8; at++) open(from);
  await pass(100);

  assert.deepEqual(new Set(told), new Set(["HTTP 410", "ERROR 410", "end"]));
});

for (
  const [how, expected] of [
    ["end", ["end"]],
    ["reset", ["reset"]],
    ["error", ["ERROR 500", "end"]],
    ["silent", []],
  ] as const
) {
  Deno.test(`a watch: given a cut that is ${how}, when something happens after it, then only this is told: ${expected.join()}`, async () => {
    const { cluster, open, told, pass } = watched({ cuts: [{ atMs: 1000, how }] });
    open();
    await pass(1500);
    addJob(cluster, "main", sentJob("a"));
    await pass(120_000);

    assert.deepEqual(told, expected);
  });
}

Deno.test("a watch: given a server that is behind, when two changes happen, then they come late and in order", async () => {
  const { cluster, open, told, pass } = watched({ lagMs: 3000 });
  open();
  for (const name of ["a", "b", "c", "d"]) addJob(cluster, "main", sentJob(name));
  await pass(20);
  const early = told.length;
  await pass(15_000);

  assert.ok(early < 4);
  assert.deepEqual(told, ["ADDED a", "ADDED b", "ADDED c", "ADDED d"]);
});

Deno.test("a watch: given one that is closed, when something happens, then nothing is told", async () => {
  const { cluster, open, told, pass } = watched();
  open()?.close();
  addJob(cluster, "main", sentJob("a"));
  await pass(1000);

  assert.deepEqual(told, []);
});
