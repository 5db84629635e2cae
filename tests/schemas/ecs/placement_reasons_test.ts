/** What refused placements call for. @module */

import assert from "node:assert/strict";
import { unplacedText } from "../../../schemas/prefect1/unplaced_text.ts";
import { type EcsFailure, notPlaced, readRefusedLaunch } from "../../../schemas/ecs/placement_reasons.ts";
import { type Failure, type PlacementClass, placementClassOf } from "../../../schemas/failure/failure.ts";

const VCPU = "You've reached the limit on the number of vCPUs you can run concurrently";

const ROWS: readonly (readonly [failures: readonly EcsFailure[], expected: PlacementClass])[] = [
  [[{ reason: "RESOURCE:MEMORY" }], "capacity"],
  [[{ reason: "RESOURCE:ENI" }], "capacity"],
  [[{ reason: "AGENT" }], "capacity"],
  [
    [{
      reason:
        "Capacity is unavailable at this time. Please try again later or in a different availability zone",
    }],
    "capacity",
  ],
  [[{ reason: "something new" }], "capacity"],
  [[{ reason: "" }], "capacity"],
  [[{}], "capacity"],
  [[{ reason: VCPU }], "accountLimit"],
  [[{ reason: "RESOURCE", detail: VCPU }], "accountLimit"],
  [[{ reason: "You've reached the limit on the number of tasks you can run concurrently" }], "accountLimit"],
  [[{ reason: "RESOURCE:CPU" }, { reason: VCPU }], "accountLimit"],
  [[{ reason: "LOCATION" }], "configuration"],
  [[{ reason: "INACTIVE" }], "configuration"],
  [[{ reason: "ATTRIBUTE" }], "configuration"],
  [[{ reason: "MemberOf placement constraint unsatisfied." }], "configuration"],
  [[{ reason: "ATTRIBUTE" }, { reason: "ATTRIBUTE" }], "configuration"],
  [[{ reason: "ATTRIBUTE" }, { reason: "RESOURCE:CPU" }], "capacity"],
];

for (const [failures, expected] of ROWS) {
  Deno.test(`placement: given ${JSON.stringify(failures)}, when ECS answers no task, then the class is ${expected}`, () => {
    assert.equal(placementClassOf(notPlaced("flow run run-1", failures, unplacedText)), expected);
  });
}

Deno.test("placement: given a reason with an ARN, when ECS answers no task, then the message is that of the originals and the failure names the resource", () => {
  const arn = "arn:aws:ecs:us-east-1:123456789012:container-instance/default/1";

  const failures = [{ arn, reason: "RESOURCE:CPU" }, { reason: "AGENT" }];

  assert.deepEqual(notPlaced("flow run run-1", failures, unplacedText), {
    tag: "notPlaced",
    class: "capacity",
    failures: [{ resourceId: arn, reason: "RESOURCE:CPU" }, { reason: "AGENT" }],
    message: "Failed to start task for flow run run-1. " +
      `Failures: [{'arn': '${arn}', 'reason': 'RESOURCE:CPU'}, {'reason': 'AGENT'}]`,
  });
});

const refusal = (operation: string, message: string): Failure => ({
  tag: "refused",
  service: "ECS",
  code: "ClientException",
  operation,
  message,
});

Deno.test("placement: given a refusal of RunTask for the account's limit, when it is read, then it is a placement failure without reasons", () => {
  assert.deepEqual(readRefusedLaunch(refusal("RunTask", VCPU)), {
    tag: "notPlaced",
    class: "accountLimit",
    failures: [],
    message: VCPU,
  });
});

for (
  const failure of [
    refusal("RunTask", "TaskDefinition is inactive"),
    refusal("StopTask", VCPU),
    { tag: "throttled", retryAfterMs: 500, message: VCPU } as const,
  ]
) {
  Deno.test(`placement: given ${failure.tag} with ${JSON.stringify(failure.message)}, when it is read, then it stays what it is`, () => {
    assert.equal(readRefusedLaunch(failure), failure);
  });
}
