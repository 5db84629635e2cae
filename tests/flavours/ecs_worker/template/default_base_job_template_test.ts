import assert from "node:assert/strict";
import { defaultBaseJobTemplate } from "../../../../flavours/ecs_worker/template/default_base_job_template.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../../schemas/json/json.ts";
import { isList, mapping } from "../../../../schemas/json/shape.ts";
import { DEFAULT_TEMPLATE } from "../../../support/prefect3/golden_run.ts";

/** Without what forms show for people. */
function withoutDescriptions(value: Json): Json {
  if (isList(value)) return value.map(withoutDescriptions);
  if (!isJsonObject(value)) return value;
  const kept = Object.entries(value).filter(([name, member]) =>
    name !== "description" || typeof member !== "string"
  );
  return Object.fromEntries(kept.map(([name, member]) => [name, withoutDescriptions(member ?? null)]));
}

Deno.test("default base job template: given the recorded one, when descriptions are left out, then both are the same", () => {
  const ours = withoutDescriptions(defaultBaseJobTemplate);

  assert.deepEqual(ours, withoutDescriptions(DEFAULT_TEMPLATE));
});

Deno.test("default base job template: given its variables, when forms show them, then they are in the recorded order, each with a description", () => {
  const properties = (template: JsonObject) => mapping(mapping(template.variables).properties);

  const ours = properties(defaultBaseJobTemplate);

  assert.deepEqual(Object.keys(ours), Object.keys(properties(DEFAULT_TEMPLATE)));
  for (const [name, shown] of Object.entries(ours)) {
    assert.match(String(mapping(shown).description), /^[A-Z].*\.$/, name);
  }
});
