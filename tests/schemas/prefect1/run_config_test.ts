import assert from "node:assert/strict";
import { sampleRun } from "../../../flavours/kubernetes_agent/sample_run.ts";
import { toFailure } from "../../../schemas/failure/failure.ts";
import type { JsonObject } from "../../../schemas/json/json.ts";
import { runConfigMembers, runConfigVariables } from "../../../schemas/prefect1/run_config.ts";

const runWith = (runConfig: JsonObject | null) => ({ ...sampleRun(null), runConfig });

for (const own of ["ECSRun", "KubernetesRun"]) {
  const members = (config: JsonObject | null) => runConfigMembers(runWith(config), own);

  Deno.test(`run config: given one of type ${own}, a universal one and none, when read, then its own members, variables and labels alone, and none are there`, () => {
    assert.deepEqual(members({ type: own, image: "x" }), { type: own, image: "x" });
    assert.deepEqual(members({ type: "UniversalRun", image: "x", env: { A: "1" } }), { env: { A: "1" } });
    assert.deepEqual(members({ type: "UniversalRun", labels: ["a"] }), { labels: ["a"] });
    assert.deepEqual(members(null), { type: own });
  });

  for (
    const [type, said] of [["LocalRun", `only \`${own}\` is supported`], [
      null,
      `it must be ${own} or`,
    ]] as const
  ) {
    Deno.test(`run config: given the type ${type} where ${own} is run, when read, then it is refused with what is accepted`, () => {
      let refused: unknown = null;
      try {
        members({ type });
      } catch (thrown) {
        refused = thrown;
      }
      const { tag, message } = toFailure(refused);

      assert.equal(tag, "badFlowRun");
      assert.ok(message.includes(said), message);
    });
  }
}

Deno.test("run config: given variables of other kinds, when read, then those with a text are kept in order, and one without is refused by its name", () => {
  assert.deepEqual(Object.entries(runConfigVariables(runWith(null), { B: "1", A: 2 })), [["B", "1"], [
    "A",
    "2",
  ]]);
  assert.throws(() => runConfigVariables(runWith(null), { LIST: [[]] }), /LIST/);
});
