import assert from "node:assert/strict";
import type { Breach } from "../../../tools/house/breach.ts";
import { complaints, readKnownBreaches, shrunk } from "../../../tools/house/known_breaches.ts";

const breaches = (path: string, count: number): readonly Breach[] =>
  Array.from({ length: count }, (_, i) => ({ rule: "words", path, line: i + 1, what: "it is wrong" }));

const LIST = "# rule, path, count\nwords\tagent/a.ts\t2\n\nwords\tagent/b.ts\t1\n";
const known = readKnownBreaches(LIST);

Deno.test("known breaches: given as many as listed, when they are compared, then nothing is said", () => {
  assert.deepEqual(complaints([...breaches("agent/a.ts", 2), ...breaches("agent/b.ts", 1)], known), []);
});

Deno.test("known breaches: given a file that is not listed, when it has a breach, then the breach is reported", () => {
  assert.deepEqual(complaints(breaches("agent/c.ts", 1), []), ["agent/c.ts:1: it is wrong"]);
});

Deno.test("known breaches: given one more than listed, when they are compared, then all of the file are reported", () => {
  const found = [...breaches("agent/a.ts", 3), ...breaches("agent/b.ts", 1)];

  assert.deepEqual(complaints(found, known), [
    "agent/a.ts:1: it is wrong",
    "agent/a.ts:2: it is wrong",
    "agent/a.ts:3: it is wrong",
    "  of these 3, 2 are known",
  ]);
});

Deno.test("known breaches: given a listed one that has gone, when they are compared, then the list must shrink", () => {
  assert.deepEqual(complaints(breaches("agent/a.ts", 1), known), [
    'agent/a.ts: 1 known breach(es) of "words" have gone',
    'agent/b.ts: 1 known breach(es) of "words" have gone',
    "  lower the counts: deno task house:shrink",
  ]);
});

Deno.test("known breaches: given fewer and more than listed, when the list shrinks, then counts fall and never rise", () => {
  assert.equal(shrunk(breaches("agent/a.ts", 1), LIST), "# rule, path, count\nwords\tagent/a.ts\t1\n\n");
  assert.equal(shrunk([...breaches("agent/a.ts", 9), ...breaches("agent/b.ts", 1)], LIST), LIST);
});

Deno.test("known breaches: given a line that is none, when the list is read, then the line is named", () => {
  for (const line of ["words agent/a.ts 2", "words\tagent/a.ts\t0", "words\tagent/a.ts\tmany"]) {
    assert.throws(() => readKnownBreaches(line), { name: "SyntaxError", message: /known breaches: words/ });
  }
});
