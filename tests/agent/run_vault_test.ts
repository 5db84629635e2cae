/** The runs in hand. @module */

import assert from "node:assert/strict";
import { NO_DOUBT } from "../../schemas/flow_run/flow_run.ts";
import { makeRunVault } from "../../agent/run_vault.ts";
import type { TaskPlace } from "../../schemas/contracts/platform.ts";
import type { FlowRun } from "../../schemas/prefect1/flow_run.ts";
import { someAdoptedRun } from "../support/flow_run.ts";
import { someClaim } from "../support/claim.ts";

const PLAN = { requests: 2 };
const PLACE: TaskPlace = { canList: true, label: "Task", detail: { zone: "batch" } };

Deno.test("vault: given a run in hand, when it is offered again, then it is not taken twice and keeps its claim", () => {
  const vault = makeRunVault<FlowRun, typeof PLAN>();
  const run = someAdoptedRun("run-1");

  assert.equal(vault.admit(run), true);
  assert.equal(vault.admit(someAdoptedRun("run-1", someClaim("v2"))), false);
  assert.deepEqual(vault.get("run-1"), {
    ...run,
    doubt: NO_DOUBT,
    taskId: null,
    plan: null,
    place: null,
    startMs: null,
    hold: null,
    followed: null,
    skipped: [],
    skipping: null,
  });
  assert.deepEqual(vault.ids(), new Set(["run-1"]));
});

Deno.test("vault: given a plan, when it is kept, then the run has it, and no other", () => {
  const vault = makeRunVault<FlowRun, typeof PLAN>();
  for (const id of ["run-1", "run-2"]) vault.admit(someAdoptedRun(id));

  vault.keepPlan("run-1", PLAN, PLACE);

  assert.equal(vault.get("run-1").plan, PLAN);
  assert.equal(vault.get("run-2").plan, null);
});

Deno.test("vault: given a task that is followed, when the plan is dropped, then where the task is stays known", () => {
  const vault = makeRunVault<FlowRun, typeof PLAN>();
  vault.admit(someAdoptedRun("run-1"));
  vault.keepPlan("run-1", PLAN, PLACE);

  vault.dropPlan("run-1");

  assert.equal(vault.get("run-1").plan, null);
  assert.equal(vault.get("run-1").place, PLACE);
});

Deno.test("vault: given a run that was released, when looked up, then that is a fault; it may be taken again", () => {
  const vault = makeRunVault<FlowRun, typeof PLAN>();
  const run = someAdoptedRun("run-1");
  vault.admit(run);
  vault.keepPlan("run-1", PLAN, PLACE);

  vault.release("run-1");

  assert.throws(() => vault.get("run-1"), /flow run run-1: it is not in hand/);
  assert.throws(() => vault.keepPlan("run-1", PLAN, PLACE), RangeError);
  assert.equal(vault.admit(run), true);
  assert.equal(vault.get("run-1").plan, null, "it is planned anew");
});

Deno.test("vault: given the ids in hand, when a run comes later, then the list that was given does not change", () => {
  const vault = makeRunVault<FlowRun, typeof PLAN>();
  const before = vault.ids();
  vault.admit(someAdoptedRun("run-1"));

  assert.equal(before.size, 0);
});
