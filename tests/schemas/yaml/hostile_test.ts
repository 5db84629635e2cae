import assert from "node:assert/strict";
import { FailureError } from "../../../schemas/failure/failure.ts";
import { BOUNDS } from "../../../schemas/bounds/bounds.ts";
import { noWork } from "../../../schemas/bounds/work.ts";
import { toJson } from "../../../schemas/python/value.ts";
import { parseMapping } from "../../../schemas/yaml/mapping.ts";
import { parseYaml } from "../../../schemas/yaml/yaml.ts";
import { assertLinear } from "../../support/linear.ts";

function refusal(text: string): string {
  try {
    parseYaml(text, { source: "t" });
  } catch (thrown) {
    assert.ok(thrown instanceof FailureError && thrown.failure.tag === "configuration");
    return thrown.failure.message;
  }
  assert.fail("It should have been refused");
}

function stepsOf(text: string): number {
  const work = noWork();
  parseYaml(text, { source: "t", work });
  return work.steps;
}

/** Lines in which each mapping merges the one before it ten times. */
function mergeBomb(first: string, lines: number): string {
  const line = (n: number) => `a${n}: &a${n} {<<: [${Array(10).fill(`*a${n - 1}`).join(", ")}]}`;
  return [`a0: &a0 ${first}`, ...Array.from({ length: lines - 1 }, (_, n) => line(n + 1))].join("\n");
}

Deno.test("merges: given 12 lines that merge empty mappings ten times each, when read, then all are empty", () => {
  const read = toJson(parseYaml(mergeBomb("{}", 12), { source: "t" }));
  assert.deepEqual(read, Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`a${n}`, {}])));
});

Deno.test("merges: given more and more lines that merge empty mappings, when read, then each line costs the same", () => {
  assertLinear((lines) => stepsOf(mergeBomb("{}", lines)), 20);
});

Deno.test("merges: given 12 lines that merge a pair ten times each, when read, then the values are too many", () => {
  const told = "more than 20000 values when aliases are written out at line 5, column 9";
  assert.equal(refusal(mergeBomb("{k: 1}", 12)), `Cannot read t as YAML: ${told}`);
});

Deno.test("merges: given many small merges of one large mapping, when read, then the pairs are too many", () => {
  const large = `a: &a {${Array.from({ length: 1000 }, (_, n) => `k${n}: 1`).join(", ")}}`;
  const merges = Array.from({ length: 1000 }, (_, n) => `b${n}: {<<: *a}`);
  assert.match(refusal([large, ...merges].join("\n")), /more than 20000 merged pairs/);
});

Deno.test("merges: given merges of merges in a line, when read, then each costs no more than its own pairs", () => {
  const chain = (length: number) =>
    ["a0: &a0 {k: 1}", ...Array.from({ length }, (_, n) => `a${n + 1}: &a${n + 1} {<<: *a${n}}`)].join("\n");
  assertLinear((length) => stepsOf(chain(length)), 100);
});

Deno.test("template: given a text beyond its bound, when read, then its size and the bound are told", () => {
  const text = `a: ${"x".repeat(BOUNDS.template.most)}`;
  const told = "it has 262147 bytes (at most 262144 are accepted)";
  assert.equal(refusal(text), `Cannot read t: ${told}`);
  assert.deepEqual(parseMapping(text), { problem: `Cannot read the file: ${told}` });
});

Deno.test("template: given characters of several bytes, when measured, then their bytes count", () => {
  assert.match(refusal(`a: ${"é".repeat(BOUNDS.template.most / 2)}`), /it has 262147 bytes/);
});

Deno.test("template: given 100 000 keys, when read, then they are too many", () => {
  const keys = Array.from({ length: 100_000 }, (_, n) => `${n.toString(36)}:`).join("\n");
  assert.match(refusal(keys), /it has \d+ bytes \(at most 262144 are accepted\)/);
});

Deno.test("template: given more tokens than the bound, when read, then they are refused before they are composed", () => {
  const told = "more than 100000 tokens at line 1, column 100001";
  assert.equal(refusal(`a: [${",".repeat(100_000)}]`), `Cannot read t as YAML: ${told}`);
});

Deno.test("template: given the most values as JSON on lines of their own, when read, then they are no more tokens than accepted", () => {
  const values = Array.from({ length: BOUNDS.templateValues.most - 3 }, () => 1);
  const read = toJson(parseYaml(JSON.stringify({ a: values }, null, 1), { source: "t" }));
  assert.deepEqual(read, { a: values });
});

Deno.test("template: given more and more commas, each of them a fault, when read, then each costs the same", () => {
  assertLinear((commas) => {
    const work = noWork();
    assert.throws(() => parseYaml(`a: [${",".repeat(commas)}]`, { source: "t", work }), /unexpected token/);
    return work.steps;
  }, 500);
});

Deno.test("template: given a text with faults, when read, then later errors have their stacks", () => {
  refusal("a: [,]");
  assert.match(new Error("x").stack ?? "", /hostile_test/);
});

Deno.test("integers: given 480 000 characters of base 60, when read, then they are refused by their length", () => {
  const text = `a: ${["1", ...Array(159_999).fill("59")].join(":")}`;
  assert.match(refusal(text), /it has \d+ bytes \(at most/);
});

for (
  const [what, digits] of [["base 60", "1" + ":59".repeat(2000)], ["ten", "9".repeat(5000)], [
    "16",
    `0x${"f".repeat(5000)}`,
  ]] as const
) {
  Deno.test(`integers: given thousands of digits to the base ${what}, when read, then length and bound are told`, () => {
    const told = `an integer of ${digits.length} characters (at most 4300 are accepted) at line 1, column 4`;
    assert.equal(refusal(`a: ${digits}`), `Cannot read t as YAML: ${told}`);
  });
}

Deno.test("integers: given the longest one that is accepted, when read, then no digit is lost", () => {
  const digits = "7".repeat(BOUNDS.integer.most);
  assert.deepEqual(toJson(parseYaml(`a: ${digits}`, { source: "t" })), { a: digits });
});
