import assert from "node:assert/strict";
import { environmentValues } from "../../../schemas/ecs/environment_values.ts";

const request = {
  family: "prefect-etl",
  containerDefinitions: [
    { name: "flow", environment: [{ name: "PASSWORD", value: "hunter22" }, { name: "SHORT", value: "yes" }] },
    { name: "side", environment: [{ name: "LONGER", value: "hunter22-and-more" }] },
  ],
  overrides: {
    containerOverrides: [{
      environment: [
        { name: "PREFECT__CLOUD__API_KEY", value: "key-0123456789" },
        { name: "PREFECT__CONTEXT__FLOW_RUN_ID", value: "f00dcafe-0000" },
        { name: "ODD", value: ["not text"] },
      ],
    }],
  },
};

Deno.test("environment values: given a request, when its values are gathered, then all but short and public ones, longest first", () => {
  assert.deepEqual(environmentValues(request), ["hunter22-and-more", "key-0123456789", "hunter22"]);
});

Deno.test("environment values: given environments of any other shape, when values are gathered, then there are none", () => {
  for (const environment of [null, "hunter22", { PASSWORD: "hunter22" }, ["hunter22"], [[]], 7]) {
    assert.deepEqual(environmentValues({ containerDefinitions: [{ environment }] }), []);
  }
});
