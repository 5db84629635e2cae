import assert from "node:assert/strict";
import { propose } from "../../../../schemas/prefect3/state_rules/propose.ts";
import {
  type DeploymentLimit,
  NO_POLICY,
  type RuledRun,
} from "../../../../schemas/prefect3/state_rules/transition.ts";
import { after, asked, moment, NOW, runIn, stateOf } from "../../../support/prefect3/ruled_run.ts";

const DUE = { type: "SCHEDULED", state_details: { scheduled_time: "2026-01-01T00:00:00Z" } } as const;
const CLAIM = { type: "PENDING", state_details: { transition_id: "t-1" } } as const;

function limited(limit: Partial<DeploymentLimit>, more: Partial<RuledRun> = {}): RuledRun {
  const deployment = {
    limit: { limit: 1, isActive: true, taken: 0, ...limit },
    strategy: "ENQUEUE",
  } as const;
  return runIn(DUE, { deployment, ...more });
}

Deno.test("propose: given a run that is due, when it is claimed, then the time goes on and the run is named", () => {
  const { status, state, isNew } = propose(runIn(DUE), asked(CLAIM), moment());

  assert.equal(status, "ACCEPT");
  assert.equal(isNew, true);
  assert.deepEqual([state?.id, state?.name, state?.timestamp], ["state-1", "Pending", NOW]);
  assert.equal(state?.state_details.scheduled_time, DUE.state_details.scheduled_time);
  assert.equal(state?.state_details.flow_run_id, "run-1");
});

Deno.test("propose: given a claim whose answer was lost, when it is sent again, then it is told as made, with the state", () => {
  const run = runIn({ ...CLAIM });

  const { status, reason, state, isNew } = propose(run, asked(CLAIM), moment());

  assert.deepEqual([status, reason?.kind, isNew], ["REJECT", "alreadyMade", false]);
  assert.equal(state, run.state);
});

for (
  const [name, release, status] of [
    ["Submitting", "3.9", "ACCEPT"],
    ["Submitting", "3.4", "ABORT"],
    ["Pending", "3.9", "ABORT"],
  ] as const
) {
  Deno.test(`propose: given a PENDING run on ${release}, when PENDING as ${name} is proposed, then it is ${status}`, () => {
    const before = { type: "PENDING", name: "Other", state_details: { scheduled_time: NOW } } as const;

    const decision = propose(runIn(before), asked({ type: "PENDING", name }), moment({ release }));

    assert.equal(decision.status, status);
    assert.equal(decision.state?.state_details.scheduled_time, NOW);
  });
}

Deno.test("propose: given a limit with a free slot, when a run is claimed, then it takes one under a lease", () => {
  const { status, state, slots } = propose(limited({}), asked(CLAIM), moment());

  assert.equal(status, "ACCEPT");
  assert.equal(state?.state_details.deployment_concurrency_lease_id, "lease-1");
  assert.deepEqual(slots, [{ kind: "taken", lease: "lease-1" }]);
});

Deno.test("propose: given a limit that is reached, when a run is claimed, then it waits for a slot, or is cancelled", () => {
  const full = limited({ taken: 1 });
  const strict = runIn(DUE, {
    deployment: { limit: { limit: 1, isActive: true, taken: 1 }, strategy: "CANCEL_NEW" },
  });

  const waiting = propose(full, asked(CLAIM), moment());
  const cancelled = propose(strict, asked(CLAIM), moment());

  assert.deepEqual([waiting.status, waiting.state?.name], ["REJECT", "AwaitingConcurrencySlot"]);
  assert.equal(waiting.state?.state_details.scheduled_time, after(30));
  assert.deepEqual([cancelled.status, cancelled.state?.type], ["REJECT", "CANCELLED"]);
  assert.deepEqual([...waiting.slots, ...cancelled.slots], []);
});

Deno.test("propose: given many runs of one request, when the first takes a slot and a time, then the next is proposed with both", () => {
  const first = propose(limited({}), asked(CLAIM), moment());

  const next = propose(
    runIn({ ...DUE, state_details: { scheduled_time: NOW } }),
    asked(CLAIM),
    moment(),
    first.shared,
  );

  assert.equal(next.state?.state_details.scheduled_time, DUE.state_details.scheduled_time);
  assert.equal(next.state?.state_details.deployment_concurrency_lease_id, "lease-1");
  assert.deepEqual(next.slots, []);
});

Deno.test("propose: given a claim by force, when it is set, then neither time nor slot goes with it", () => {
  const { status, state, slots } = propose(limited({}), { ...asked(CLAIM), way: "forced" }, moment());

  assert.equal(status, "ACCEPT");
  assert.equal(state?.state_details.scheduled_time, null);
  assert.deepEqual(slots, []);
});

Deno.test("propose: given retries are left, when the flow fails, then it waits in process and keeps its slot", () => {
  const policy = { ...NO_POLICY, retries: 2, retry_delay: 10 };
  const details = { deployment_concurrency_lease_id: "lease-0" };
  const run = limited({ taken: 1 }, {
    ...{ policy, runCount: 1 },
    state: stateOf({ type: "RUNNING", state_details: details }),
  });

  const { status, state, policy: kept, slots } = propose(
    run,
    asked({ type: "FAILED", message: "no" }),
    moment(),
  );

  assert.deepEqual([status, state?.name, state?.message], ["REJECT", "AwaitingRetry", "no"]);
  assert.equal(state?.state_details.scheduled_time, after(10));
  assert.equal(state?.state_details.deployment_concurrency_lease_id, "lease-0");
  assert.equal(kept.retry_type, "in_process");
  assert.deepEqual(slots, []);
});

Deno.test("propose: given no retries are left, when the flow fails, then it is Failed and its slot is free", () => {
  const details = { deployment_concurrency_lease_id: "lease-0" };
  const run = limited({ taken: 1 }, { state: stateOf({ type: "RUNNING", state_details: details }) });

  const { status, state, slots } = propose(run, asked({ type: "FAILED" }), moment());

  assert.deepEqual([status, state?.type], ["ACCEPT", "FAILED"]);
  assert.deepEqual(slots, [{ kind: "freed", lease: "lease-0" }]);
});

Deno.test("propose: given a run that ended, when it is scheduled again, then it is due as new work", () => {
  const policy = { ...NO_POLICY, retry_type: "in_process", resuming: true, pause_keys: ["a"] } as const;
  const run = runIn({ type: "FAILED" }, { policy });

  const { status, policy: kept } = propose(
    run,
    asked({ type: "SCHEDULED", name: "AwaitingRetry" }),
    moment(),
  );

  assert.equal(status, "ACCEPT");
  assert.deepEqual(kept, { ...NO_POLICY, retry_type: "reschedule" });
});

Deno.test("propose: given a Failed run of a deployment at its limit, when it is claimed, then its policy is as before", () => {
  const policy = { ...NO_POLICY, pause_keys: ["a"] };
  const run = limited({ taken: 1 }, { policy, state: stateOf({ type: "FAILED" }) });

  const { status, policy: kept } = propose(run, asked(CLAIM), moment());

  assert.equal(status, "REJECT");
  assert.deepEqual(kept, policy);
});

Deno.test("propose: given a run that is due later, when it is to run, then the client is told how long to wait", () => {
  const run = runIn({ type: "PENDING", state_details: { scheduled_time: after(7.6) } });

  const { status, delaySeconds, isNew } = propose(run, asked({ type: "RUNNING" }), moment());

  assert.deepEqual([status, delaySeconds, isNew], ["WAIT", 8, false]);
});

Deno.test("propose: given a lease that ended, when the run begins, then it takes a free slot or is Cancelled", () => {
  const details = { deployment_concurrency_lease_id: "lease-0" };
  const state = stateOf({ type: "PENDING", state_details: details });
  const at = moment({ isLiving: () => false });

  const free = propose(limited({}, { state }), asked({ type: "RUNNING" }), at);
  const full = propose(limited({ taken: 1 }, { state }), asked({ type: "RUNNING" }), at);

  assert.deepEqual([free.status, free.slots], ["ACCEPT", [{ kind: "taken", lease: "lease-1" }]]);
  assert.deepEqual([full.status, full.reason?.kind, full.state?.type], ["REJECT", "slotLost", "CANCELLED"]);
});

Deno.test("propose: given a suspended run, when it is resumed and begins, then that is no further try", () => {
  const suspended = runIn({ type: "PAUSED", name: "Suspended", state_details: { pause_reschedule: true } }, {
    runCount: 1,
  });

  const resumed = propose(suspended, asked({ type: "SCHEDULED", name: "Resuming" }), moment());
  const again = runIn({ type: "PENDING" }, { policy: resumed.policy, runCount: resumed.runCount });
  const { runCount, policy } = propose(again, asked({ type: "RUNNING" }), moment());

  assert.equal(resumed.policy.resuming, true);
  assert.deepEqual([runCount, policy.resuming], [1, false]);
});

for (
  const [what, state, pid, status, kind, type] of [
    ["scheduled", DUE, null, "REJECT", "nothingToStop", "CANCELLED"],
    ["scheduled with a task", DUE, "c::t", "ACCEPT", null, "CANCELLING"],
    ["running", { type: "RUNNING" }, "c::t", "ACCEPT", null, "CANCELLING"],
    ["ended", { type: "COMPLETED" }, "c::t", "ABORT", "alreadyEnded", "COMPLETED"],
    ["being cancelled", { type: "CANCELLING" }, "c::t", "REJECT", "cancelling", "CANCELLING"],
  ] as const
) {
  Deno.test(`propose: given a run that is ${what}, when it is to be cancelled, then it is ${status} and ${type}`, () => {
    const run = runIn(state, { infrastructurePid: pid });

    const decision = propose(run, asked({ type: "CANCELLING" }), moment());

    assert.deepEqual([decision.status, decision.reason?.kind ?? null], [status, kind]);
    assert.equal(decision.state?.type, type);
  });
}
