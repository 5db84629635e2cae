import assert from "node:assert/strict";
import type { Orchestrator } from "../../../schemas/contracts/orchestrator.ts";
import { FailureError } from "../../../schemas/failure/failure.ts";
import { markMessage } from "../../../schemas/prefect3/claim_mark.ts";
import type { FlowRun } from "../../../schemas/prefect3/flow_run.ts";
import { type DialectWorld, dialectWorld, during } from "../../support/prefect3/dialect.ts";

const SIGNAL = new AbortController().signal;
const OWNER = { agent: "agent", scope: "us-east-1/default" };
const TASK = "arn:aws:ecs:us-east-1:123456789012:task/prod/1";
const LATER = "2030-01-01T00:00:00.000000Z";

/** A run that a process has just claimed. */
async function claimed(one: DialectWorld, worker: Orchestrator<FlowRun>) {
  const run = one.world.schedule();
  const { runs: [due] } = await during(one, worker.poll(new Set(), SIGNAL));
  assert.ok(due);
  const claim = { ...due.claim, marker: { ...OWNER, claim: due.claim.key } };
  assert.equal((await during(one, worker.claim(due.run, claim, SIGNAL))).outcome, "claimed");
  return run;
}

for (const isAnew of [true, false]) {
  Deno.test(`id of a task: given one that the API does not take for a while, when another worker launches the run ${isAnew ? "anew" : "never"}, then the id of ${isAnew ? "its" : "the own"} task stays`, async () => {
    const one = dialectWorld();
    const worker = one.process();
    const run = await claimed(one, worker);
    const untilMs = one.clock.now() + 20_000;
    one.world.before = ({ method, path }) => {
      if (method !== "PATCH" || path.length !== 2 || one.clock.now() > untilMs) return undefined;
      throw new FailureError({ tag: "unavailable", status: 503, message: "away" });
    };
    assert.equal(
      await during(one, worker.reportTask(run.id, { id: TASK, label: "Task", isTakenUp: false }, SIGNAL)),
      "kept",
    );

    if (isAnew) {
      one.world.set(run.id, { type: "SCHEDULED", state_details: { scheduled_time: LATER } });
      const message = markMessage({ worker: "other", process: "p2", scope: OWNER.scope });
      one.world.set(run.id, { type: "PENDING", name: "Pending", message });
      run.pid = "theirs";
    }
    await one.clock.advance(120_000);

    assert.equal(run.pid?.endsWith(TASK), !isAnew);
    await worker.end(AbortSignal.abort());
  });
}

Deno.test("id of a task: given one that the API does not take for a moment, when this worker launches the run anew, then the former id is not sent any more", async () => {
  const one = dialectWorld();
  const worker = one.process();
  const run = await claimed(one, worker);
  let isAway = true;
  one.world.before = ({ method, path }) => {
    if (method !== "PATCH" || path.length !== 2 || !isAway) return undefined;
    throw new FailureError({ tag: "unavailable", status: 503, message: "away" });
  };
  const task = { id: TASK, label: "Task", isTakenUp: false };
  const told = worker.reportTask(run.id, task, SIGNAL);
  await one.clock.advance(500);

  const scheduled_time = new Date(one.clock.now()).toISOString();
  one.world.set(run.id, { type: "SCHEDULED", state_details: { scheduled_time } });
  const { runs: [due] } = await during(one, worker.poll(new Set(), SIGNAL));
  assert.ok(due);
  isAway = false;
  const marker = { ...OWNER, claim: due.claim.key };
  await during(one, worker.claim(due.run, { ...due.claim, marker }, SIGNAL));
  await one.clock.advance(3000);
  assert.equal(one.world.run(run.id).pid, null);
  assert.equal(await told, "reported");
  await during(one, worker.reportTask(run.id, { ...task, id: `${TASK}2` }, SIGNAL));

  assert.ok(run.pid?.endsWith(`${TASK}2`));
  await worker.end(AbortSignal.abort());
});
