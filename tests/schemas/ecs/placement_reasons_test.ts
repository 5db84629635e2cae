/** What refused placements call for. @module */

import assert from "node:assert/strict";
import type { Failure } from "../../../schemas/failure/failure.ts";
import {
  isAccountLimit,
  isPlaceable,
  type PlacementClass,
  placementClassOf,
} from "../../../schemas/ecs/placement_reasons.ts";

const VCPU = "You've reached the limit on the number of vCPUs you can run concurrently";

const ROWS: readonly (readonly [reasons: readonly string[], expected: PlacementClass])[] = [
  [["RESOURCE:MEMORY"], "capacity"],
  [["RESOURCE:ENI"], "capacity"],
  [["AGENT"], "capacity"],
  [
    ["Capacity is unavailable at this time. Please try again later or in a different availability zone"],
    "capacity",
  ],
  [["something new"], "capacity"],
  [[""], "capacity"],
  [[], "capacity"],
  [[VCPU], "accountLimit"],
  [["RESOURCE:CPU", VCPU], "accountLimit"],
  [["LOCATION"], "configuration"],
  [["ATTRIBUTE"], "configuration"],
  [["MemberOf placement constraint unsatisfied."], "configuration"],
  [["ATTRIBUTE", "ATTRIBUTE"], "configuration"],
  [["ATTRIBUTE", "RESOURCE:CPU"], "capacity"],
];

for (const [reasons, expected] of ROWS) {
  Deno.test(`placement: given ${JSON.stringify(reasons)}, when classed, then it is ${expected}`, () => {
    const failures = reasons.map((reason) => ({ reason }));
    const failure: Failure = { tag: "notPlaced", failures, message: "" };

    assert.equal(placementClassOf(failures), expected);
    assert.equal(isPlaceable(failure), expected === "capacity");
    assert.equal(isAccountLimit(failure), expected === "accountLimit");
  });
}

Deno.test("placement: given the limit comes as a refusal of RunTask, when asked, then it is the account's limit", () => {
  const refusal = (operation: string, message: string): Failure => ({
    tag: "awsRefused",
    code: "ClientException",
    operation,
    message,
  });

  assert.ok(isAccountLimit(refusal("RunTask", VCPU)));
  assert.ok(!isAccountLimit(refusal("RunTask", "TaskDefinition is inactive")));
  assert.ok(!isAccountLimit(refusal("StopTask", VCPU)));
  assert.ok(!isPlaceable(refusal("RunTask", VCPU)));
});
