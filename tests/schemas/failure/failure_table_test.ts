/**
 * Signal → class → action, row by row as AWS and its users know them: what RunTask may answer, and how tasks may stop.
 *
 * @module
 */

import assert from "node:assert/strict";
import { toAwsFailure } from "../../../actors/aws/failure.ts";
import { stoppedTask } from "../../../schemas/ecs/seen_task.ts";
import { explainLaunch } from "../../../schemas/ecs/advice/explain_launch.ts";
import { explainStop } from "../../../schemas/ecs/explain_stop.ts";
import {
  type Failure,
  FailureError,
  isRetriable,
  placementClassOf,
} from "../../../schemas/failure/failure.ts";
import { isRelaunchable } from "../../../schemas/flow_run/launch_policy.ts";
import { unplacedText } from "../../../schemas/prefect1/unplaced_text.ts";
import { notPlaced, readRefusedLaunch } from "../../../schemas/ecs/placement_reasons.ts";

/** What the agent does with a launch that failed. */
type LaunchAction =
  /** The outcome is unknown: the same token again. */
  | "same token"
  /** Not executed: the same token, more slowly for all. */
  | "same token, slower"
  /** Not placed: the next attempt. */
  | "new token"
  /** The account is full: all launches wait. */
  | "hold"
  | "fail";

function launchAction(failure: Failure): LaunchAction {
  if (failure.tag === "throttled") return "same token, slower";
  if (failure.tag === "unknownOutcome") return "same token";
  assert.ok(!isRetriable(failure));
  const placement = placementClassOf(failure);
  if (placement === "accountLimit") return "hold";
  return placement === "capacity" ? "new token" : "fail";
}

const refusal = (name: string, message: string, httpStatusCode = 400) => {
  const error = Object.assign(new Error(message), { $fault: "client", $metadata: { httpStatusCode } });
  error.name = name;
  const { failure } = toAwsFailure(error, { service: "ECS", operation: "RunTask", kind: "write" });
  return readRefusedLaunch(failure);
};
const broken = (tag: "unreachable" | "timedOut") =>
  toAwsFailure(new FailureError({ tag, message: "gone" }), {
    service: "ECS",
    operation: "RunTask",
    kind: "write",
  }).failure;
const unplaced = (reason: string): Failure => notPlaced("flow run run-1", [{ reason }], unplacedText);

const PLAN = {
  definition: { how: "perRun", ownFamily: null, request: { family: "reports" } },
  runTask: { cluster: "blue" },
} as const;

const LAUNCHES: readonly (readonly [row: string, failure: Failure, action: LaunchAction])[] = [
  ["status 500", refusal("ServerException", "internal", 500), "same token"],
  ["status 503", refusal("ServiceUnavailableException", "busy", 503), "same token"],
  ["connection reset", broken("unreachable"), "same token"],
  ["timeout", broken("timedOut"), "same token"],
  ["ThrottlingException", refusal("ThrottlingException", "Rate exceeded"), "same token, slower"],
  [
    "Rate exceeded behind InvalidParameterException",
    refusal("InvalidParameterException", "Rate exceeded (ErrorCode: Throttling)"),
    "same token, slower",
  ],
  [
    "Fargate capacity",
    unplaced(
      "Capacity is unavailable at this time. Please try again later or in a different availability zone",
    ),
    "new token",
  ],
  ...["CPU", "MEMORY", "PORTS", "ENI", "GPU"].map((what) =>
    [`RESOURCE:${what}`, unplaced(`RESOURCE:${what}`), "new token"] as const
  ),
  ["AGENT", unplaced("AGENT"), "new token"],
  ["a reason nobody knows", unplaced("METEOR"), "new token"],
  [
    "vCPU limit as a failure",
    unplaced("You've reached the limit on the number of vCPUs you can run concurrently"),
    "hold",
  ],
  [
    "vCPU limit as a refusal",
    refusal("ClientException", "You've reached the limit on the number of vCPUs you can run concurrently"),
    "hold",
  ],
  [
    "task limit as a refusal",
    refusal("ClientException", "You've reached the limit on the number of tasks you can run concurrently"),
    "hold",
  ],
  ["LOCATION", unplaced("LOCATION"), "fail"],
  ["ATTRIBUTE", unplaced("ATTRIBUTE"), "fail"],
  ["placement constraint", unplaced("MemberOf placement constraint unsatisfied."), "fail"],
  ...[
    "ClusterNotFoundException",
    "AccessDeniedException",
    "InvalidParameterException",
    "BlockedException",
    "PlatformUnknownException",
    "PlatformTaskDefinitionIncompatibilityException",
    "UnsupportedFeatureException",
    "MeteorException",
  ].map((code) => [code, refusal(code, "no"), "fail"] as const),
];

for (const [row, failure, action] of LAUNCHES) {
  Deno.test(`failures of RunTask: given ${row}, when it is to be acted on, then ${action}`, () => {
    assert.equal(launchAction(failure), action);
    const { message } = explainLaunch(failure, PLAN);
    const isDecided = action === "new token" || action === "hold" || action === "fail";
    // What is wrong, where, and a remedy.
    if (isDecided) assert.match(message, /. [A-Z].*(cluster blue|reports).*; [a-z]+ /s);
    else assert.equal(message, failure.message);
  });
}

interface Stop {
  readonly code?: string;
  readonly reason?: string;
  readonly exit?: number;
}

const stopOf = ({ code, reason, exit }: Stop, wasRunning: boolean) =>
  explainStop({
    runId: "run-1",
    taskId: "arn:task/1",
    seen: stoppedTask({
      stopCode: code ?? null,
      stoppedReason: reason ?? null,
      containers: exit === undefined ? [] : [{ name: "flow", exitCode: exit, reason: null }],
    }),
    wasRunning,
    log: { places: ["log stream p/flow/1 of group /ecs/flows"], lastLines: [] },
  });

const FAILED = "TaskFailedToStart";

/** Relaunched before the flow ran / while it ran, under `start` and `infrastructure`. */
const STOPS: readonly (readonly [row: string, stop: Stop, cls: string, before: boolean, running: boolean])[] =
  [
    [
      "network interface timeout",
      {
        code: FAILED,
        reason: "Timeout waiting for network interface provisioning to complete.",
      },
      "transientStart",
      true,
      false,
    ],
    [
      "ephemeral storage timeout",
      {
        code: FAILED,
        reason: "Timeout waiting for EphemeralStorage provisioning to complete.",
      },
      "transientStart",
      true,
      false,
    ],
    [
      "pull i/o timeout",
      {
        code: FAILED,
        reason: "CannotPullContainerError: dial tcp 10.0.0.1:443: i/o timeout",
      },
      "transientStart",
      true,
      false,
    ],
    [
      "pull EOF",
      {
        code: FAILED,
        reason: "CannotPullContainerError: failed to copy: httpReadSeeker: failed open: unexpected EOF",
      },
      "transientStart",
      true,
      false,
    ],
    [
      "pull answered 503",
      {
        code: FAILED,
        reason:
          "CannotPullContainerError: failed open: unexpected status code https://r/v2/x: 503 Service Unavailable",
      },
      "transientStart",
      true,
      false,
    ],
    [
      "Task provisioning failed",
      { code: FAILED, reason: "Task provisioning failed." },
      "transientStart",
      true,
      false,
    ],
    [
      "InsufficientFreeAddressesInSubnet",
      {
        code: FAILED,
        reason: "Unexpected EC2 error: InsufficientFreeAddressesInSubnet",
      },
      "transientStart",
      true,
      false,
    ],
    ...["RESOURCE:MEMORY", "AGENT", "NO ACTIVE INSTANCES", "EMPTY CAPACITY PROVIDER"].map((reason) =>
      [`stoppedReason ${reason}`, { code: FAILED, reason }, "transientStart", true, false] as const
    ),
    [
      "stopped for want of Fargate capacity",
      {
        code: FAILED,
        reason: "Capacity is unavailable at this time. Please try again later",
      },
      "transientStart",
      true,
      false,
    ],
    ["stoppedReason ATTRIBUTE", { code: FAILED, reason: "ATTRIBUTE" }, "configuration", false, false],
    [
      "ResourceInitializationError for secrets",
      {
        code: FAILED,
        reason: "ResourceInitializationError: unable to pull secrets or registry auth: AccessDeniedException",
      },
      "configuration",
      false,
      false,
    ],
    [
      "ResourceInitializationError without a route",
      {
        code: FAILED,
        reason:
          "ResourceInitializationError: unable to pull secrets or registry auth: RequestCanceled: context deadline exceeded",
      },
      "configuration",
      false,
      false,
    ],
    [
      "CannotPull, not found",
      {
        code: FAILED,
        reason: "CannotPullContainerError: failed to resolve ref docker.io/x:y: docker.io/x:y: not found",
      },
      "configuration",
      false,
      false,
    ],
    [
      "CannotPull, denied",
      {
        code: FAILED,
        reason:
          "CannotPullContainerError: pull access denied, repository does not exist or may require authorization",
      },
      "configuration",
      false,
      false,
    ],
    ["SpotInterruption", { code: "SpotInterruption" }, "infrastructure", true, true],
    ["TerminationNotice", { code: "TerminationNotice" }, "infrastructure", true, true],
    ["InfrastructureHealth", { code: "InfrastructureHealth" }, "infrastructure", true, true],
    [
      "EssentialContainerExited, exit 137",
      {
        code: "EssentialContainerExited",
        exit: 137,
      },
      "outOfMemory",
      false,
      false,
    ],
    [
      "EssentialContainerExited, exit 1",
      { code: "EssentialContainerExited", exit: 1 },
      "exited",
      false,
      false,
    ],
    ["UserInitiated", { code: "UserInitiated", reason: "by hand" }, "stoppedByUser", false, false],
    ["ServiceSchedulerInitiated", { code: "ServiceSchedulerInitiated" }, "stoppedByUser", false, false],
    ["a stop code nobody knows", { code: "MeteorStrike", reason: "Boom" }, "unknown", false, false],
    ["a start failure nobody knows", { code: FAILED, reason: "Boom" }, "unknown", false, false],
  ];

for (const [row, stop, cls, before, running] of STOPS) {
  Deno.test(`stops: given ${row}, when explained, then it is ${cls}, ${before ? "" : "not "}relaunched, and told in one line`, () => {
    const [early, late] = [stopOf(stop, false), stopOf(stop, true)];

    assert.deepEqual([early.class, late.class], [cls, cls]);
    assert.equal(isRelaunchable(early, "start"), before);
    assert.equal(isRelaunchable(late, "infrastructure"), running);
    assert.ok(!isRelaunchable(late, "start") && !isRelaunchable(early, "never"));
    assert.match(early.message, /^Task arn:task\/1 of flow run run-1 [^\n]+: [a-z][^\n]+$/);
    for (const told of [stop.code, stop.reason, "log stream p/flow/1 of group /ecs/flows"]) {
      assert.ok(told === undefined || early.message.includes(told), early.message);
    }
    if (stop.exit !== undefined) assert.ok(early.message.includes(`exit codes: flow ${stop.exit}`));
  });
}
