import assert from "node:assert/strict";
import { patched } from "../../../../sandbox/kubernetes/api/merge.ts";
import { Refusal } from "../../../../sandbox/kubernetes/objects/refusal.ts";
import type { Json, JsonObject } from "../../../../schemas/json/json.ts";

const MERGE = "application/merge-patch+json";
const STRATEGIC = "application/strategic-merge-patch+json";
const JSON_PATCH = "application/json-patch+json";

const CASES:
  readonly (readonly [what: string, type: string, before: JsonObject, patch: Json, after: JsonObject])[] = [
    ["members", MERGE, { a: 1, b: { c: 1, d: 2 } }, { b: { c: 3 }, e: 4 }, { a: 1, b: { c: 3, d: 2 }, e: 4 }],
    ["null", MERGE, { a: 1, b: { c: 1 } }, { a: null, b: { c: null } }, { b: {} }],
    ["a list", MERGE, { containers: [{ name: "a" }] }, { containers: [{ name: "b" }] }, {
      containers: [{ name: "b" }],
    }],
    [
      "items with a name",
      STRATEGIC,
      { containers: [{ name: "a", image: "1" }, { name: "b", image: "2" }] },
      {
        containers: [{ name: "b", image: "3" }, { name: "c" }],
        "$setElementOrder/containers": [{ name: "a" }],
      },
      { containers: [{ name: "a", image: "1" }, { name: "b", image: "3" }, { name: "c" }] },
    ],
    [
      "an item to delete",
      STRATEGIC,
      { env: [{ name: "A", value: "1" }, { name: "B", value: "2" }] },
      { env: [{ name: "A", $patch: "delete" }] },
      { env: [{ name: "B", value: "2" }] },
    ],
    ["a member to replace", STRATEGIC, { labels: { a: "1" } }, { labels: { $patch: "replace", b: "2" } }, {
      labels: { b: "2" },
    }],
    ["a list without a key", STRATEGIC, { args: ["a", "b"] }, { args: ["c"] }, { args: ["c"] }],
    [
      "operations",
      JSON_PATCH,
      { a: 1, list: [1, 3], gone: true, "x/y": 1 },
      [
        { op: "test", path: "/a", value: 1 },
        { op: "replace", path: "/a", value: 2 },
        { op: "add", path: "/list/1", value: 2 },
        { op: "add", path: "/list/-", value: 4 },
        { op: "remove", path: "/gone" },
        { op: "add", path: "/x~1y", value: 5 },
      ],
      { a: 2, list: [1, 2, 3, 4], "x/y": 5 },
    ],
  ];

for (const [what, type, before, patch, after] of CASES) {
  Deno.test(`patch: given ${what} in a ${type}, then they are merged as that says`, () => {
    assert.deepEqual(patched(before, patch, type), after);
  });
}

const REFUSED: readonly (readonly [what: string, type: string, patch: Json, reason: string])[] = [
  ["another type", "application/xml", {}, "UnsupportedMediaType"],
  ["no list", JSON_PATCH, {}, "BadRequest"],
  ["an unknown operation", JSON_PATCH, [{ op: "move", path: "/a" }], "BadRequest"],
  ["a test that fails", JSON_PATCH, [{ op: "test", path: "/a", value: 2 }], "Invalid"],
  ["a path that is not there", JSON_PATCH, [{ op: "remove", path: "/b" }], "Invalid"],
  ["a path through a number", JSON_PATCH, [{ op: "add", path: "/a/b", value: 1 }], "Invalid"],
  ["an item that is not there", JSON_PATCH, [{ op: "add", path: "/list/9", value: 1 }], "Invalid"],
];

for (const [what, type, patch, reason] of REFUSED) {
  Deno.test(`patch: given ${what}, then it is refused as ${reason}`, () => {
    assert.throws(() => patched({ a: 1, list: [] }, patch, type), (thrown) => {
      assert.ok(thrown instanceof Refusal);
      assert.equal(thrown.reason, reason);
      return true;
    });
  });
}
