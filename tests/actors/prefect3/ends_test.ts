import assert from "node:assert/strict";
import type { Orchestrator } from "../../../schemas/contracts/orchestrator.ts";
import type { Failure } from "../../../schemas/failure/failure.ts";
import { MARK_LABEL, markLabel, markMessage } from "../../../schemas/prefect3/claim_mark.ts";
import type { FlowRun } from "../../../schemas/prefect3/flow_run.ts";
import { NO_POLICY } from "../../../schemas/prefect3/state_rules/transition.ts";
import { type DialectWorld, dialectWorld, during } from "../../support/prefect3/dialect.ts";

const SIGNAL = new AbortController().signal;
const OWNER = { agent: "agent", scope: "us-east-1/default" };
const FAILURE: Failure = { tag: "unexpected", message: "its task is gone" };
const TASK = "arn:aws:ecs:us-east-1:123456789012:task/prod/1";

/** A run that a process has just claimed. */
async function claimed(one: DialectWorld, worker: Orchestrator<FlowRun>) {
  const run = one.world.schedule();
  const { runs: [due] } = await during(one, worker.poll(new Set(), SIGNAL));
  assert.ok(due);
  const claim = { ...due.claim, marker: { ...OWNER, claim: due.claim.key } };
  assert.equal((await during(one, worker.claim(due.run, claim, SIGNAL))).outcome, "claimed");
  return { run, claim, toFail: { id: run.id, version: null, claim, held: true } };
}

const LATER = "2030-01-01T00:00:00.000000Z";
const own = (claim: string) =>
  markLabel({ worker: "agent", process: "p", scope: OWNER.scope, claim, former: null });

for (
  const [what, state, more, expected] of [
    ["PENDING under its claim", null, {}, "CRASHED"],
    ["RUNNING without a label", { type: "RUNNING" }, {}, "CRASHED"],
    [
      "RUNNING under a later launch",
      { type: "RUNNING" },
      { labels: { [MARK_LABEL]: own(LATER) } },
      "RUNNING",
    ],
    ["waiting within its task for a retry", { type: "SCHEDULED" }, {
      policy: { ...NO_POLICY, retry_type: "in_process" },
    }, "CRASHED"],
    [
      "due again by its flow",
      { type: "SCHEDULED" },
      { policy: { ...NO_POLICY, retry_type: "reschedule" } },
      "SCHEDULED",
    ],
    ["suspended", { type: "PAUSED", name: "Suspended" }, {}, "PAUSED"],
    ["cancelling", { type: "CANCELLING" }, {}, "CANCELLED"],
    ["completed", { type: "COMPLETED" }, {}, "COMPLETED"],
    ["claimed anew", { type: "PENDING", again: true }, {}, "PENDING"],
  ] as const
) {
  Deno.test(`ends: given a run that is ${what}, when it is failed for its lost task, then it is ${expected}`, async () => {
    const one = dialectWorld();
    const worker = one.process();
    const { run, toFail } = await claimed(one, worker);
    await one.clock.advance(1000);
    if (state !== null && "again" in state) {
      one.world.set(run.id, { type: "SCHEDULED", state_details: { scheduled_time: LATER } });
      const message = markMessage({ worker: "agent", process: "p2", scope: OWNER.scope });
      one.world.set(run.id, { type: "PENDING", name: "Pending", message });
      run.labels = {};
    } else if (state !== null) one.world.set(run.id, { ...state });
    Object.assign(run, more);

    await during(one, worker.fail(toFail, FAILURE, SIGNAL));

    assert.equal(run.state["type"], expected);
  });
}

for (
  const [type, expected] of [
    ["SCHEDULED", "CANCELLED"],
    ["RUNNING", "CANCELLED"],
    ["COMPLETED", "COMPLETED"],
    ["FAILED", "FAILED"],
    ["PAUSED", "PAUSED"],
  ] as const
) {
  Deno.test(`ends: given a run that has retried within its task and is ${type}, when its stopped task is told, then it is ${expected}`, async () => {
    const one = dialectWorld();
    const worker = one.process();
    const { run, toFail } = await claimed(one, worker);
    await one.clock.advance(1000);
    one.world.set(run.id, { type });
    run.policy = { ...NO_POLICY, retry_type: "in_process" };

    await during(one, worker.cancel(toFail, "Cancelled", SIGNAL));

    assert.equal(run.state["type"], expected);
  });
}

for (const end of ["COMPLETED", "CANCELLED", "CRASHED"] as const) {
  for (const by of ["fail", "cancel"] as const) {
    Deno.test(`ends: given a run that becomes ${end} after it was read as Cancelling, when its ${by === "fail" ? "lost" : "stopped"} task is told, then that end stays`, async () => {
      const one = dialectWorld();
      const worker = one.process();
      const { run, toFail } = await claimed(one, worker);
      await one.clock.advance(1000);
      one.world.set(run.id, { type: "CANCELLING" });
      one.world.before = ({ route }) => {
        if (route.includes("flow_run_states")) one.world.set(run.id, { type: end, message: "its own" });
        return undefined;
      };

      if (by === "fail") await during(one, worker.fail(toFail, FAILURE, SIGNAL));
      else await during(one, worker.cancel(toFail, "Cancelled", SIGNAL));

      assert.deepEqual([run.state["type"], run.state["message"]], [end, "its own"]);
    });
  }
}

for (
  const [what, again, expected] of [
    ["was claimed anew", ["PENDING"], "PENDING"],
    ["runs anew", ["PENDING", "RUNNING"], "RUNNING"],
    ["was claimed anew and is being cancelled", ["PENDING", "RUNNING", "CANCELLING"], "CANCELLING"],
  ] as const
) {
  Deno.test(`ends: given a run that was cancelled, was retried by a person and ${what}, when the stopped task of its earlier launch is told, then it is left alone`, async () => {
    const one = dialectWorld();
    const worker = one.process();
    const { run, claim } = await claimed(one, worker);
    const launched = { id: run.id, version: null, claim };
    const message = markMessage({ worker: "agent", process: "p2", scope: OWNER.scope });
    for (const type of ["CANCELLED", "SCHEDULED", ...again] as const) {
      await one.clock.advance(1000);
      const state_details = type === "SCHEDULED" ? { scheduled_time: LATER } : {};
      one.world.set(run.id, { type, message: type === "PENDING" ? message : null, state_details });
    }
    run.labels = { [MARK_LABEL]: own(LATER) };

    await during(one, worker.cancel(launched, "Cancelled; its task is stopped", SIGNAL));
    const left = run.state["type"];
    await during(
      one,
      worker.cancel({ ...launched, claim: { key: LATER, isLate: false } }, "Cancelled", SIGNAL),
    );

    assert.deepEqual([left, run.state["type"]], [expected, "CANCELLED"]);
  });
}

const SAID = "Unable to describe task definition.";

/** Failures of every kind that end a run without its id in their messages. */
const NAMELESS: readonly Failure[] = [
  {
    tag: "refused",
    service: "ECS",
    code: "ClientException",
    operation: "DescribeTaskDefinition",
    message: SAID,
  },
  { tag: "unauthorized", message: SAID },
  { tag: "apiError", code: "404", message: SAID },
  { tag: "notPlaced", class: "configuration", failures: [], message: SAID },
  { tag: "notPlaced", class: "capacity", failures: [{ reason: "RESOURCE:CPU" }], message: SAID },
  { tag: "taskStopped", class: "vanished", wasRunning: true, taskId: TASK, message: SAID },
  { tag: "unavailable", status: 503, message: SAID },
  { tag: "unreachable", message: SAID },
  { tag: "timedOut", message: SAID },
  { tag: "throttled", retryAfterMs: 0, message: SAID },
  { tag: "unknownOutcome", operation: "RunTask", message: SAID },
  { tag: "conflict", taskIds: [TASK], message: SAID },
  { tag: "credentials", message: SAID },
  { tag: "configuration", field: "--region", message: SAID },
  { tag: "badFlowRun", field: "cpu", message: SAID },
  { tag: "deadline", stage: "plan", message: SAID },
  { tag: "unexpected", message: SAID },
];

for (const failure of NAMELESS) {
  Deno.test(`ends: given a failure of kind ${failure.tag} that does not name the run, when the run is failed, then its state and its log name it once`, async () => {
    const one = dialectWorld();
    const worker = one.process();
    const { run, toFail } = await claimed(one, worker);

    await during(one, worker.fail(toFail, failure, SIGNAL));

    assert.equal(run.state["type"], "CRASHED");
    const message = String(run.state["message"]);
    assert.equal(message.split(run.id).length, 2, message);
    assert.ok(message.endsWith(SAID), message);
    assert.ok(one.lines.some((line) => line.message === message));
  });
}

Deno.test("ends: given a failure that names the run, when the run is failed, then the message is kept as it is", async () => {
  const one = dialectWorld();
  const worker = one.process();
  const { run, toFail } = await claimed(one, worker);
  const message = `Flow run ${run.id} has no room`;

  await during(one, worker.fail(toFail, { tag: "unexpected", message }, SIGNAL));

  assert.equal(run.state["message"], message);
});

for (
  const [what, end] of [
    ["failed", "CRASHED"],
    ["given back", "SCHEDULED"],
    ["cancelled", "CANCELLED"],
  ] as const
) {
  Deno.test(`ends: given a run that is ${what} right after its claim, when the naming is late, then it does not undo that`, async () => {
    const one = dialectWorld();
    const worker = one.process();
    const { run, toFail } = await claimed(one, worker);

    if (end === "CRASHED") await during(one, worker.fail(toFail, FAILURE, SIGNAL));
    if (end === "SCHEDULED") assert.equal(await during(one, worker.giveBack(run.id, SIGNAL)), true);
    if (end === "CANCELLED") await during(one, worker.cancel(toFail, "Cancelled", SIGNAL));
    await one.clock.advance(120_000);

    assert.equal(run.state["type"], end);
  });
}

Deno.test("ends: given a run that is given back, when the queue is asked, then it is due at its own time and claimed anew", async () => {
  const one = dialectWorld();
  const worker = one.process();
  const { run, claim } = await claimed(one, worker);
  await during(one, worker.giveBack(run.id, SIGNAL));

  const { runs: [due] } = await during(one, one.process("other").poll(new Set(), SIGNAL));
  assert.equal(due?.claim.key, claim.key);
});

Deno.test("ends: given a claim of another worker, when it is to be given back, then it is left alone", async () => {
  const one = dialectWorld();
  const { run } = await claimed(one, one.process("first"));

  assert.equal(await during(one, one.process("second").giveBack(run.id, SIGNAL)), false);
  assert.equal(run.state["type"], "PENDING");
});

for (
  const [what, worker, owner] of [
    ["OFFLINE", { status: "OFFLINE" }, "dead"],
    ["not listed", null, "dead"],
    ["ONLINE with a heartbeat of two days ago", { status: "ONLINE", agoS: 172_800 }, "dead"],
    ["ONLINE with a heartbeat of 100 s ago", { status: "ONLINE", agoS: 100 }, "alive"],
    ["ONLINE", { status: "ONLINE", agoS: 0 }, "alive"],
  ] as const
) {
  Deno.test(`recovery: given a claim of a worker that is ${what}, when claims are searched, then it is ${owner === "dead" ? "taken up" : "left alone"}`, async () => {
    const one = dialectWorld();
    const { run } = await claimed(one, one.process("first"));
    await one.clock.advance(1000);
    const second = one.process("second");
    one.world.workers.delete("first");
    if (worker !== null) {
      const agoMs = "agoS" in worker ? 1000 * worker.agoS : 0;
      const last_heartbeat_time = new Date(one.clock.now() - agoMs).toISOString();
      const row = {
        name: "first",
        status: worker.status,
        last_heartbeat_time,
        heartbeat_interval_seconds: 30,
      };
      one.world.workers.set("first", row);
    }

    const found = await during(one, second.findClaims({ ...OWNER, agent: "second" }, SIGNAL));
    assert.deepEqual(
      found.map(({ header, isMine }) => [header.id, isMine]),
      owner === "dead" ? [[run.id, true]] : [],
    );
  });
}

Deno.test("recovery: given PENDING runs without a mark of this program, when claims are searched, then they are not found", async () => {
  const one = dialectWorld();
  const worker = one.process();
  for (const [name, message] of [["Pending", null], ["Submitting", "by somebody else"]] as const) {
    one.world.set(one.world.schedule().id, { type: "PENDING", name, message });
  }

  assert.deepEqual(await during(one, worker.findClaims(OWNER, SIGNAL)), []);
});

for (
  const [state, isFound] of [
    [{ type: "RUNNING" }, true],
    [{ type: "PAUSED", name: "Paused" }, true],
    [{ type: "PAUSED", name: "Suspended" }, false],
    [{ type: "CANCELLING" }, true],
    [{ type: "SCHEDULED", name: "Resuming" }, false],
  ] as const
) {
  Deno.test(`recovery: given a launched run that is ${"name" in state ? state.name : state.type}, when claims are searched, then it is ${isFound ? "found, to be followed again" : "left alone"}`, async () => {
    const one = dialectWorld();
    const worker = one.process();
    const { run } = await claimed(one, worker);
    await one.clock.advance(1000);
    one.world.set(run.id, state);

    const found = await during(one, worker.findClaims(OWNER, SIGNAL));
    assert.deepEqual(found.map(({ header }) => header.id), isFound ? [run.id] : []);
  });
}

Deno.test("recovery: given a run that the stock worker launched after us, when claims are searched, then its label does not make it ours", async () => {
  const one = dialectWorld();
  const worker = one.process();
  const { run } = await claimed(one, worker);
  await one.clock.advance(1000);
  run.labels = { ...run.labels, "prefect.worker.name": "stock" };
  run.pid = `prod::${TASK}`;
  one.world.set(run.id, { type: "RUNNING" });

  assert.deepEqual(await during(one, worker.findClaims(OWNER, SIGNAL)), []);
});

Deno.test("recovery: given the id of a task from before the claim, when the run is found, then that task is not taken for its own", async () => {
  const one = dialectWorld();
  const worker = one.process();
  const old = one.world.schedule({ pid: `prod::${TASK}` });
  const { runs: [due] } = await during(one, worker.poll(new Set(), SIGNAL));
  assert.ok(due);
  await during(
    one,
    worker.claim(due.run, { ...due.claim, marker: { ...OWNER, claim: due.claim.key } }, SIGNAL),
  );
  await one.clock.advance(1000);
  one.world.set(old.id, { type: "RUNNING" });

  const [before] = await during(one, worker.findClaims(OWNER, SIGNAL));
  old.pid = `prod::${TASK}2`;
  const [after] = await during(one, worker.findClaims(OWNER, SIGNAL));
  assert.deepEqual([before?.taskId, after?.taskId], [null, `${TASK}2`]);
});

Deno.test("hold: given a run that is cancelled between read and proposal, when its claim is to be taken over, then it is not taken", async () => {
  const one = dialectWorld();
  const { run, claim } = await claimed(one, one.process("first"));
  await one.clock.advance(1000);
  const second = one.process("second");
  one.world.before = ({ route }) => {
    if (route.endsWith("/set_state")) one.world.set(run.id, { type: "CANCELLED" });
    return undefined;
  };

  const due = await during(one, second.findRun(run.id, SIGNAL));
  assert.ok(due);
  const wanted = { runId: run.id, run: due.run, claim, mayTake: true, renew: false, note: null };
  assert.equal((await during(one, second.hold(wanted, SIGNAL))).outcome, "lost");
});

for (const cancels of [true, false]) {
  const then = cancels ? "the agent is told to cancel it" : "it is left to the server";

  Deno.test(`hold: given a run that is being cancelled, when its claim is confirmed, then ${then}`, async () => {
    const one = dialectWorld();
    const worker = one.process("agent", { cancels });
    const { run, claim } = await claimed(one, worker);
    await one.clock.advance(1000);
    one.world.set(run.id, { type: "CANCELLING" });
    const told: unknown[] = [];
    worker.pushed((push) => void told.push(push));

    const due = await during(one, worker.findRun(run.id, SIGNAL));
    assert.ok(due);
    const wanted = { runId: run.id, run: due.run, claim, mayTake: false, renew: false, note: null };
    const { outcome } = await during(one, worker.hold(wanted, SIGNAL));

    assert.equal(outcome, cancels ? "held" : "lost");
    assert.deepEqual(told, cancels ? [{ type: "cancel.requested", runId: run.id }] : []);
  });
}

for (const type of ["COMPLETED", "FAILED", "CRASHED", "CANCELLED"] as const) {
  Deno.test(`ends: given a run that was ${type} when a PENDING state of its launch came late, when its task is lost, then it is ${type} again`, async () => {
    const one = dialectWorld();
    const worker = one.process();
    const { run, toFail } = await claimed(one, worker);
    const { message } = run.state;
    await one.clock.advance(1000);
    one.world.set(run.id, { type: "RUNNING" });
    one.world.set(run.id, { type, message: "as it ended" });
    one.world.set(run.id, { type: "PENDING", name: "Submitting", message });

    const end = await during(one, worker.fail(toFail, FAILURE, SIGNAL));

    assert.deepEqual([run.state.type, run.state.message], [type, "as it ended"]);
    assert.equal(end?.state.toUpperCase(), type);
    assert.match(one.logged.join("\n"), /when a proposal of its launch came late/);
  });
}

for (
  const [what, states, expected] of [
    ["taken back by a late PENDING state", [{ type: "COMPLETED" }, "late", "cancel"], "COMPLETED"],
    ["taken back twice", [{ type: "FAILED" }, "late", "late", "cancel"], "FAILED"],
    ["not taken back", [{ type: "COMPLETED" }, "cancel"], "CANCELLED"],
    [
      "of a flow that has run once more since",
      [{ type: "COMPLETED" }, "late", { type: "RUNNING" }, "cancel"],
      "CANCELLED",
    ],
    ["of an earlier launch", [{ type: "COMPLETED" }, { type: "SCHEDULED" }, "late", "cancel"], "CANCELLED"],
    ["none", ["cancel"], "CANCELLED"],
  ] as const
) {
  for (const by of ["cancel", "fail"] as const) {
    Deno.test(`ends: given a run that a person cancels and whose former end was ${what}, when its ${by === "fail" ? "lost task" : "stopped task"} is told, then it is ${expected}`, async () => {
      const one = dialectWorld();
      const worker = one.process();
      const { run, toFail } = await claimed(one, worker);
      const { message } = run.state;
      await one.clock.advance(1000);
      one.world.set(run.id, { type: "RUNNING" });
      for (const state of states) {
        if (state === "late") one.world.set(run.id, { type: "PENDING", name: "Submitting", message });
        else one.world.set(run.id, state === "cancel" ? { type: "CANCELLING" } : state);
      }

      if (by === "fail") await during(one, worker.fail(toFail, FAILURE, SIGNAL));
      else await during(one, worker.cancel(toFail, "Cancelled", SIGNAL));

      assert.equal(run.state.type, expected);
    });
  }
}

Deno.test("ends: given a run that ended before it was scheduled again, when the task of its new launch is lost, then it is Crashed", async () => {
  const one = dialectWorld();
  const worker = one.process();
  const before = one.world.schedule();
  one.world.set(before.id, { type: "COMPLETED" });
  await one.clock.advance(1000);
  one.world.set(before.id, { type: "SCHEDULED", state_details: { scheduled_time: before.state.timestamp } });
  const { runs: [due] } = await during(one, worker.poll(new Set(), SIGNAL));
  assert.ok(due);
  const claim = { ...due.claim, marker: { ...OWNER, claim: due.claim.key } };
  await during(one, worker.claim(due.run, claim, SIGNAL));

  await during(one, worker.fail({ id: before.id, version: null, claim, held: true }, FAILURE, SIGNAL));

  assert.equal(before.state.type, "CRASHED");
});
