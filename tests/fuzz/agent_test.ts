import assert from "node:assert/strict";
import { type Case, runCase } from "./support/hostile_agent.ts";
import { faultsOf } from "./support/oracle.ts";
import { forSeeds, seedsOf } from "./support/runs.ts";
import { seeded } from "./support/seeded.ts";

function caseOf(seed: number): Case {
  const from = seeded(seed * 7919 + 13);
  return {
    seed,
    flavour: from.chance(0.7) ? "ecs" : "fargate",
    apiRate: from.pick([0, 0, 0.1, 0.4]),
    awsRate: from.pick([0, 0, 0.1, 0.4]),
    maxPolls: from.pick([1, 2, 4]),
  };
}

Deno.test("agent: given hostile runs, APIs and templates, when it polls, then it ends and every run is explained without a secret", async () => {
  await forSeeds(seedsOf(200), async (seed) => {
    const given = caseOf(seed);
    return faultsOf(await runCase(given), given);
  });
});

Deno.test("agent: given one seed, when the case is run twice, then the same happens", async () => {
  const given = caseOf(7);
  const [one, other] = [await runCase(given), await runCase(given)];

  assert.deepEqual(one.prefect.ops(), other.prefect.ops());
  assert.deepEqual(
    one.ended.map(({ runId, outcome }) => [runId, outcome]),
    other.ended.map((e) => [e.runId, e.outcome]),
  );
});
