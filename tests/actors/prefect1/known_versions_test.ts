import assert from "node:assert/strict";
import { makeKnownVersions } from "../../../actors/prefect1/known_versions.ts";

const row = (version: number, type: string, id = "run") => ({ id, version, type });

Deno.test("known versions: given a run never seen, when read, then its row counts", () => {
  assert.equal(makeKnownVersions().isStale(row(3, "Scheduled")), false);
});

for (
  const [name, version, type, expected] of [
    ["the state that was claimed", 3, "Scheduled", true],
    ["the claim", 4, "Submitted", false],
    ["a state before the claim", 2, "Scheduled", true],
    ["a later state", 6, "Running", false],
    ["a retry that was scheduled since", 7, "Scheduled", false],
    ["the claim of an API that does not count", 3, "Submitted", false],
  ] as const
) {
  Deno.test(`known versions: given a claim on version 3, when ${name} is read, then it is ${expected ? "stale" : "taken"}`, () => {
    const versions = makeKnownVersions();
    versions.claimed("run", 3);

    assert.equal(versions.isStale(row(version, type)), expected);
  });
}

Deno.test("known versions: given a row that was read, when an older one comes, then only the older one is stale", () => {
  const versions = makeKnownVersions();
  const seen = [
    row(5, "Running"),
    row(4, "Submitted"),
    row(5, "Running"),
    row(6, "Success"),
    row(5, "Running"),
  ];

  assert.deepEqual(seen.map(versions.isStale), [false, true, false, false, true]);
});

Deno.test("known versions: given more runs than are remembered, when an old one is read again, then it is a run never seen", () => {
  const versions = makeKnownVersions();
  for (let n = 0; n <= 20_000; n++) versions.isStale(row(5, "Running", `run-${n}`));

  assert.equal(versions.isStale(row(4, "Submitted", "run-0")), false);
  assert.equal(versions.isStale(row(4, "Submitted", "run-20000")), true);
});
