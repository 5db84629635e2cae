/** Every signal of a lost task and what is made of it. @module */

import assert from "node:assert/strict";
import {
  explainSlowStart,
  explainStop,
  type StopEvidence,
  stopRowOf,
} from "../../../schemas/ecs/explain_stop.ts";
import { stoppedTask } from "../../../schemas/ecs/seen_task.ts";
import type { StopClass } from "../../../schemas/failure/failure.ts";

const ARN = "arn:aws:ecs:us-east-1:123456789012:task/prod/0123456789abcdef0123456789abcdef";

interface Given {
  readonly code?: string | null;
  readonly reason?: string | null;
  readonly exit?: number | null;
  readonly containerReason?: string;
}

function stopped({ code = null, reason = null, exit, containerReason = undefined }: Given): StopEvidence {
  const container = { name: "flow", exitCode: exit ?? null, reason: containerReason ?? null };
  const containers = exit === undefined && containerReason === undefined ? [] : [container];
  return { stopCode: code, stoppedReason: reason, containers };
}

const FAILED = "TaskFailedToStart";
const EXITED = "EssentialContainerExited";

const ROWS: readonly (readonly [name: string, given: Given, expected: StopClass])[] = [
  ["Spot reclaim", { code: "SpotInterruption", reason: "Your Spot Task was interrupted." }, "infrastructure"],
  ["host going away", { code: "TerminationNotice" }, "infrastructure"],
  ["impaired host", { code: "InfrastructureHealth" }, "infrastructure"],
  ["Spot reclaim without a code", { reason: "Your Spot Task was interrupted." }, "infrastructure"],
  ["lost instance", {
    code: FAILED,
    reason: "Host EC2 (instance i-0a) terminated.",
  }, "infrastructure"],
  ["retirement", {
    reason: "ECS is performing maintenance on the underlying infrastructure hosting the task.",
  }, "infrastructure"],
  [
    "stopped by a person",
    { code: "UserInitiated", reason: "Task stopped by user", exit: 143 },
    "stoppedByUser",
  ],
  ["a person who mentions Spot", { code: "UserInitiated", reason: "spot task interrupted" }, "stoppedByUser"],
  ["stopped by a service", { code: "ServiceSchedulerInitiated" }, "stoppedByUser"],
  ["network interface", {
    code: FAILED,
    reason: "Timeout waiting for network interface provisioning to complete.",
  }, "transientStart"],
  ["ephemeral storage", {
    code: FAILED,
    reason: "Timeout waiting for EphemeralStorage provisioning to complete.",
  }, "transientStart"],
  ["no addresses", {
    code: FAILED,
    reason:
      "Unexpected EC2 error while attempting to Create Network Interface: InsufficientFreeAddressesInSubnet",
  }, "transientStart"],
  ["provisioning failed", { code: FAILED, reason: "Task provisioning failed." }, "transientStart"],
  ["pull: i/o timeout", {
    code: FAILED,
    reason: "CannotPullContainerError: pull image manifest: dial tcp 1.2.3.4:443: i/o timeout",
  }, "transientStart"],
  ["pull: EOF", {
    code: FAILED,
    containerReason: "CannotPullContainerError: failed to copy: httpReadSeeker: unexpected EOF",
  }, "transientStart"],
  ["pull: 503", { code: FAILED, reason: "CannotPullContainerError: pull: status: 503" }, "transientStart"],
  ["pull: Docker Hub's rate", {
    code: FAILED,
    reason: "CannotPullContainerError: toomanyrequests: You have reached your pull rate limit",
  }, "transientStart"],
  ["throttled EC2", { code: FAILED, reason: "Rate exceeded (ErrorCode: Throttling)" }, "transientStart"],
  ["no memory", { code: FAILED, reason: "RESOURCE:MEMORY" }, "transientStart"],
  ["agent away", { code: FAILED, reason: "AGENT" }, "transientStart"],
  ["no instances", { code: FAILED, reason: "NO ACTIVE INSTANCES" }, "transientStart"],
  ["empty provider", { code: FAILED, reason: "EMPTY CAPACITY PROVIDER" }, "transientStart"],
  ["30 min in PROVISIONING", { code: FAILED, reason: "Timed out waiting for capacity" }, "transientStart"],
  ["attribute", { code: FAILED, reason: "ATTRIBUTE" }, "configuration"],
  ["secret", {
    code: FAILED,
    reason: "ResourceInitializationError: unable to pull secrets or registry auth: AccessDeniedException",
  }, "configuration"],
  ["image not found", {
    code: FAILED,
    reason: "CannotPullContainerError: pull access denied, repository does not exist",
  }, "configuration"],
  ["bad command", {
    code: FAILED,
    containerReason: "CannotStartContainerError: exec: executable file not found in $PATH",
  }, "configuration"],
  ["start failure of a new kind", { code: FAILED, reason: "Something new" }, "unknown"],
  ["start failure without a word", { code: FAILED }, "unknown"],
  ["killed", { code: EXITED, reason: "Essential container in task exited", exit: 137 }, "outOfMemory"],
  ["out of memory, said by ECS", {
    code: EXITED,
    exit: 1,
    containerReason: "OutOfMemoryError: Container killed due to memory usage",
  }, "outOfMemory"],
  ["SIGTERM", { code: EXITED, exit: 143 }, "exited"],
  ["no such command", { code: EXITED, exit: 127 }, "exited"],
  ["exit 1", { code: EXITED, exit: 1 }, "exited"],
  ["exit 0", { code: EXITED, exit: 0 }, "exited"],
  ["exited without a code", { code: EXITED }, "exited"],
  ["a code of the future", { code: "MeteorStrike", reason: "Boom" }, "unknown"],
  ["nothing at all", {}, "unknown"],
];

for (const [name, given, expected] of ROWS) {
  Deno.test(`stop: given ${name}, when classed, then it is ${expected}`, () => {
    assert.equal(stopRowOf(stopped(given)).class, expected);
  });
}

Deno.test("explainStop: given everything is known, when explained, then one line holds evidence and remedy", () => {
  const failure = explainStop({
    runId: "run-1",
    taskId: ARN,
    seen: stoppedTask(stopped({ code: EXITED, reason: "Essential container\nin task exited", exit: 137 })),
    wasRunning: true,
    log: {
      places: ["log stream p/flow/0123 of group /ecs/flows"],
      lastLines: ["Traceback", "MemoryError"],
    },
  });

  assert.deepEqual({ ...failure, message: "" }, {
    tag: "taskStopped",
    class: "outOfMemory",
    wasRunning: true,
    taskId: ARN,
    message: "",
  });
  assert.equal(
    failure.message,
    `Task ${ARN} of flow run run-1 was killed (exit code 137: out of memory, or SIGKILL) ` +
      "(stop code EssentialContainerExited; reason: Essential container in task exited; exit codes: flow 137; " +
      "log stream p/flow/0123 of group /ecs/flows): give the run more memory, or look in its log for what " +
      "killed it; last lines of its log: Traceback ⏎ MemoryError",
  );
});

Deno.test("explainStop: given a code nobody knows, when explained, then code and reason are reported as they are", () => {
  const seen = stoppedTask(stopped({ code: "MeteorStrike", reason: "Boom" }));

  const { message } = explainStop({ runId: "run-1", taskId: ARN, seen, wasRunning: false, log: null });

  assert.match(message, /stop code MeteorStrike; reason: Boom/);
});

Deno.test("explainStop: given a task that ECS no longer shows, when explained, then it is vanished", () => {
  const failure = explainStop({ runId: "run-1", taskId: null, seen: null, wasRunning: true, log: null });

  assert.equal(failure.class, "vanished");
  assert.match(failure.message, /^The task of flow run run-1 is no longer known to ECS/);
});

Deno.test("explainStop: given a reason without end, when explained, then its first 600 letters are quoted", () => {
  const evidence = stopped({ code: FAILED, reason: "x".repeat(601), containerReason: "y".repeat(100_000) });

  const { message } = explainStop({
    runId: "run-1",
    taskId: ARN,
    seen: stoppedTask(evidence),
    wasRunning: false,
    log: null,
  });

  assert.ok(message.includes(`reason: ${"x".repeat(600)}…; exit codes: flow none (${"y".repeat(600)}…)`));
});

for (const [taskId, subject] of [[ARN, `Task ${ARN}`], [null, "The task"]] as const) {
  Deno.test(`slow start: given ${taskId === null ? "no known task" : "a task"}, when explained, then the sentence says how long it had and what to look for`, () => {
    assert.deepEqual(explainSlowStart({ runId: "run-1", taskId, wasRunning: true, startMs: 90_000 }), {
      tag: "taskStopped",
      class: "tooSlow",
      wasRunning: true,
      taskId: taskId ?? "",
      message: `${subject} of flow run run-1 was not running after 90 s and was stopped; ` +
        "look for missing capacity, a slow image pull or a missing route to the registry",
    });
  });
}
