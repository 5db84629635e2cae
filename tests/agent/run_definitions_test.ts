import assert from "node:assert/strict";
import { makeRunDefinitions } from "../../agent/run_definitions.ts";
import { type Failure, FailureError } from "../../schemas/failure/failure.ts";
import type { DefinitionPlan } from "../../schemas/ecs/launch_plan.ts";
import { fakeClock } from "../support/clock.ts";

const OWN: DefinitionPlan = { how: "perRun", request: {}, ownFamily: "prefect-etl-r1" };
const CUT: DefinitionPlan = { how: "perRun", request: {} };
const SIGNAL = new AbortController().signal;
const LOST: Failure = { tag: "unknownOutcome", operation: "RegisterTaskDefinition", message: "reset" };
const ARN = "arn:1";

function setUp(failures: readonly Failure[] = []) {
  const clock = fakeClock();
  const open = [...failures];
  const done: string[] = [];
  const inHand = new Set<string>();
  const definitions = makeRunDefinitions({
    effects: {
      clock,
      log: () => undefined,
      ensureTaskDefinition: () => {
        const failure = open.shift();
        if (failure !== undefined) return Promise.reject(new FailureError(failure));
        return Promise.resolve({ name: ARN, registered: true, releaseId: ARN });
      },
      deregisterTaskDefinition: (arn) => Promise.resolve(void done.push(`deregister ${arn}`)),
      sweepTaskDefinitions: (family) => Promise.resolve(void done.push(`sweep ${family}`)),
    },
    vault: { ids: () => inHand },
  });
  return { clock, done, inHand, definitions };
}

for (
  const [name, failures, plan, isTakenUp, expected] of [
    ["nothing went wrong", [], OWN, false, []],
    ["the claim was found again", [], OWN, true, ["sweep prefect-etl-r1"]],
    ["an answer was lost", [LOST], OWN, false, ["sweep prefect-etl-r1"]],
    ["the family may be another run's too", [LOST], CUT, true, []],
  ] as const
) {
  Deno.test(`definitions: given ${name}, when released, then what may be left of the run's family goes too`, async () => {
    const { definitions, done } = setUp(failures);
    for (const _ of failures) await assert.rejects(definitions.ensure("r1", plan, SIGNAL));
    await definitions.ensure("r1", plan, SIGNAL);

    await definitions.release({ runId: "r1", id: ARN, plan, isTakenUp }, SIGNAL);

    assert.deepEqual(done, [`deregister ${ARN}`, ...expected]);
  });
}

Deno.test("definitions: given a registration that was given up, when the run has left, then its family is swept once that is settled", async () => {
  const { clock, definitions, done } = setUp([LOST]);
  await assert.rejects(definitions.ensure("r1", OWN, SIGNAL));

  definitions.left("r1");
  await clock.advance(2999);
  const before = [...done];
  await clock.advance(1);

  assert.deepEqual([before, done], [[], ["sweep prefect-etl-r1"]]);
});

Deno.test("definitions: given a run that is back in hand, when its family would be swept, then it is left alone", async () => {
  const { clock, definitions, done, inHand } = setUp([LOST]);
  await assert.rejects(definitions.ensure("r1", OWN, SIGNAL));
  definitions.left("r1");
  inHand.add("r1");

  await clock.advance(10_000);

  assert.deepEqual(done, []);
});

Deno.test("definitions: given a run whose launch was decided by an earlier process, when found, then its family is swept, a shared one is not", () => {
  const { definitions, done } = setUp();

  definitions.decided(OWN);
  definitions.decided(CUT);
  definitions.decided({ how: "existing", name: "etl" });

  assert.deepEqual(done, ["sweep prefect-etl-r1"]);
});

Deno.test("definitions: given a registration that ECS refused, when the run has left, then there is nothing to sweep", async () => {
  const { clock, definitions, done } = setUp([{
    tag: "refused",
    service: "ECS",
    code: "ClientException",
    operation: "RegisterTaskDefinition",
    message: "no",
  }]);
  await assert.rejects(definitions.ensure("r1", OWN, SIGNAL));

  definitions.left("r1");
  await clock.advance(10_000);

  assert.deepEqual([done, clock.pending()], [[], 0]);
});

Deno.test("definitions: given what was left was swept, when the run leaves, or leaves again, then it is not swept once more", async () => {
  const { clock, definitions, done } = setUp([LOST, LOST]);
  for (const id of ["released", "left"]) await assert.rejects(definitions.ensure(id, OWN, SIGNAL));
  await definitions.release({ runId: "released", id: ARN, plan: OWN, isTakenUp: false }, SIGNAL);
  done.length = 0;

  for (const id of ["released", "left", "left"]) definitions.left(id);
  await clock.advance(10_000);

  assert.deepEqual(done, ["sweep prefect-etl-r1"]);
});
