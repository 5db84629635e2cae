import assert from "node:assert/strict";
import fc from "fast-check";
import { canonicalJson, definitionDigest, sha256Hex } from "../../../schemas/json/canonical.ts";
import type { Json, JsonObject } from "../../../schemas/json/json.ts";

Deno.test("canonicalJson: given members in another order, when written, then the text is the same", () => {
  assert.equal(
    canonicalJson({ b: [2, 1, { d: null, c: "x" }], a: true }),
    '{"a":true,"b":[2,1,{"c":"x","d":null}]}',
  );
  assert.equal(canonicalJson({ b: undefined, a: 1 }), '{"a":1}');
  assert.equal(canonicalJson("text"), '"text"');
});

Deno.test("canonicalJson: given any JSON, when shuffled, then the text is the same and reads back", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    const json: Json = JSON.parse(JSON.stringify(value));
    assert.equal(canonicalJson(reversed(json)), canonicalJson(json));
    assert.deepEqual(JSON.parse(canonicalJson(json)), json);
  }));
});

function reversed(json: Json): Json {
  if (Array.isArray(json)) return json.map(reversed);
  if (typeof json !== "object" || json === null) return json;
  return Object.fromEntries(
    Object.entries(json).reverse().map(([key, each]) => [key, reversed(each ?? null)]),
  );
}

Deno.test("sha256Hex: given a text, when digested, then it is SHA-256 of its UTF-8", () => {
  assert.equal(sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  assert.equal(sha256Hex("é"), "4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c");
});

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
