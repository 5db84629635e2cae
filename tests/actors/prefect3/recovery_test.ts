import assert from "node:assert/strict";
import { claimKeyOf } from "../../../schemas/prefect3/claim_key.ts";
import { MARK_LABEL, markLabel, markMessage } from "../../../schemas/prefect3/claim_mark.ts";
import { NO_POLICY } from "../../../schemas/prefect3/state_rules/transition.ts";
import { type DialectWorld, dialectWorld, during } from "../../support/prefect3/dialect.ts";

const SIGNAL = new AbortController().signal;
const OWNER = { agent: "agent", scope: "us-east-1/default" };
const MARKED = { worker: "agent", process: "former", scope: OWNER.scope };
const MARK = markMessage(MARKED);
const IN_PROCESS = { ...NO_POLICY, retry_type: "in_process" } as const;

/** Ids of the runs that are found, with the keys of their claims. */
async function foundBy(one: DialectWorld) {
  const found = await during(one, one.process().findClaims(OWNER, SIGNAL));
  return found.map(({ header, claim, phase }) => [header.id, claim.key, phase]);
}

for (
  const [state, policy] of [
    [{ type: "RUNNING" }, NO_POLICY],
    [{ type: "PAUSED", name: "Paused" }, NO_POLICY],
    [{ type: "CANCELLING" }, NO_POLICY],
    [{ type: "SCHEDULED", name: "AwaitingRetry" }, IN_PROCESS],
  ] as const
) {
  Deno.test(`recovery: given a launched run without a label that is ${state.type}, when claims are searched, then its states say whose it is`, async () => {
    const one = dialectWorld();
    const run = one.world.schedule();
    const [due] = (await during(one, one.process().poll(new Set(), SIGNAL))).runs;
    one.world.set(run.id, { type: "PENDING", name: "Pending", message: MARK });
    await one.clock.advance(1000);
    one.world.set(run.id, { type: "RUNNING" });
    await one.clock.advance(1000);
    one.world.set(run.id, { ...state, state_details: { scheduled_time: "2030-01-01T00:00:00.000000Z" } });
    run.policy = policy;

    assert.deepEqual(await foundBy(one), [[run.id, due?.claim.key, "running"]]);
  });
}

for (
  const [what, states, labels] of [
    ["another program launched", [{ type: "PENDING", message: null }, { type: "RUNNING" }], {}],
    ["was never launched", [{ type: "CANCELLED" }], {}],
    ["a person started without a claim, after it was due again", [
      { type: "PENDING", message: MARK },
      { type: "SCHEDULED", name: "Scheduled" },
      { type: "RUNNING" },
    ], {}],
    ["is due again", [{ type: "PENDING", message: MARK }, { type: "SCHEDULED", name: "Scheduled" }], {}],
    ["was suspended", [
      { type: "PENDING", message: MARK },
      { type: "RUNNING" },
      { type: "PAUSED", name: "Suspended" },
    ], {}],
    ["another worker has labelled", [{ type: "PENDING", message: MARK }, { type: "RUNNING" }], {
      "prefect.worker.name": "stock",
    }],
    ["has a claim for another cluster", [
      { type: "PENDING", message: MARK.replace("default", "other") },
      { type: "RUNNING" },
    ], {}],
  ] as const
) {
  Deno.test(`recovery: given a run without our label that ${what}, when claims are searched, then it is left alone`, async () => {
    const one = dialectWorld();
    const run = one.world.schedule();
    for (const state of states) {
      await one.clock.advance(1000);
      one.world.set(run.id, state);
    }
    run.labels = labels;

    assert.deepEqual(await foundBy(one), []);
  });
}

Deno.test("recovery: given many runs without labels, when claims are searched again and again, then each history is read once, and at most fifty in one search", async () => {
  const one = dialectWorld();
  for (let n = 0; n < 60; n++) {
    const { id } = one.world.schedule();
    one.world.set(id, { type: "PENDING", message: n % 2 === 0 ? MARK : null });
    one.world.set(id, { type: "RUNNING" });
  }
  const worker = one.process();
  let reads = 0;
  one.world.before = ({ route }) => {
    if (route.includes("flow_run_states")) reads++;
    return undefined;
  };

  const counts = [];
  for (let search = 0; search < 3; search++) {
    const found = await during(one, worker.findClaims(OWNER, SIGNAL));
    counts.push([found.length, reads]);
  }

  assert.deepEqual(counts, [[25, 50], [30, 60], [30, 60]]);
});

for (const type of ["COMPLETED", "FAILED", "CRASHED", "CANCELLED"] as const) {
  for (const waited of ["at once", "after a retry within its task"] as const) {
    Deno.test(`recovery: given a run that ended as ${type} ${waited}, when a PENDING state of its launch came late, then it is not taken up and ends again`, async () => {
      const one = dialectWorld();
      const run = one.world.schedule();
      const retry = [{
        type: "SCHEDULED" as const,
        name: "AwaitingRetry",
        state_details: { scheduled_time: "2026-01-02T03:04:25.000000Z" },
      }, { type: "RUNNING" as const, name: "Retrying" }];
      const states = [
        { type: "PENDING" as const, message: MARK },
        { type: "RUNNING" as const },
        ...(waited === "at once" ? [] : retry),
        { type, name: "Its own name" },
        { type: "PENDING" as const, message: MARK },
      ];
      for (const state of states) {
        await one.clock.advance(1000);
        one.world.set(run.id, state);
      }

      const found = await foundBy(one);
      await one.clock.advance(1000);

      assert.deepEqual(found, []);
      assert.deepEqual([run.state?.type, run.state?.name], [type, "Its own name"]);
      assert.equal(one.lines.filter(({ runId, level }) => runId === run.id && level === "WARNING").length, 1);
    });
  }
}

Deno.test("recovery: given a run that had ended and was retried by a person, when its new claim is PENDING, then it is taken up under the new moment", async () => {
  const one = dialectWorld();
  const run = one.world.schedule();
  const again = "2026-01-02T03:04:25.000000Z";
  const states = [
    { type: "PENDING" as const, message: MARK },
    { type: "RUNNING" as const },
    { type: "FAILED" as const },
    { type: "SCHEDULED" as const, name: "AwaitingRetry", state_details: { scheduled_time: again } },
    { type: "PENDING" as const, message: MARK },
  ];
  for (const state of states) {
    await one.clock.advance(1000);
    one.world.set(run.id, state);
  }

  assert.deepEqual(await foundBy(one), [[run.id, claimKeyOf(again), "submitted"]]);
});

Deno.test("recovery: given a launched run that waits for a retry within its task by the time its history is read, when claims are searched, then it is found under the moment of its launch", async () => {
  const one = dialectWorld();
  const run = one.world.schedule();
  const [due] = (await during(one, one.process().poll(new Set(), SIGNAL))).runs;
  one.world.set(run.id, { type: "PENDING", name: "Pending", message: MARK });
  let isRead = false;
  one.world.before = ({ route }) => {
    if (!route.includes("flow_run_states") || isRead) return undefined;
    isRead = true;
    one.world.set(run.id, { type: "RUNNING" });
    const state_details = { scheduled_time: "2030-01-01T00:00:00.000000Z" };
    one.world.set(run.id, { type: "SCHEDULED", name: "AwaitingRetry", state_details });
    return undefined;
  };

  assert.deepEqual(await foundBy(one), [[run.id, due?.claim.key, "submitted"]]);
  assert.ok(isRead);
});

const LIMITED = { type: "CANCELLED", message: "Deployment concurrency limit reached." } as const;
const OWN_LABEL = {
  [MARK_LABEL]: markLabel({ ...MARKED, claim: "2026-01-02T03:04:05.000000Z", former: null }),
};

for (
  const [what, states, expected] of [
    ["had completed", [{ type: "COMPLETED", name: "Done" }, LIMITED], ["COMPLETED", "Done"]],
    ["had been cancelled by a person", [
      { type: "CANCELLED", message: "by a person" },
      { type: "PENDING", message: MARK },
      LIMITED,
    ], ["CANCELLED", "by a person"]],
    ["was due again", [{ type: "COMPLETED" }, { type: "SCHEDULED" }, LIMITED], [
      "CANCELLED",
      LIMITED.message,
    ]],
    ["had not ended", [LIMITED], ["CANCELLED", LIMITED.message]],
  ] as const
) {
  Deno.test(`recovery: given a launched run that ${what}, when a claim on it came late and found no slot of its deployment, then it is ${expected.join(", ")}`, async () => {
    const one = dialectWorld();
    const run = one.world.schedule();
    run.labels = OWN_LABEL;
    for (
      const state of [{ type: "PENDING", message: MARK } as const, { type: "RUNNING" } as const, ...states]
    ) {
      await one.clock.advance(1000);
      one.world.set(run.id, state);
    }

    await foundBy(one);
    await one.clock.advance(1000);

    const { type, name, message } = run.state ?? {};
    assert.deepEqual([type, type === "COMPLETED" ? name : message], expected);
  });
}
