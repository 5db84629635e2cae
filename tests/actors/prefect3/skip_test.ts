import assert from "node:assert/strict";
import type { Orchestrator } from "../../../schemas/contracts/orchestrator.ts";
import { readMarkMessage } from "../../../schemas/prefect3/claim_mark.ts";
import type { FlowRun } from "../../../schemas/prefect3/flow_run.ts";
import { type DialectWorld, dialectWorld, during } from "../../support/prefect3/dialect.ts";

const SIGNAL = new AbortController().signal;
const OWNER = { agent: "agent", scope: "us-east-1/default" };

async function claimed(one: DialectWorld, worker: Orchestrator<FlowRun>) {
  const run = one.world.schedule();
  const { runs: [due] } = await during(one, worker.poll(new Set(), SIGNAL));
  assert.ok(due);
  const claim = { ...due.claim, marker: { ...OWNER, claim: due.claim.key } };
  assert.equal((await during(one, worker.claim(due.run, claim, SIGNAL))).outcome, "claimed");
  const skip = (its: Orchestrator<FlowRun>, skipped: readonly number[]) =>
    during(one, its.skip?.({ runId: run.id, claim, skipped }, SIGNAL) ?? Promise.resolve(null));
  const wanted = { runId: run.id, run: due.run, claim, mayTake: true, renew: false, note: null };
  return { run, skip, hold: (its: Orchestrator<FlowRun>) => during(one, its.hold(wanted, SIGNAL)) };
}

for (const afterMs of [0, 5000]) {
  Deno.test(`skip: given a claim of ${afterMs} ms ago, when it is to skip a token, then its mark says so, and whoever takes it over says it as well`, async () => {
    const one = dialectWorld();
    const [first, second] = [one.process(), one.process()];
    const { run, skip, hold } = await claimed(one, first);
    await one.clock.advance(afterMs);

    const isSaid = await skip(first, [1]);
    await one.clock.advance(5000);

    assert.equal(isSaid, true);
    assert.deepEqual(readMarkMessage(String(run.state["message"]))?.skipped, [1]);
    const [found] = await during(one, second.findClaims(OWNER, SIGNAL));
    assert.deepEqual(found?.skipped, [1]);
    assert.deepEqual(await hold(second), { outcome: "taken", skipped: [1] });
    assert.deepEqual(readMarkMessage(String(run.state["message"]))?.skipped, [1]);
  });
}

Deno.test("skip: given a claim that says it already, when it is asked again, then no state is set", async () => {
  const one = dialectWorld();
  const worker = one.process();
  const { run, skip } = await claimed(one, worker);
  await skip(worker, [1]);
  const { id } = run.state;

  assert.equal(await skip(worker, [1]), true);
  assert.equal(run.state["id"], id);
});

for (
  const [what, change] of [
    ["that another process has taken over", null],
    ["of a run that has begun", { type: "RUNNING" }],
    ["of a run that is being cancelled", { type: "CANCELLING" }],
    ["whose mark somebody has wiped", { type: "PENDING", name: "Other", message: null }],
    ["of a run that is due again", { type: "SCHEDULED" }],
  ] as const
) {
  Deno.test(`skip: given a claim ${what}, when it is to skip a token, then it is left alone`, async () => {
    const one = dialectWorld();
    const [first, second] = [one.process(), one.process()];
    const { run, skip, hold } = await claimed(one, first);
    await one.clock.advance(5000);
    if (change === null) assert.equal((await hold(second)).outcome, "taken");
    else one.world.set(run.id, change);
    const { id } = run.state;

    assert.equal(await skip(first, [1]), false);
    assert.equal(run.state["id"], id);
  });
}

Deno.test("skip: given a server of 3.4, where no PENDING state follows another, when a claim is to skip a token, then it does not", async () => {
  const one = dialectWorld({ isOld: true });
  const worker = one.process();
  const { run, skip } = await claimed(one, worker);

  assert.equal(await skip(worker, [1]), false);
  assert.deepEqual(readMarkMessage(String(run.state["message"]))?.skipped, []);
});
