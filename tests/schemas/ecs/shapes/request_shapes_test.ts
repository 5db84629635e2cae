import assert from "node:assert/strict";
import { RegisterTaskDefinitionRequest$, RunTaskRequest$ } from "@aws-sdk/client-ecs";
import { NormalizedSchema } from "@smithy/core/schema";
import { kindWithin, membersOf, STRUCTURES } from "../../../../schemas/ecs/shapes/request_shapes.ts";

/** The structures that the SDK knows, as the table writes them. */
function structuresOfSdk(): Map<string, Map<string, string>> {
  const found = new Map<string, Map<string, string>>();
  const nameOf = (schema: NormalizedSchema) => String(schema.getName(true)).replace(/.*#/, "");
  const add = (schema: NormalizedSchema) => {
    if (found.has(nameOf(schema))) return;
    const members = new Map<string, string>();
    found.set(nameOf(schema), members);
    for (const [name, member] of schema.structIterator()) members.set(name, kindOf(member));
  };
  const kindOf = (schema: NormalizedSchema): string => {
    if (schema.isListSchema()) return `[${kindOf(schema.getValueSchema())}]`;
    if (schema.isMapSchema()) return `{${kindOf(schema.getValueSchema())}}`;
    if (schema.isStructSchema()) {
      add(schema);
      return nameOf(schema);
    }
    if (schema.isStringSchema()) return "text";
    return schema.isBooleanSchema() ? "flag" : "integer";
  };
  for (const request of [RegisterTaskDefinitionRequest$, RunTaskRequest$]) add(NormalizedSchema.of(request));
  return found;
}

Deno.test("shapes of requests: given the schemas that the AWS SDK carries, when the table is compared with them, then it is the same", () => {
  const table = STRUCTURES.map((name): [string, [string, string][]] => [
    name,
    [...membersOf(name) ?? []].sort(),
  ]);

  const sdk = [...structuresOfSdk()].map(([name, members]): [string, [string, string][]] => [
    name,
    [...members].sort(),
  ]);
  assert.deepEqual(new Map(table), new Map(sdk));
});

Deno.test("shapes of requests: given kinds of lists, mappings and scalars, when they are taken apart, then the kind within is told", () => {
  const within = ["[text]", "{text}", "text", "Volume"].map(kindWithin);

  assert.deepEqual(within, [{ of: "text", isList: true }, { of: "text", isList: false }, null, null]);
});
