import assert from "node:assert/strict";
import { makeOwnDefinitions } from "../../../../actors/ecs/definitions/own_definitions.ts";
import { type Failure, FailureError } from "../../../../schemas/failure/failure.ts";
import type { DefinitionPlan } from "../../../../schemas/ecs/launch_plan.ts";
import { fakeClock } from "../../../support/clock.ts";

const OWN: DefinitionPlan = { how: "perRun", request: {}, ownFamily: "prefect-etl-r1" };
const CUT: DefinitionPlan = { how: "perRun", ownFamily: null, request: {} };
const SIGNAL = new AbortController().signal;
const LOST: Failure = { tag: "unknownOutcome", operation: "RegisterTaskDefinition", message: "reset" };
const ARN = "arn:1";

/** @param sweeps what each sweep answers; a family is swept once they are used up */
function setUp(failures: readonly Failure[] = [], sweeps: readonly boolean[] = []) {
  const clock = fakeClock();
  const open = [...failures];
  const answers = [...sweeps];
  const done: string[] = [];
  const definitions = makeOwnDefinitions({
    clock,
    log: () => undefined,
    ensure: () => {
      const failure = open.shift();
      if (failure !== undefined) return Promise.reject(new FailureError(failure));
      return Promise.resolve({ name: ARN, registered: true, releaseId: ARN });
    },
    deregister: (arn) => {
      done.push(`deregister ${arn}`);
      return Promise.resolve("done");
    },
    sweep: (family) => {
      done.push(`sweep ${family}`);
      return Promise.resolve(answers.shift() ?? true);
    },
  });
  const ensure = (runId: string, plan: DefinitionPlan) => definitions.ensure({ runId, plan }, SIGNAL);
  return { clock, done, definitions, ensure };
}

/** The run is not in hand any more. */
const GONE = () => false;

for (
  const [name, failures, plan, isTakenUp, expected] of [
    ["nothing went wrong", [], OWN, false, []],
    ["the claim was found again", [], OWN, true, ["sweep prefect-etl-r1"]],
    ["an answer was lost", [LOST], OWN, false, ["sweep prefect-etl-r1"]],
    ["the family may be another run's too", [LOST], CUT, true, []],
  ] as const
) {
  Deno.test(`definitions: given ${name}, when released, then what may be left of the run's family goes too`, async () => {
    const { definitions, done, ensure } = setUp(failures);
    for (const _ of failures) await assert.rejects(ensure("r1", plan));
    await ensure("r1", plan);

    await definitions.release({ runId: "r1", id: ARN, plan, isTakenUp }, SIGNAL);

    assert.deepEqual(done, [`deregister ${ARN}`, ...expected]);
  });
}

Deno.test("definitions: given a registration that was given up, when the run has left, then its family is swept once that is settled", async () => {
  const { clock, definitions, done, ensure } = setUp([LOST]);
  await assert.rejects(ensure("r1", OWN));

  definitions.left("r1", GONE);
  await clock.advance(2999);
  const before = [...done];
  await clock.advance(1);

  assert.deepEqual([before, done], [[], ["sweep prefect-etl-r1"]]);
});

Deno.test("definitions: given a registration under way, when the run leaves before it has told that it was aborted, then its family is swept", async () => {
  const done: string[] = [];
  const clock = fakeClock();
  const definitions = makeOwnDefinitions({
    clock,
    log: () => undefined,
    ensure: (_, signal) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    deregister: () => Promise.resolve("done"),
    sweep: (family) => (done.push(`sweep ${family}`), Promise.resolve(true)),
  });
  const run = new AbortController();
  const ensured = definitions.ensure({ runId: "r1", plan: OWN }, run.signal);

  run.abort();
  definitions.left("r1", GONE);
  await assert.rejects(ensured);
  await clock.advance(3000);

  assert.deepEqual(done, ["sweep prefect-etl-r1"]);
});

Deno.test("definitions: given a run that is back in hand, when its family would be swept, then it is left alone", async () => {
  const { clock, definitions, done, ensure } = setUp([LOST]);
  await assert.rejects(ensure("r1", OWN));
  let isBack = false;
  definitions.left("r1", () => isBack);
  isBack = true;

  await clock.advance(10_000);

  assert.deepEqual(done, []);
});

Deno.test("definitions: given a run whose launch was decided by an earlier process, when found, then its family is swept, a shared one is not", () => {
  const { definitions, done } = setUp();

  for (const plan of [OWN, CUT, { how: "existing", name: "etl" } as const]) {
    definitions.decided({ runId: "r1", plan });
  }

  assert.deepEqual(done, ["sweep prefect-etl-r1"]);
});

Deno.test("definitions: given a registration that ECS refused, when the run has left, then there is nothing to sweep", async () => {
  const { clock, definitions, done, ensure } = setUp([{
    tag: "refused",
    service: "ECS",
    code: "ClientException",
    operation: "RegisterTaskDefinition",
    message: "no",
  }]);
  await assert.rejects(ensure("r1", OWN));

  definitions.left("r1", GONE);
  await clock.advance(10_000);

  assert.deepEqual([done, clock.pending()], [[], 0]);
});

Deno.test("definitions: given what was left was swept, when the run leaves, or leaves again, then it is not swept once more", async () => {
  const { clock, definitions, done, ensure } = setUp([LOST, LOST]);
  for (const id of ["released", "left"]) await assert.rejects(ensure(id, OWN));
  await definitions.release({ runId: "released", id: ARN, plan: OWN, isTakenUp: false }, SIGNAL);
  done.length = 0;

  for (const id of ["released", "left", "left"]) definitions.left(id, GONE);
  await clock.advance(10_000);

  assert.deepEqual(done, ["sweep prefect-etl-r1"]);
});

Deno.test("definitions: given a sweep that found AWS busy, when the run has left, then it is swept again until nothing is left", async () => {
  const { clock, definitions, done, ensure } = setUp([LOST], [false, false, true]);
  await assert.rejects(ensure("r1", OWN));
  await ensure("r1", OWN);
  await definitions.release({ runId: "r1", id: ARN, plan: OWN, isTakenUp: false }, SIGNAL);

  definitions.left("r1", GONE);
  await clock.advance(3000);
  const early = done.length;
  await clock.advance(3_600_000);

  assert.equal(early, 3);
  assert.deepEqual(done, [`deregister ${ARN}`, ...Array(3).fill("sweep prefect-etl-r1")]);
});

Deno.test("definitions: given AWS that is busy for ever, when the run has left, then twenty sweeps are made", async () => {
  const { clock, definitions, done, ensure } = setUp([LOST], Array(100).fill(false));
  await assert.rejects(ensure("r1", OWN));

  definitions.left("r1", GONE);
  await clock.advance(3_600_000);

  assert.deepEqual([done.length, clock.pending()], [20, 0]);
});

Deno.test("definitions: given a launch that an earlier process decided, when its sweep found AWS busy, then it is swept again once the run has left", async () => {
  const { clock, definitions, done } = setUp([], [false]);

  definitions.decided({ runId: "r1", plan: OWN });
  await clock.advance(0);
  definitions.left("r1", GONE);
  await clock.advance(3000);

  assert.deepEqual(done, Array(2).fill("sweep prefect-etl-r1"));
});

Deno.test("definitions: given a release that is given up, when the run has left, then its family is swept", async () => {
  const { clock, definitions, done, ensure } = setUp();
  await ensure("r1", OWN);
  await definitions.release({ runId: "r1", id: ARN, plan: OWN, isTakenUp: true }, AbortSignal.abort());

  definitions.left("r1", GONE);
  await clock.advance(3000);

  assert.deepEqual(done, [`deregister ${ARN}`, "sweep prefect-etl-r1"]);
});

Deno.test("definitions: given a run that is back in hand when its family is due to be swept, when it leaves again, then its family is swept", async () => {
  const { clock, definitions, done, ensure } = setUp([LOST]);
  await assert.rejects(ensure("r1", OWN));
  let isBack = false;
  definitions.left("r1", () => isBack);
  isBack = true;
  await clock.advance(3000);

  definitions.left("r1", GONE);
  await clock.advance(3000);

  assert.deepEqual(done, ["sweep prefect-etl-r1"]);
});
