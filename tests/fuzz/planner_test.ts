import { pollution } from "./support/oracle.ts";
import { plannerFaults } from "./support/planner.ts";
import { forSeeds, seedsOf } from "./support/runs.ts";

Deno.test("planner: given hostile runs and templates, when planned and explained, then there is a plan or a reason, and no secret", async () => {
  await forSeeds(seedsOf(4000), (seed) => [...plannerFaults(seed), ...pollution()]);
});
