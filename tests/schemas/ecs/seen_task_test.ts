/** What a described task means to the watcher. @module */

import assert from "node:assert/strict";
import { seenTask } from "../../../schemas/ecs/seen_task.ts";

const NOTHING = { stopCode: null, stoppedReason: null, containers: [] };
const exit = (exitCode: number | null) => ({ name: "flow", exitCode, reason: null });

for (
  const [status, phase] of [
    ["PROVISIONING", "pending"],
    ["PENDING", "pending"],
    ["ACTIVATING", "pending"],
    ["RUNNING", "running"],
    ["DEACTIVATING", "stopping"],
    ["STOPPING", "stopping"],
    ["DEPROVISIONING", "stopping"],
    ["SOMETHING_NEW", "pending"],
  ] as const
) {
  Deno.test(`seen task: given the status ${status}, when seen, then it is ${phase}`, () => {
    assert.deepEqual(seenTask({ ...NOTHING, lastStatus: status }), { phase, status });
  });
}

for (
  const [name, codes, failed, neverRan] of [
    ["no container", [], true, true],
    ["one that ended well", [0], false, false],
    ["one that failed", [1], true, false],
    ["one that never ran", [null], true, true],
    ["one that ended well and one that never ran", [0, null], true, false],
    ["two that ended well", [0, 0], false, false],
  ] as const
) {
  Deno.test(`seen task: given a stopped task with ${name}, when seen, then it ${failed ? "failed" : "ended well"} and ${neverRan ? "never ran" : "ran"}`, () => {
    const seen = seenTask({ ...NOTHING, lastStatus: "STOPPED", containers: codes.map(exit) });

    assert.ok(seen.phase === "stopped");
    assert.deepEqual([seen.failed, seen.neverRan], [failed, neverRan]);
  });
}

for (
  const [stopCode, expected] of [["TaskFailedToStart", true], ["UserInitiated", false], [
    null,
    false,
  ]] as const
) {
  Deno.test(`seen task: given the stop code ${stopCode}, when seen, then it ${expected ? "ended by itself" : "may have been asked to stop"}`, () => {
    const seen = seenTask({ ...NOTHING, stopCode, lastStatus: "STOPPED" });

    assert.ok(seen.phase === "stopped");
    assert.equal(seen.endedByItself, expected);
  });
}
