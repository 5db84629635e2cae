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
  jobs.putJob({ ...job("a"), isSuspended: true });
  jobs.addJob(job("a"));

  assert.equal(jobs.picture("a")?.job.isSuspended, true);
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

function pulling(at: string | null, name = "pull") {
  const event = readEvent({
    metadata: { name },
    involvedObject: { kind: "Pod", name: "job-pod" },
    reason: "Pulling",
    ...(at === null ? {} : { lastTimestamp: at }),
  });
  assert.ok(event !== null);
  return event;
}

const BACK_OFF = pod({
  phase: "Pending",
  containerStatuses: [containerStatus("flow", { waiting: { reason: "ImagePullBackOff" } })],
});

for (const at of ["2023-01-02T03:04:05Z", null]) {
  Deno.test(`store: given an event of a pull ${at === null ? "without a moment" : "of a moment"}, when lists tell it again, then the wait goes on`, async () => {
    const { store: jobs, clock } = store();
    jobs.putJob(job("job"));
    jobs.putPod(BACK_OFF);
    jobs.putEvent(pulling(at));
    const sinceMs = clock.now();
    for (let n = 0; n < 5; n++) {
      await clock.advance(3000);
      jobs.replacePods([BACK_OFF], clock.now());
      jobs.putEvent(pulling(at));
    }

    assert.equal(jobs.picture("job")?.pods[0]?.pullWaitMs, sinceMs);
  });
}

Deno.test("store: given more events of a Job than are kept, when all are listed again, then an old pull does not count anew", async () => {
  const { store: jobs, clock } = store();
  jobs.putJob(job("job"));
  jobs.putPod(BACK_OFF);
  const sinceMs = clock.now();
  const tell = () => {
    jobs.putEvent(pulling("2023-01-02T03:04:05Z"));
    for (let n = 0; n < 100; n++) jobs.putEvent({ ...pulling(null, `other-${n}`), reason: "BackOff" });
  };
  tell();
  await clock.advance(8000);
  tell();

  assert.equal(jobs.picture("job")?.pods[0]?.pullWaitMs, sinceMs);
});

Deno.test("store: given a later pull under the same name, when it is told, then the wait begins anew", async () => {
  const { store: jobs, clock } = store();
  jobs.putEvent(pulling("2023-01-02T03:04:05Z"));
  jobs.putJob(job("job"));
  jobs.putPod(BACK_OFF);
  await clock.advance(5000);
  jobs.putEvent(pulling("2023-01-02T03:04:05Z"));
  const before = jobs.picture("job")?.pods[0]?.pullWaitMs;
  jobs.putEvent(pulling("2023-01-02T03:04:25Z"));

  assert.equal(before, clock.now() - 5000);
  assert.equal(jobs.picture("job")?.pods[0]?.pullWaitMs, clock.now());
});

Deno.test("store: given a list of one run, when it is taken in, then what it does not name of that run is gone, and of no other", () => {
  const { store: jobs, clock } = store();
  for (const name of ["a", "b"]) jobs.putJob(job(name));
  jobs.putJob({ ...job("other"), runId: "another run" });
  jobs.putPod({ ...pod({ phase: "Running" }), job: "a" });
  jobs.replaceJobs([job("b")], clock.now() + 1, RUN);
  jobs.replacePods([], clock.now() + 1, RUN);

  assert.deepEqual(["a", "b", "other"].map((name) => jobs.picture(name)?.gone), ["unasked", null, null]);
  assert.equal(jobs.picture("a")?.pods[0]?.isGone, true);
});

Deno.test("store: given a Job that is suspended and resumed later, when it is asked for, then it was held until that moment, also after more changes", async () => {
  const { store: jobs, clock } = store();
  jobs.putJob(job("a"));
  const before = jobs.picture("a")?.heldMs;
  jobs.putJob({ ...job("a"), isSuspended: true });
  await clock.advance(60_000);
  jobs.putJob(job("a"));
  const resumedMs = clock.now();
  await clock.advance(60_000);
  jobs.putJob(job("a"));

  assert.deepEqual([before, jobs.picture("a")?.heldMs], [null, resumedMs]);
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
