import assert from "node:assert/strict";
import fc from "fast-check";
import { pageOf } from "../../../../sandbox/kubernetes/objects/pages.ts";
import { Refusal } from "../../../../sandbox/kubernetes/objects/refusal.ts";
import type { JsonObject } from "../../../../schemas/json/json.ts";

const objects = (count: number): readonly JsonObject[] =>
  Array.from({ length: count }, (_, at) => ({
    metadata: { namespace: "default", name: `job-${String(at).padStart(3, "0")}` },
  }));

const KNOWN = { newest: 500, oldest: 300 };

Deno.test("pages: given any number of objects and any limit, then the pages together hold each object once", () => {
  fc.assert(fc.property(fc.nat(30), fc.integer({ min: 1, max: 12 }), (count, limit) => {
    const all = objects(count);
    const found: JsonObject[] = [];
    for (let next = "";;) {
      const { items, metadata } = pageOf(all, { limit, next }, KNOWN);
      assert.ok(items.length <= limit);
      assert.equal(metadata["resourceVersion"], "500");
      found.push(...items);
      assert.equal(metadata["remainingItemCount"] ?? 0, count - found.length);
      if (metadata["continue"] === undefined) break;
      next = String(metadata["continue"]);
    }
    assert.deepEqual(found, all);
  }));
});

Deno.test("pages: given changes between two pages, then the second one keeps the version of the first and goes on behind it", () => {
  const [, , , fourth] = objects(4);
  const first = pageOf(objects(4), { limit: 2, next: "" }, KNOWN);

  const second = pageOf(fourth === undefined ? [] : [fourth], {
    limit: 2,
    next: String(first.metadata["continue"]),
  }, { newest: 900, oldest: 300 });

  assert.deepEqual(second.items, [fourth]);
  assert.deepEqual(second.metadata, { resourceVersion: "500" });
});

Deno.test("pages: given no limit, then everything comes at once", () => {
  const { items, metadata } = pageOf(objects(3), { limit: 0, next: "" }, KNOWN);

  assert.equal(items.length, 3);
  assert.deepEqual(metadata, { resourceVersion: "500" });
});

function refusalOf(next: string, oldest: number): Refusal {
  try {
    pageOf(objects(3), { limit: 1, next }, { newest: 900, oldest });
  } catch (thrown) {
    if (thrown instanceof Refusal) return thrown;
  }
  assert.fail("no refusal");
}

Deno.test("pages: given a page that comes after its version is forgotten, then it is refused as 410", () => {
  const next = String(pageOf(objects(3), { limit: 1, next: "" }, KNOWN).metadata["continue"]);

  const refusal = refusalOf(next, 501);

  assert.equal(refusal.status, 410);
  assert.equal(refusal.reason, "Expired");
});

for (const next of ["nonsense", "%%%", btoa("500"), btoa("x y")]) {
  Deno.test(`pages: given ${next} as the page to go on with, then it is refused as 400`, () => {
    assert.equal(refusalOf(next, 300).status, 400);
  });
}
