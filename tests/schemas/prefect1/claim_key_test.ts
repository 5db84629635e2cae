/**
 * Which of two claims on a run came later.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { FlowRun } from "../../../schemas/prefect1/flow_run.ts";
import { someFlowRun } from "../../support/flow_run.ts";
import { claimOn, isLaterClaim } from "../../../schemas/prefect1/claim_key.ts";

/** Each is later than the one before. */
const IN_ORDER = ["v1", "r3:a@2", "r3:a@5", "r3:a@5,b@11", "v5", "r5:a@2", "v12"];

Deno.test("isLaterClaim: given claims in the order of their making, when compared, then only later ones are later", () => {
  IN_ORDER.forEach((one, at) =>
    IN_ORDER.forEach((other, than) =>
      assert.equal(isLaterClaim(one, other), at > than, `${one} than ${other}`)
    )
  );
});

function runningWith(dueTaskRuns: FlowRun["dueTaskRuns"]): FlowRun {
  return someFlowRun({ version: 5, stateType: "Running", dueTaskRuns });
}

function dueTaskRuns(count: number, version = 2): FlowRun["dueTaskRuns"] {
  const id = (n: number) => `0b3f2c1e-0000-4000-8000-${String(n).padStart(12, "0")}`;
  return Array.from({ length: count }, (_, n) => ({ id: id(n), version, state: { type: "Retrying" } }));
}

Deno.test("claimOn: given a few due task runs, when claimed, then the key names each in order", () => {
  const run = runningWith([{ id: "b", version: 11, state: {} }, { id: "a", version: 2, state: {} }]);
  assert.deepEqual(claimOn(run), { key: "r5:a@2,b@11", isLate: true });
});

Deno.test("claimOn: given 10 000 due task runs, when claimed, then the key stays short and says which they are", () => {
  const { key, isLate } = claimOn(runningWith(dueTaskRuns(10_000)));
  assert.match(key, /^r5:10000-[\da-f]{64}@2$/);
  assert.ok(isLate);
  assert.equal(claimOn(runningWith(dueTaskRuns(10_000).toReversed())).key, key);
  assert.notEqual(claimOn(runningWith(dueTaskRuns(9_999))).key, key);
});

Deno.test("isLaterClaim: given many due task runs, when one has a newer version, then that claim is later", () => {
  const older = claimOn(runningWith(dueTaskRuns(100, 2))).key;
  const newer = claimOn(runningWith([...dueTaskRuns(99, 2), ...dueTaskRuns(1, 7)])).key;
  assert.ok(isLaterClaim(newer, older) && !isLaterClaim(older, newer));
  assert.ok(isLaterClaim(newer, "r5:a@6") && isLaterClaim("v6", newer));
});

Deno.test("isLaterClaim: given a stored key with hundreds of thousands of versions, when compared, then it answers", () => {
  assert.ok(isLaterClaim("r1:" + "@1".repeat(300_000) + "@2", "r1:a@1"));
});
