import assert from "node:assert/strict";
import type { JsonObject } from "../../../../schemas/json/json.ts";
import { readEvent } from "../../../../schemas/kubernetes/objects/event.ts";
import { readJob } from "../../../../schemas/kubernetes/objects/job.ts";
import { readPod } from "../../../../schemas/kubernetes/objects/pod.ts";
import { lastNotesOf, lastReason, notesOf } from "../../../../schemas/kubernetes/sight/notes.ts";
import type { Picture } from "../../../../schemas/kubernetes/sight/picture.ts";
import { containerStatus, podOf } from "../../../support/kubernetes/fake_kube.ts";
import { pythonJob, RUN } from "../../../support/kubernetes/world.ts";

const JOB = pythonJob("job", RUN);
const PLACE = { namespace: "flows" };
const NOW = 100_000;

function event(reason: string, message: string, more: JsonObject = {}): JsonObject {
  return {
    metadata: { name: `${reason}-${message.length}` },
    involvedObject: { kind: "Pod", name: "job-pod" },
    reason,
    message,
    type: "Warning",
    eventTime: "2023-01-02T03:04:05.000000Z",
    ...more,
  };
}

interface Told {
  readonly job?: JsonObject;
  readonly pods?: readonly {
    readonly status: JsonObject;
    readonly name?: string;
    readonly isGone?: boolean;
  }[];
  readonly events?: readonly JsonObject[];
  readonly seenMs?: number;
}

function picture({ job = {}, pods = [], events = [], seenMs = 0 }: Told): Picture {
  const whole = { ...JOB, ...job };
  const read = readJob(whole);
  assert.ok(read !== null);
  return {
    job: read,
    gone: null,
    isAsked: false,
    heldMs: null,
    pods: pods.flatMap(({ status, name = "job-pod", isGone = false }) => {
      const pod = readPod(podOf(whole, status, { name, ownerReferences: [{ kind: "Job", name: "job" }] }));
      return pod === null ? [] : [{ pod, isGone, seenMs, pullWaitMs: null, endedMs: null }];
    }),
    events: events.flatMap((one) => readEvent(one) ?? []),
    deletedBecause: null,
  };
}

const texts = (told: Told) => notesOf(picture(told), PLACE, NOW).map(({ text }) => text);

const UNSCHEDULED = {
  phase: "Pending",
  conditions: [{
    type: "PodScheduled",
    status: "False",
    reason: "Unschedulable",
    message: "0/3 nodes are available",
  }],
};

Deno.test("notes: given a condition and an event that say the same, when they are told, then it is told once, with the scheduler's words", () => {
  const told = {
    pods: [{ status: UNSCHEDULED }],
    events: [event("FailedScheduling", "0/4 nodes are available")],
  };

  assert.deepEqual(texts(told), ["FailedScheduling: 0/3 nodes are available (pod job-pod)"]);
});

Deno.test("notes: given an event without lastTimestamp, when it is told, then it counts like any other", () => {
  const told = { pods: [{ status: { phase: "Pending" } }], events: [event("FailedMount", "no such volume")] };

  assert.deepEqual(texts(told), ["FailedMount: no such volume (pod job-pod)"]);
});

Deno.test("notes: given events of a running pod, when they are told, then nothing is said", () => {
  const status = { phase: "Running", containerStatuses: [containerStatus("flow", { running: {} })] };

  assert.deepEqual(texts({ pods: [{ status }], events: [event("Unhealthy", "probe failed")] }), []);
});

Deno.test("notes: given ordinary events, when the pod is pending for less than 5 s, then they wait", () => {
  const events = [event("Pulling", "Pulling image x:1", { type: "Normal" })];
  const pods = [{ status: { phase: "Pending" } }];

  assert.deepEqual(texts({ pods, events, seenMs: NOW - 4999 }), []);
  assert.deepEqual(texts({ pods, events, seenMs: NOW - 5000 }), ["Pulling: Pulling image x:1 (pod job-pod)"]);
});

for (
  const reason of [
    "ErrImagePull",
    "ImagePullBackOff",
    "CreateContainerConfigError",
    "CreateContainerError",
    "CrashLoopBackOff",
  ]
) {
  for (const kind of ["containerStatuses", "initContainerStatuses"]) {
    Deno.test(`notes: given ${reason} in ${kind}, when it is told, then container, reason and message are there`, () => {
      const status = {
        phase: "Pending",
        [kind]: [containerStatus("c1", { waiting: { reason, message: "the message" } })],
      };
      const [text = ""] = texts({ pods: [{ status }] });

      for (const part of [reason, "the message", "c1", "job-pod"]) assert.ok(text.includes(part), text);
    });
  }
}

Deno.test("notes: given a Job without a pod, when its quota is exceeded again and again, then it is told once", () => {
  const about = { involvedObject: { kind: "Job", name: "job" } };
  const events = ["job-abcde", "job-fghij"].map((pod) =>
    event("FailedCreate", `Error creating: pods "${pod}" is forbidden: exceeded quota`, {
      ...about,
      metadata: { name: pod },
    })
  );
  const [text = "", ...others] = texts({ events });

  assert.match(text, /^FailedCreate: .*exceeded quota/);
  assert.deepEqual(others, []);
});

Deno.test("notes: given a suspended Job, when it is told, then someone has to resume it", () => {
  const [text = ""] = texts({ job: { spec: { suspend: true } } });

  assert.match(text, /suspended .* resumes it/);
});

Deno.test("notes: given a pod of nodes that are all of Fargate, when it is told, then namespace and labels that a profile needs are named", () => {
  const message =
    "0/2 nodes are available: 2 node(s) had untolerated taint {eks.amazonaws.com/compute-type: fargate}.";
  const status = {
    phase: "Pending",
    conditions: [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message }],
  };
  const spec = {
    template: {
      metadata: { labels: { team: "data", "prefect.io/identifier": "x" } },
      spec: { containers: [] },
    },
  };
  const [text = ""] = texts({ job: { spec }, pods: [{ status }] });

  assert.match(text, /Fargate profile .*namespace flows .*team=data/);
  assert.ok(!text.includes("identifier"));
});

Deno.test("notes: given a second pod, when it is told, then both pods, the cause and the second execution are named", () => {
  const failed = {
    phase: "Failed",
    containerStatuses: [containerStatus("flow", { terminated: { exitCode: 1, reason: "Error" } })],
  };
  const all = texts({
    pods: [{ status: failed, name: "job-a" }, { status: { phase: "Pending" }, name: "job-b" }],
  });

  assert.deepEqual(all, [
    "Pod job-a failed; container flow: exit code 1, reason Error",
    "Pod job-b of Job job follows pod job-a: the flow is executed again",
  ]);
});

Deno.test("notes: given a pod that was deleted while it ran, when another follows, then that is told", () => {
  const status = { phase: "Running", containerStatuses: [containerStatus("flow", { running: {} })] };
  const [first] = texts({
    pods: [{ status, name: "job-a", isGone: true }, { status: { phase: "Pending" }, name: "job-b" }],
  });

  assert.equal(first, "Pod job-a was deleted while it was running");
});

Deno.test("notes: given a container that restarts in place, when it is told, then the exit code before it is named, once for each restart", () => {
  const status = (restartCount: number) => ({
    phase: "Running",
    containerStatuses: [
      containerStatus("flow", { running: {} }, { restartCount, lastState: { terminated: { exitCode: 7 } } }),
    ],
  });
  const keys = [1, 2].flatMap((count) => notesOf(picture({ pods: [{ status: status(count) }] }), PLACE, NOW));

  assert.equal(new Set(keys.map(({ key }) => key)).size, 2);
  assert.match(keys[0]?.text ?? "", /exit code 7/);
});

Deno.test("notes: given a Job that has ended with its only pod, when it is told, then nothing repeats the explanation", () => {
  const failed = {
    phase: "Failed",
    containerStatuses: [containerStatus("flow", { terminated: { exitCode: 1 } })],
  };

  assert.deepEqual(lastNotesOf(picture({ pods: [{ status: failed }] })), []);
});

Deno.test("notes: given several reasons, when a run is given up, then the last one that is no ordinary event is its reason", () => {
  const events = [event("Pulling", "Pulling image", { type: "Normal" })];

  assert.match(
    lastReason(picture({ pods: [{ status: UNSCHEDULED }], events }), PLACE, NOW) ?? "",
    /0\/3 nodes/,
  );
  assert.equal(lastReason(picture({}), PLACE, NOW), null);
});
