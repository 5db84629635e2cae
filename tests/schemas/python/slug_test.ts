import assert from "node:assert/strict";
import fc from "fast-check";
import { slugify } from "../../../schemas/python/slug.ts";
import families from "../../golden/ecs/slug.json" with { type: "json" };
import slugs from "../../golden/fargate/slugs.json" with { type: "json" };

for (const { id, name, expect } of slugs.cases) {
  Deno.test(`${id}: given ${JSON.stringify(name)}, when made a slug, then it is the recorded one`, () => {
    assert.equal(slugify(name), expect.slug);
  });
}

for (const { id, flow_run, expect } of families.cases) {
  Deno.test(`${id}: given a flow name and a run id, when made a family, then it is the recorded one`, () => {
    const slug = slugify(`${flow_run.flow.name}-${flow_run.id}`, { maxLength: 247 });
    assert.equal(`prefect-${slug}`, expect.family);
  });
}

// Each pair: a text, and what python-slugify 8.0.4 on text-unidecode 1.3 makes of it.
const COMPARED: readonly (readonly [string, string])[] = [
  ["a&apos;b", "a-apos-b"],
  ["a&lang;b", "a-b"],
  ["&amp;#233;t&amp;eacute;", "e-t-eacute"],
  ["&#1114112;&#65;", "1114112-65"],
  ["&#XE9;", "xe9"],
  ["1&#44;2", "12"],
  ["Ã©", "a-c"],
  ["\u0080a", "a"],
  ["x\u3400y", "x-y"],
  ["x\ue000y", "x-y"],
  ["x\u02e5y", "xy"],
  ["𝐀b", "ab"],
  ["''a''b''", "a-b"],
  ["½", "1-2"],
  ["Ⅷ", "viii"],
  ["1，2", "12"],
];

for (const [text, slug] of COMPARED) {
  Deno.test(`slugify: given ${JSON.stringify(text)}, when made a slug, then it is Python's`, () => {
    assert.equal(slugify(text), slug);
  });
}

// Each row: a text, a limit, the slug.
const CUT: readonly (readonly [string, number, string])[] = [
  ["aaa bbb ccc", 11, "aaa-bbb-ccc"],
  ["aaa bbb ccc", 10, "aaa-bbb"],
  ["aaa bbb ccc", 8, "aaa-bbb"],
  ["aaa bbb ccc", 7, "aaa-bbb"],
  ["aaa bbb ccc", 6, "aaa"],
  ["aaa bbb ccc", 3, "aaa"],
  ["aaa bbb ccc", 2, "aa"],
  ["aaaa", 2, "aa"],
  ["", 2, ""],
];

for (const [text, maxLength, slug] of CUT) {
  Deno.test(`slugify: given ${JSON.stringify(text)} and ${maxLength} characters, when cut, then whole words stay`, () => {
    assert.equal(slugify(text, { maxLength }), slug);
  });
}

Deno.test("slugify: given any text, when made a slug, then it is words and single dashes, and its own slug", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    const slug = slugify(text);
    assert.match(slug, /^(?:[a-z0-9]+(?:-[a-z0-9]+)*)?$/);
    assert.equal(slugify(slug), slug);
  }));
});

Deno.test("slugify: given any text and limit, when cut, then it is a prefix no longer than the limit", () => {
  const words = fc.array(fc.string({ unit: fc.constantFrom("a", "b", "1"), maxLength: 9 })).map((each) =>
    each.join(" ")
  );
  fc.assert(fc.property(words, fc.integer({ min: 1, max: 40 }), (text, maxLength) => {
    const [whole, cut] = [slugify(text), slugify(text, { maxLength })];
    assert.ok(cut.length <= maxLength && whole.startsWith(cut));
    assert.ok(whole === "" || cut !== "");
  }));
});
