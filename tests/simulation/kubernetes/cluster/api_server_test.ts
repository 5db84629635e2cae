/** What the simulated API server answers. @module */

import assert from "node:assert/strict";
import { makeKubeClient } from "../../../../actors/kubernetes/requests/client.ts";
import type { HttpAnswer } from "../../../../actors/http/http.ts";
import { unobserved } from "../../../../actors/observability/call_observer.ts";
import { toFailure } from "../../../../schemas/failure/failure.ts";
import { IDENTIFIER_LABEL } from "../../../../schemas/kubernetes/labels.ts";
import {
  answer,
  type KubeAnswer,
  type Pages,
  readRequest,
  refusedNow,
  strangersJob,
} from "../../../../simulation/kubernetes/cluster/api_server.ts";
import { addJob, findJob } from "../../../../simulation/kubernetes/cluster/cluster.ts";
import type { ClusterFaults } from "../../../../simulation/kubernetes/cluster/faults.ts";
import { RUN, sentJob, simulatedCluster } from "../../../support/kubernetes/simulated_cluster.ts";

const SIGNAL = new AbortController().signal;

function httpAnswer({ status, body, retryAfterS }: KubeAnswer): HttpAnswer {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const headers: Record<string, string> = retryAfterS === undefined
    ? {}
    : { "retry-after": String(retryAfterS) };
  return { status, headers, body: new TextEncoder().encode(text) };
}

/** A cluster with the client of production before it. */
function served(faults: Partial<ClusterFaults> = {}) {
  const made = simulatedCluster(faults);
  const pages: Pages = new Map();
  const calls = makeKubeClient({
    clock: { now: made.world.time.now },
    observe: unobserved,
    http: {
      call: ({ method, path, body = "" }) => {
        const asked = readRequest({ method, path, body });
        const by = { agent: "a1#1", sentMs: 0 };
        return Promise.resolve(
          httpAnswer(refusedNow(made.cluster, asked) ?? answer(made.cluster, pages, asked, by)),
        );
      },
      stream: () => Promise.resolve(null),
      close: () => undefined,
    },
  });
  const create = (name: string) => calls.createJob("main", sentJob(name), { isQuiet: false }, SIGNAL);
  const failure = (work: Promise<unknown>) => work.then(() => null, toFailure);
  return { ...made, calls, create, failure };
}

Deno.test("the API server: given a Job, when its name is asked for twice, then the first makes it and the second finds it taken", async () => {
  const { create, cluster, world } = served();

  const first = await create("a");
  assert.equal(first.outcome === "created" && first.job.runId, RUN);
  assert.equal((await create("a")).outcome, "taken");
  assert.equal(cluster.jobs.length, 1);
  assert.deepEqual(world.history.entries.flatMap((one) => one.what === "task" ? [one.token] : []), [
    "token-a",
  ]);
});

Deno.test("the API server: given a Job with another uid than is asked for, when it is deleted, then it stays", async () => {
  const { create, calls, cluster } = served();
  await create("a");

  assert.equal(await calls.deleteJob({ namespace: "main", name: "a" }, "another", SIGNAL), false);
  assert.equal(findJob(cluster, "main", "a")?.deletingMs, null);
  assert.equal(await calls.deleteJob({ namespace: "main", name: "a" }, "uid-job-01", SIGNAL), true);
  assert.notEqual(findJob(cluster, "main", "a")?.deletingMs, null);
  assert.equal(await calls.deleteJob({ namespace: "main", name: "unknown" }, "", SIGNAL), false);
});

Deno.test("the API server: given three Jobs and pages of two, when they are listed, then a token leads to the third, until its version is forgotten", async () => {
  const { create, calls, cluster, failure } = served({ pageSize: 2 });
  for (const name of ["a", "b", "c"]) await create(name);
  const query = { resource: "jobs", namespace: "main", labelSelector: IDENTIFIER_LABEL, limit: 250 } as const;

  const first = await calls.list({ ...query, next: null }, SIGNAL);
  assert.equal(first.items.length, 2);
  const second = await calls.list({ ...query, next: first.next }, SIGNAL);
  assert.deepEqual([second.items.length, second.next, second.version], [1, null, first.version]);
  addJob(cluster, "main", sentJob("d"));
  cluster.table.forget();
  const late = await failure(calls.list({ ...query, next: first.next }, SIGNAL));
  assert.equal(late?.tag === "refused" && late.code, "Expired");
});

const REFUSED: readonly (readonly [string, Partial<ClusterFaults>, string, string])[] = [
  ["a quota that is reached", { quota: 0 }, "refused", "exceeded quota"],
  ["a right that is missing", { denied: ["create jobs"] }, "refused", "create jobs is forbidden"],
  ["a server that is busy", { throttle: [{ fromMs: 0, toMs: 9e6, how: "create jobs" }] }, "throttled", ""],
];
for (const [what, faults, tag, text] of REFUSED) {
  Deno.test(`the API server: given ${what}, when a Job is made, then it is ${tag} and none is there`, async () => {
    const { create, cluster, failure } = served(faults);
    const refused = await failure(create("a"));

    assert.equal(refused?.tag, tag);
    assert.ok(refused?.message.includes(text), refused?.message);
    assert.equal(cluster.jobs.length, 0);
  });
}

Deno.test("the API server: given a name that another program has taken, when a Job is made, then the one that is read is not of the run", async () => {
  const { create, calls } = served({ nameTaken: 1 });

  assert.equal((await create("a")).outcome, "taken");
  assert.equal((await calls.readJob({ namespace: "main", name: "a" }, SIGNAL))?.runId, null);
  assert.equal(await calls.readJob({ namespace: "main", name: "b" }, SIGNAL), null);
});

Deno.test("the API server: given a Job of another program that has ended, when an agent deletes it, then the record says which", async () => {
  const { cluster, calls, world } = served();
  const job = addJob(cluster, "main", strangersJob("theirs", {}));
  job.conditions = [{ type: "Complete", status: "True" }];
  await calls.deleteJob({ namespace: "main", name: "theirs" }, "", SIGNAL);

  const told = world.history.entries.flatMap((one) => one.what === "job" ? [[one.happened, one.task]] : []);
  assert.deepEqual(told, [["removed", job.task]]);
});

Deno.test("the API server: given a path that no agent asks for, when it is asked for, then that is said", () => {
  assert.throws(() => readRequest({ method: "GET", path: "/api/v1/nodes", body: "" }), RangeError);
});
