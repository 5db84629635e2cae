import assert from "node:assert/strict";
import { planWith, registrationOf } from "../../../support/prefect3/plan_golden.ts";

const FAMILIES: readonly (readonly [string, string])[] = [
  ["Flows_of-team-1", "Flows_of-team-1"],
  ["my family.v2", "my-family-v2"],
  ["Größe für alle", "Grosse-fur-alle"],
  ["  spaced  ", "spaced"],
  ["x".repeat(300), "x".repeat(255)],
];

for (const [given, wanted] of FAMILIES) {
  Deno.test(`family: given ${given.slice(0, 20)}, when a run is planned, then ECS takes it`, () => {
    const plan = planWith({ deployment: { family: given } });

    assert.equal(registrationOf(plan).family, wanted);
  });
}

Deno.test("family: given none, or one without any letter, when a run is planned, then it is made of pool and deployment", () => {
  const families = [{}, { family: "" }, { family: "!!!" }].map((deployment) =>
    String(registrationOf(planWith({ deployment, poolName: "Data (EU) #2 + ü?" })).family)
  );

  assert.equal(new Set(families).size, 1);
  assert.match(families[0] ?? "", /^prefect_Data-EU-2-u_2254342b-ecce-4fbd-8453-8e0a38696791$/);
});

Deno.test("family: given a pool with a very long name, when a run is planned, then the deployment stays in the family", () => {
  const family = String(registrationOf(planWith({ poolName: "p".repeat(400) })).family);

  assert.equal(family.length, 255);
  assert.ok(family.endsWith("_2254342b-ecce-4fbd-8453-8e0a38696791"));
});
