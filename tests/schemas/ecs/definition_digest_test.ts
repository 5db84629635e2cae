import assert from "node:assert/strict";
import { definitionDigest } from "../../../schemas/ecs/definition_digest.ts";
import type { JsonObject } from "../../../schemas/json/json.ts";

const REQUEST: JsonObject = {
  family: "prefect-etl",
  tags: [{ key: "prefect:flow-id", value: "1" }],
  cpu: "256",
  containerDefinitions: [
    {
      name: "flow",
      command: ["a", "b"],
      environment: [{ name: "A", value: "1" }, { name: "B", value: "2" }],
      secrets: [{ name: "S", valueFrom: "x" }, { name: "T", valueFrom: "y" }],
    },
    { name: "side" },
  ],
};

function withContainer(changes: JsonObject): JsonObject {
  const containers = REQUEST["containerDefinitions"];
  assert.ok(Array.isArray(containers));
  return { ...REQUEST, containerDefinitions: [{ ...containers[0], ...changes }, containers[1]] };
}

const SAME: readonly (readonly [string, JsonObject])[] = [
  ["another family", { ...REQUEST, family: "other" }],
  ["other tags", { ...REQUEST, tags: [] }],
  ["members in another order", Object.fromEntries(Object.entries(REQUEST).reverse())],
  [
    "variables in another order",
    withContainer({ environment: [{ value: "2", name: "B" }, { name: "A", value: "1" }] }),
  ],
  [
    "secrets in another order",
    withContainer({
      secrets: [{ name: "T", valueFrom: "y" }, { name: "S", valueFrom: "x" }],
    }),
  ],
  ["an undefined member", { ...REQUEST, memory: undefined }],
];

for (const [what, request] of SAME) {
  Deno.test(`definitionDigest: given ${what}, when digested, then it is the same definition`, () => {
    assert.equal(definitionDigest(request), definitionDigest(REQUEST));
  });
}

const OTHER: readonly (readonly [string, JsonObject])[] = [
  ["another cpu", { ...REQUEST, cpu: "512" }],
  ["one more member", { ...REQUEST, memory: "512" }],
  ["a variable with another value", withContainer({ environment: [{ name: "A", value: "1" }] })],
  ["a command in another order", withContainer({ command: ["b", "a"] })],
  ["no containers", { ...REQUEST, containerDefinitions: undefined }],
];

for (const [what, request] of OTHER) {
  Deno.test(`definitionDigest: given ${what}, when digested, then it is another definition`, () => {
    assert.notEqual(definitionDigest(request), definitionDigest(REQUEST));
  });
}
