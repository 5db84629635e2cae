/** The API server of the benchmarks. @module */

import assert from "node:assert/strict";
import { FakeKubernetes } from "../../../bench/fakes/kubernetes.ts";
import { type Args, list, record, uuid } from "../../../bench/fakes/shared.ts";

const JOBS = "http://127.0.0.1/apis/batch/v1/namespaces/default/jobs";
const PODS = "http://127.0.0.1/api/v1/namespaces/default/pods";
const RUN = uuid(1, 7);

function jobNamed(name: string, run = RUN): Args {
  const labels = { "prefect.io/identifier": name, "prefect.io/flow_run_id": run };
  const pod = { metadata: { labels }, spec: { containers: [{ name: "flow", image: "example.com/x:1" }] } };
  return { apiVersion: "batch/v1", kind: "Job", metadata: { name, labels }, spec: { template: pod } };
}

/** A cluster without latency, and what its flows reported. */
function cluster(endsAfterMs: number | null = 0) {
  const reported: string[] = [];
  const kube = new FakeKubernetes({ kubernetes: { callMs: 0, startsAfterMs: 0, endsAfterMs } }, {
    begin: (run) => reported.push(`begin ${run}`),
    end: (run) => reported.push(`end ${run}`),
  });
  const call = async (method: string, url: string, body?: Args) => {
    const text = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await kube.answer(new Request(url, { method, ...text }));
    return { status: answer.status, body: record(await answer.json()) };
  };
  return { kube, call, reported };
}

/** Lines of a watch up to the first that fits; then it is ended. */
async function linesUntil(
  kube: FakeKubernetes,
  url: string,
  fits: (line: Args) => boolean,
): Promise<readonly Args[]> {
  const { body } = await kube.answer(new Request(url));
  assert.ok(body);
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  const lines: Args[] = [];
  for (let text = ""; !lines.some(fits);) {
    const { value, done } = await reader.read();
    if (done) break;
    const parts = (text + value).split("\n");
    text = parts.pop() ?? "";
    lines.push(...parts.map((line) => record(JSON.parse(line))));
  }
  await reader.cancel();
  return lines;
}

const hasEnded = ({ object }: Args): boolean =>
  list(record(record(object).status).conditions ?? []).some((one) => record(one).type === "Complete");

Deno.test("fake Kubernetes: given a Job, when it is created, then it runs, reports and ends, and a watch tells each change", async () => {
  const { kube, call, reported } = cluster();

  const created = await call("POST", JOBS, jobNamed("job-1"));
  const lines = await linesUntil(kube, `${JOBS}?watch=true&resourceVersion=100`, hasEnded);

  assert.equal(created.status, 201);
  assert.deepEqual(lines.map(({ type }) => type), ["ADDED", "MODIFIED", "MODIFIED", "MODIFIED"]);
  assert.deepEqual(reported, [`begin ${RUN}`, `end ${RUN}`]);
});

Deno.test("fake Kubernetes: given a Job whose name is taken, when it is created again, then it is refused and counts once", async () => {
  const { kube, call } = cluster(null);
  await call("POST", JOBS, jobNamed("job-1"));

  const again = await call("POST", JOBS, jobNamed("job-1"));

  assert.equal(again.status, 409);
  const { launched, twice, acceptedMs } = kube.stats();
  assert.deepEqual([launched, twice, acceptedMs.length], [1, 0, 1]);
  await linesUntil(kube, `${PODS}?watch=true&resourceVersion=100`, isRunning);
});

Deno.test("fake Kubernetes: given a run with Jobs of two names, when both are created, then the run counts as launched twice", async () => {
  const { kube, call } = cluster(null);
  await call("POST", JOBS, jobNamed("job-1"));
  await call("POST", JOBS, jobNamed("job-2"));

  const { launched, twice } = kube.stats();
  assert.deepEqual([launched, twice], [1, 1]);
  await linesUntil(
    kube,
    `${PODS}?watch=true&resourceVersion=100`,
    ({ object }) => record(record(object).metadata).name === "job-2-pod" && isRunning({ object }),
  );
});

const isRunning = ({ object }: Args): boolean => record(record(object).status).phase === "Running";

Deno.test("fake Kubernetes: given a Job that has ended, when it is deleted, then pod and Job are gone and both watches say so", async () => {
  const { kube, call } = cluster();
  await call("POST", JOBS, jobNamed("job-1"));
  await linesUntil(kube, `${JOBS}?watch=true&resourceVersion=100`, hasEnded);

  const answer = await call("DELETE", `${JOBS}/job-1`);

  const isGone = ({ type }: Args): boolean => type === "DELETED";
  const jobs = await linesUntil(kube, `${JOBS}?watch=true&resourceVersion=100`, isGone);
  const pods = await linesUntil(kube, `${PODS}?watch=true&resourceVersion=100`, isGone);
  assert.equal(answer.status, 200);
  assert.ok(jobs.some(isGone) && pods.some(isGone));
  assert.equal((await call("GET", `${JOBS}/job-1`)).status, 404);
  assert.equal((await call("DELETE", `${JOBS}/job-1`)).status, 404);
  assert.equal(kube.stats().deleted, 1);
});

Deno.test("fake Kubernetes: given Jobs, when they are listed by label and page, then each is there once, and calls are counted by kind", async () => {
  const { kube, call } = cluster(null);
  for (const at of [1, 2, 3]) await call("POST", JOBS, jobNamed(`job-${at}`, uuid(1, at)));
  const query = "labelSelector=prefect.io%2Fidentifier&limit=2";

  const first = await call("GET", `${JOBS}?${query}`);
  const second = await call("GET", `${JOBS}?${query}&continue=${record(first.body.metadata).continue}`);
  const ofRun = await call("GET", `${JOBS}?labelSelector=prefect.io%2Fflow_run_id%3D${uuid(1, 2)}`);

  const names = [first, second, ofRun].map(({ body }) =>
    list(body.items).map((one) => record(record(one).metadata).name)
  );
  assert.deepEqual(names, [["job-1", "job-2"], ["job-3"], ["job-2"]]);
  assert.equal(record(second.body.metadata).continue, undefined);
  assert.deepEqual(kube.stats().platformCalls, { "create jobs": 3, "list jobs": 3 });
  await linesUntil(
    kube,
    `${PODS}?watch=true&resourceVersion=100`,
    ({ object }) => record(record(object).metadata).name === "job-3-pod" && isRunning({ object }),
  );
});
