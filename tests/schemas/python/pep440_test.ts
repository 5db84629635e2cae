import assert from "node:assert/strict";
import fc from "fast-check";
import {
  compareVersions,
  isOlder,
  parseVersion,
  type Pep440Version,
} from "../../../schemas/python/pep440.ts";
import golden from "../../golden/ecs/image.json" with { type: "json" };

for (const { id, flow_run, expect } of golden.cases) {
  if (typeof expect.command !== "string") continue;
  Deno.test(`${id}: given core version ${flow_run.flow.core_version}, when compared, then the command follows`, () => {
    const old = isOlder(flow_run.flow.core_version, "0.13.0");
    assert.equal(old ? "prefect execute cloud-flow" : "prefect execute flow-run", expect.command);
  });
}

// Oldest first; versions in one row are the same.
const IN_ORDER = [
  ["0.9"],
  ["0.13.0.dev1", "0.13dev1", "v0.13.0-DEV_1"],
  ["0.13a0", "0.13.0-alpha", "0.13a"],
  ["0.13.0a2.dev1"],
  ["0.13.0a2"],
  ["0.13.0b1", "0.13.0.beta.1"],
  ["0.13.0rc1", "0.13c1", "0.13.0-preview-1", "0.13pre1"],
  ["0.13.0rc1.post1"],
  ["0.13.0", "0.13", "0.13.0.0", " 0.13\n", "0!0.13"],
  ["0.13.0+abc"],
  ["0.13.0+abc.1", "0.13.0+ABC-1"],
  ["0.13.0+1"],
  ["0.13.0+1.1"],
  ["0.13.0.post0.dev1"],
  ["0.13.0.post0", "0.13.post"],
  ["0.13.0.post1", "0.13-1", "0.13.0.rev1", "0.13r1"],
  ["0.13.1"],
  ["0.13.10"],
  ["1.4.1"],
  ["1!0.1"],
];

Deno.test("compareVersions: given versions in order, when each two are compared, then the order is found", () => {
  const rows = IN_ORDER.map((row) => row.map(parsed));
  for (const [i, left] of rows.entries()) {
    for (const [j, right] of rows.entries()) {
      for (const a of left) {
        for (const b of right) assert.equal(Math.sign(compareVersions(a, b)), Math.sign(i - j));
      }
    }
  }
});

function parsed(text: string): Pep440Version {
  const version = parseVersion(text);
  assert.ok(version, text);
  return version;
}

for (const text of ["latest", "", "0.13.x", "1..0", "1.0+", "1.0-", "1.0 rc 1", "a1", "1.0+a..b", "0.13;1"]) {
  Deno.test(`isOlder: given ${JSON.stringify(text)}, when parsed, then it is no version; only empty text is old`, () => {
    assert.equal(parseVersion(text), undefined);
    assert.equal(isOlder(text, "0.13.0"), text === "");
  });
}

Deno.test("isOlder: given no version, when compared, then it counts as 0.0.0", () => {
  assert.equal(isOlder(null, "0.13.0"), true);
  assert.equal(isOlder(undefined, "0.13.0"), true);
  assert.equal(isOlder(undefined, "0"), false);
});

Deno.test("isOlder: given pre-releases, when compared with the release, then they are older", () => {
  for (const version of ["0.13.0rc1", "0.13.0a1", "0.13.0.dev5"]) {
    assert.equal(isOlder(version, "0.13.0"), true);
  }
  for (const version of ["0.13.0.post1", "0.13", "0.13.0+5.gabc"]) {
    assert.equal(isOlder(version, "0.13.0"), false);
  }
});

Deno.test("parseVersion: given every part, when taken apart, then each is found", () => {
  assert.deepEqual({ ...parseVersion("V2!1.2.3-Beta.4_rev5.DEV6+Ab-7") }, {
    epoch: 2,
    release: [1, 2, 3],
    pre: ["b", 4],
    post: 5,
    dev: 6,
    local: ["ab", 7],
  });
});

const small = fc.nat({ max: 2 });
const version = fc.tuple(
  fc.array(small, { minLength: 1, maxLength: 3 }),
  fc.option(fc.tuple(fc.constantFrom("a", "b", "rc"), small)),
  fc.option(small),
  fc.option(small),
).map(([release, pre, post, dev]) =>
  parsed(
    release.join(".") + (pre?.join("") ?? "") + (post === null ? "" : `.post${post}`) +
      (dev === null ? "" : `.dev${dev}`),
  )
);

Deno.test("compareVersions: given any three versions, when compared, then the order is a total one", () => {
  fc.assert(
    fc.property(version, version, version, (a, b, c) => {
      assert.equal(Math.sign(compareVersions(a, b)), 0 - Math.sign(compareVersions(b, a)));
      if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0) assert.ok(compareVersions(a, c) <= 0);
    }),
    { numRuns: 500 },
  );
});
