import assert from "node:assert/strict";
import { makeJobStore } from "../../../../actors/kubernetes/watching/store.ts";
import type { JsonObject } from "../../../../schemas/json/json.ts";
import { type Job, readJob } from "../../../../schemas/kubernetes/objects/job.ts";
import { readEvent } from "../../../../schemas/kubernetes/objects/event.ts";
import { type Pod, readPod } from "../../../../schemas/kubernetes/objects/pod.ts";
import { fakeClock } from "../../../support/clock.ts";
import { containerStatus, podOf } from "../../../support/kubernetes/fake_kube.ts";
import { pythonJob, RUN } from "../../../support/kubernetes/world.ts";

function job(name: string, uid = `uid-${name}`): Job {
  const { metadata, ...others } = pythonJob(name, RUN);
  const read = readJob({ ...others, metadata: { ...(typeof metadata === "object" ? metadata : {}), uid } });
  assert.ok(read !== null);
  return read;
}

function pod(status: JsonObject, name = "job-pod"): Pod {
  const read = readPod(
    podOf(pythonJob("job", RUN), status, { name, ownerReferences: [{ kind: "Job", name: "job" }] }),
  );
  assert.ok(read !== null);
  return read;
}

function store() {
  const clock = fakeClock();
  const changed: string[] = [];
  return { clock, changed, store: makeJobStore(clock, (name) => changed.push(name)) };
}

Deno.test("store: given a list without a Job, when it is taken in, then the Job is gone with its last state", () => {
  const { store: jobs, clock } = store();
  jobs.putJob(job("a"));
  jobs.replaceJobs([job("b")], clock.now() + 1);

  assert.equal(jobs.picture("a")?.gone, "unasked");
  assert.equal(jobs.picture("b")?.gone, null);
});

Deno.test("store: given a Job that was made while a list was under way, when the list is taken in, then the Job is there", async () => {
  const { store: jobs, clock } = store();
  const beganMs = clock.now();
  await clock.advance(10);
  jobs.addJob(job("a"));
  jobs.replaceJobs([], beganMs);

  assert.equal(jobs.picture("a")?.gone, null);
});

Deno.test("store: given a Job that this agent deletes, when it is gone, then that was asked for; a failed deletion does not count", () => {
  const { store: jobs } = store();
  for (const name of ["a", "b"]) jobs.putJob(job(name));
  jobs.asked("a", null);
  jobs.asked("b", null);
  jobs.notAsked("b");
  jobs.dropJob(job("a"));
  jobs.dropJob(job("b"));

  assert.deepEqual([jobs.picture("a")?.gone, jobs.picture("b")?.gone], ["asked", "unasked"]);
});

Deno.test("store: given another Job of the same name, when the old one's end is told late, then the new one stays", () => {
  const { store: jobs } = store();
  jobs.putJob(job("a", "old"));
  jobs.putJob(job("a", "new"));
  jobs.dropJob(job("a", "old"));

  assert.deepEqual([jobs.picture("a")?.job.uid, jobs.picture("a")?.gone], ["new", null]);
});

Deno.test("store: given an answer to a creation that comes after the watch, when it is taken in, then the newer state stays", () => {
  const { store: jobs } = store();
  jobs.putJob({ ...job("a"), failed: 1 });
  jobs.addJob(job("a"));

  assert.equal(jobs.picture("a")?.job.failed, 1);
});

Deno.test("store: given an event that comes before its Job and pod, when those come, then it is known", () => {
  const { store: jobs } = store();
  const event = readEvent({
    metadata: { name: "e" },
    involvedObject: { kind: "Pod", name: "job-xk2p9" },
    reason: "FailedScheduling",
    message: "no room",
  });
  assert.ok(event !== null);
  jobs.putEvent(event);
  jobs.putJob(job("job"));

  assert.deepEqual(jobs.picture("job")?.events.map(({ reason }) => reason), ["FailedScheduling"]);
});

Deno.test("store: given a pull in between, when the kubelet waits again, then the wait is counted from then on", async () => {
  const { store: jobs, clock } = store();
  const waits = (reason: string) =>
    pod({ phase: "Pending", containerStatuses: [containerStatus("flow", { waiting: { reason } })] });
  jobs.putJob(job("job"));
  jobs.putPod(waits("ImagePullBackOff"));
  await clock.advance(8000);
  jobs.putPod(waits("ErrImagePull"));
  await clock.advance(1000);
  jobs.putPod(waits("ImagePullBackOff"));

  assert.equal(jobs.picture("job")?.pods[0]?.pullWaitMs, clock.now());
});

Deno.test("store: given a pod that is gone, when it is asked for, then its last state is there", () => {
  const { store: jobs, clock } = store();
  jobs.putJob(job("job"));
  jobs.putPod(pod({ phase: "Failed", reason: "Evicted" }));
  jobs.replacePods([], clock.now() + 1);

  const [first] = jobs.picture("job")?.pods ?? [];
  assert.deepEqual([first?.isGone, first?.pod.reason], [true, "Evicted"]);
});

Deno.test("store: given Jobs that are long gone, when others go, then they are forgotten, also for their run", async () => {
  const { store: jobs, clock, changed } = store();
  jobs.putJob(job("a"));
  jobs.dropJob(job("a"));
  await clock.advance(700_000);
  jobs.putJob(job("b"));
  jobs.dropJob(job("b"));

  assert.equal(jobs.picture("a"), null);
  assert.deepEqual(jobs.ofRun(RUN), ["b"]);
  assert.equal(changed.at(-1), "a");
});
