import assert from "node:assert/strict";
import type { JsonObject } from "../../../../schemas/json/json.ts";
import { readJob } from "../../../../schemas/kubernetes/objects/job.ts";
import { readPod } from "../../../../schemas/kubernetes/objects/pod.ts";
import { readEvidence } from "../../../../schemas/kubernetes/sight/evidence.ts";
import { judge } from "../../../../schemas/kubernetes/sight/judge.ts";
import type { Picture } from "../../../../schemas/kubernetes/sight/picture.ts";
import { containerStatus, ending, podOf } from "../../../support/kubernetes/fake_kube.ts";
import { pythonJob, RUN } from "../../../support/kubernetes/world.ts";

interface Told {
  readonly job?: JsonObject;
  readonly spec?: JsonObject;
  readonly pod?: JsonObject | null;
  readonly isPodGone?: boolean;
  readonly gone?: Picture["gone"];
  readonly isAsked?: boolean;
  readonly pullWaitMs?: number | null;
  readonly endedMs?: number | null;
}

/** A Job with one retry of its own less than none: the first failure is the last. */
function picture(
  { job = {}, spec = {}, pod = null, isPodGone = false, gone = null, isAsked = false, ...times }: Told,
): Picture {
  const base = pythonJob("job", RUN);
  const template = { metadata: {}, spec: { containers: [{ name: "flow" }, { name: "proxy" }] } };
  const whole: JsonObject = { ...base, spec: { backoffLimit: 0, template, ...spec }, ...job };
  const read = readJob(whole);
  const readPodOf = pod === null ? null : readPod(podOf(whole, pod));
  assert.ok(read !== null);
  const { pullWaitMs = null, endedMs = null } = times;
  return {
    job: read,
    gone,
    isAsked,
    pods: readPodOf === null ? [] : [{ pod: readPodOf, isGone: isPodGone, seenMs: 0, pullWaitMs, endedMs }],
    events: [],
    deletedBecause: null,
    heldMs: null,
  };
}

const END = (exitCode: number, more: JsonObject = {}): JsonObject => ({ terminated: { exitCode, ...more } });
const RUNS: JsonObject = { running: {} };
const WAITS = (reason: string): JsonObject => ({ waiting: { reason, message: "why" } });

/** A pod with the states of its containers, in this order. */
function pod(phase: string, states: Readonly<Record<string, JsonObject>>, more: JsonObject = {}): JsonObject {
  return {
    phase,
    containerStatuses: Object.entries(states).map(([name, state]) => containerStatus(name, state)),
    ...more,
  };
}

const ROWS: readonly (readonly [string, Told, string])[] = [
  ["without a pod", {}, "pending Pending"],
  ["that is suspended", { spec: { suspend: true } }, "pending Suspended"],
  [
    "with a suspended condition",
    { job: { status: { conditions: [{ type: "Suspended", status: "True" }] } } },
    "pending Suspended",
  ],
  ["with a pending pod", { pod: pod("Pending", {}) }, "pending Pending"],
  ["with a running flow", { pod: pod("Running", { flow: RUNS }) }, "running Running"],
  ["with a flow that waits for its secret", {
    pod: pod("Pending", { flow: WAITS("CreateContainerConfigError") }),
  }, "pending CreateContainerConfigError"],
  [
    "with a crash loop",
    { pod: pod("Running", { flow: WAITS("CrashLoopBackOff") }) },
    "pending CrashLoopBackOff",
  ],
  [
    "with a first failed pull",
    { pod: pod("Pending", { flow: WAITS("ErrImagePull") }) },
    "pending ErrImagePull",
  ],
  ["with an image that waits for a pull for 9 s", {
    pod: pod("Pending", { flow: WAITS("ImagePullBackOff") }),
    pullWaitMs: 1000,
  }, "pending ImagePullBackOff"],
  ["with an image that waits for a pull for 10 s", {
    pod: pod("Pending", { flow: WAITS("ImagePullBackOff") }),
    pullWaitMs: 0,
  }, "stopped badImage configuration neverRan"],
  ["with a side image that waits for a pull for 10 s", {
    pod: pod("Pending", { flow: WAITS("ContainerCreating"), proxy: WAITS("ImagePullBackOff") }),
    pullWaitMs: 0,
  }, "stopped badImage configuration neverRan"],
  [
    "with an invalid image",
    { pod: pod("Pending", { flow: WAITS("InvalidImageName") }) },
    "stopped badImage configuration neverRan",
  ],
  [
    "with an image that is never pulled",
    { pod: pod("Pending", { flow: WAITS("ErrImageNeverPull") }) },
    "stopped badImage configuration neverRan",
  ],
  ["with a flow that ended well", { pod: pod("Succeeded", { flow: END(0) }) }, "stopped done exited"],
  [
    "with a flow that ended well beside a proxy",
    { pod: pod("Running", { flow: END(0), proxy: RUNS }) },
    "stopped done exited",
  ],
  [
    "with a flow that ended well behind a proxy",
    { pod: pod("Running", { proxy: RUNS, flow: END(0) }) },
    "stopped done exited",
  ],
  [
    "with a flow that failed beside a proxy",
    { pod: pod("Running", { flow: END(3), proxy: RUNS }) },
    "stopped failed exited",
  ],
  [
    "with a flow that failed behind a proxy",
    { pod: pod("Running", { proxy: RUNS, flow: END(3) }) },
    "stopped failed exited",
  ],
  [
    "with a proxy that ended first",
    { pod: pod("Running", { flow: RUNS, proxy: END(1) }) },
    "running Running",
  ],
  ["with a flow that was killed for memory", {
    pod: pod("Failed", { flow: END(137, { reason: "OOMKilled" }) }),
  }, "stopped outOfMemory outOfMemory"],
  ["with a flow that could not be begun", {
    pod: pod("Failed", { flow: END(128, { reason: "StartError" }) }),
  }, "stopped notStartable configuration"],
  [
    "with an evicted pod",
    { pod: { phase: "Failed", reason: "Evicted" } },
    "stopped evicted infrastructure neverRan",
  ],
  ["with a disrupted pod", {
    pod: pod("Failed", { flow: END(143) }, {
      conditions: [{ type: "DisruptionTarget", status: "True", reason: "PreemptionByScheduler" }],
    }),
  }, "stopped evicted infrastructure"],
  [
    "that may retry, with a failed pod",
    { spec: { backoffLimit: 3 }, pod: pod("Failed", { flow: END(1) }) },
    "pending Retrying",
  ],
  ["that may retry, with a flow that failed beside a proxy just now", {
    spec: { backoffLimit: 3 },
    pod: pod("Running", { flow: END(1), proxy: RUNS }),
    endedMs: 9000,
  }, "running Running"],
  ["that may retry, with a flow that failed beside a proxy 10 s ago", {
    spec: { backoffLimit: 3 },
    pod: pod("Running", { flow: END(1), proxy: RUNS }),
    endedMs: 0,
  }, "stopped failed exited"],
  ["with rules for failed pods, and a failed pod", {
    spec: { podFailurePolicy: { rules: [{ action: "Ignore" }] } },
    pod: pod("Failed", { flow: END(1) }),
  }, "pending Retrying"],
  ["that is complete", { job: { status: ending("Complete") } }, "stopped done exited"],
  [
    "that failed at its deadline",
    { job: { status: ending("Failed", "DeadlineExceeded") } },
    "stopped jobFailed exited neverRan",
  ],
  ["that failed, with its pod gone while it ran", {
    job: { status: ending("Failed") },
    pod: pod("Running", { flow: RUNS }),
    isPodGone: true,
  }, "stopped podGone vanished"],
  ["that is being deleted", {
    job: { metadata: { name: "job", deletionTimestamp: "2023-01-02T03:04:05Z" } },
    pod: pod("Running", { flow: RUNS }),
  }, "stopping Terminating"],
  [
    "that is being deleted, with a flow that ended by it",
    {
      job: { metadata: { name: "job", deletionTimestamp: "2023-01-02T03:04:05Z" } },
      pod: pod("Failed", { flow: END(143) }),
    },
    "stopped deleted stoppedByUser",
  ],
  [
    "that this agent is deleting, with a flow that ended by it",
    { isAsked: true, pod: pod("Failed", { flow: END(143) }) },
    "stopping Terminating",
  ],
  [
    "that somebody deleted while it ran",
    {
      gone: "unasked",
      pod: pod("Running", { flow: RUNS }),
      isPodGone: true,
    },
    "stopped deleted stoppedByUser",
  ],
  ["that was deleted after it had failed", {
    gone: "unasked",
    pod: pod("Failed", { flow: END(3) }),
    isPodGone: true,
  }, "stopped failed exited"],
  ["that was deleted after it had succeeded", {
    gone: "unasked",
    pod: pod("Succeeded", { flow: END(0) }),
    isPodGone: true,
  }, "stopped done exited"],
  [
    "that this agent deleted",
    { gone: "asked", pod: pod("Running", { flow: RUNS }), isPodGone: true },
    "stopped deletedByAgent stoppedByUser",
  ],
];

/** What a Job means 10 s after it was first seen. */
function meaningOf(told: Told): string {
  const { seen } = judge(picture(told), 10_000);
  if (seen.phase !== "stopped") return `${seen.phase} ${seen.status}`;
  const { cause } = readEvidence(seen.evidence) ?? { cause: "nothing" };
  assert.equal(seen.failed, cause !== "done");
  assert.equal(seen.endedByItself, cause !== "deletedByAgent");
  return `${seen.phase} ${cause} ${seen.class}${seen.neverRan ? " neverRan" : ""}`;
}

for (const [what, told, expected] of ROWS) {
  Deno.test(`judge: given a Job ${what}, when it is judged, then it is ${expected}`, () => {
    assert.equal(meaningOf(told), expected);
  });
}

Deno.test("judge: given a container that restarts in place, when it has failed, then the Job goes on", () => {
  const template = { spec: { restartPolicy: "OnFailure", containers: [{ name: "flow" }] } };
  const told: Told = { spec: { template }, pod: pod("Running", { flow: END(1) }) };

  assert.equal(meaningOf(told), "running Running");
});

Deno.test("judge: given evidence that was kept as JSON, when it is read back, then nothing is lost", () => {
  const { seen } = judge(
    picture({ pod: pod("Failed", { flow: END(143, { signal: 15, reason: "Error", message: "m" }) }) }),
    0,
  );
  assert.ok(seen.phase === "stopped");
  const kept = JSON.parse(JSON.stringify(seen.evidence));

  assert.deepEqual(readEvidence(kept), seen.evidence);
});
