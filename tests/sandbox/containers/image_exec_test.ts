import assert from "node:assert/strict";
import fc from "fast-check";
import { matchesGlob } from "../../../sandbox/containers/glob.ts";
import { findImageExec, parseImageExec } from "../../../sandbox/containers/image_exec.ts";
import { FailureError } from "../../../schemas/failure/failure.ts";

const READ: readonly (readonly [string, string, readonly string[]])[] = [
  ["prefecthq/*=env PATH=/opt/venv/bin:/usr/bin:/bin", "prefecthq/*", [
    "env",
    "PATH=/opt/venv/bin:/usr/bin:/bin",
  ]],
  ["*=", "*", []],
  ["a=b=c", "a", ["b=c"]],
  ["a='/with space/bin' \"two words\" x\\ y", "a", ["/with space/bin", "two words", "x y"]],
];

for (const [option, pattern, prefix] of READ) {
  Deno.test(`image exec: given ${option}, then it is split at the first = and as a shell does`, () => {
    assert.deepEqual(parseImageExec(option), { pattern, prefix });
  });
}

for (const option of ["foo", "=env", "", "a='open"]) {
  Deno.test(`image exec: given ${JSON.stringify(option)}, then it is a usage error that names the option`, () => {
    assert.throws(() => parseImageExec(option), (error) => {
      assert.ok(error instanceof FailureError);
      assert.equal(error.failure.tag, "usage");
      assert.match(error.message, /--image-exec/);
      return true;
    });
  });
}

Deno.test("image exec: given several that fit, then the first counts", () => {
  const entries = ["a/b=one", "a/*=two", "*=three"].map(parseImageExec);

  const found = ["a/b", "a/c:1", "other"].map((image) => findImageExec(entries, image)?.prefix);

  assert.deepEqual(found, [["one"], ["two"], ["three"]]);
  assert.equal(findImageExec(entries.slice(0, 2), "other"), undefined);
});

const GLOBS: readonly (readonly [string, string, boolean])[] = [
  ["prefecthq/*", "prefecthq/prefect:0.15.13-python3.9", true],
  ["prefecthq/*", "xprefecthq/prefect", false],
  ["*", "", true],
  ["*/prefect:*", "123.dkr.ecr.eu-west-1.amazonaws.com/team/prefect:1", true],
  ["a.c", "abc", false],
  ["a?c", "abc", true],
  ["a?c", "ac", false],
  ["v[12]", "v2", true],
  ["v[!12]", "v2", false],
  ["v[!12]", "v3", true],
  ["v[", "v[", true],
  ["a+(b)|c", "a+(b)|c", true],
];

for (const [pattern, text, fits] of GLOBS) {
  Deno.test(`glob: given ${pattern} and ${text}, then it ${fits ? "fits" : "does not fit"}`, () => {
    assert.equal(matchesGlob(pattern, text), fits);
  });
}

Deno.test("glob: given a text without special letters, then it fits itself and nothing longer", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z0-9.:/_-]{1,20}$/), (text) => {
      assert.ok(matchesGlob(text, text));
      assert.ok(!matchesGlob(text, `${text}x`));
      assert.ok(matchesGlob(`${text}*`, `${text}x`));
    }),
    { numRuns: 50 },
  );
});
