import assert from "node:assert/strict";
import fc from "fast-check";
import { microsOf, normalTimestamp, timestampOf } from "../../../../sandbox/prefect1/store/timestamps.ts";
import { FailureError } from "../../../../schemas/failure/failure.ts";

const READ: readonly (readonly [string, string])[] = [
  ["2026-11-21T08:37:41.937677+00:00", "2026-11-21T08:37:41.937677+00:00"],
  ["2026-11-21T08:37:41Z", "2026-11-21T08:37:41.000000+00:00"],
  ["2026-11-21T08:37:41", "2026-11-21T08:37:41.000000+00:00"],
  ["2026-11-21 08:37:41.5", "2026-11-21T08:37:41.500000+00:00"],
  ["2026-11-21T10:37:41.000001+02:00", "2026-11-21T08:37:41.000001+00:00"],
  ["2026-11-21T03:07:00-0530", "2026-11-21T08:37:00.000000+00:00"],
  ["2026-11-21T08:37+00", "2026-11-21T08:37:00.000000+00:00"],
  ["2026-11-21", "2026-11-21T00:00:00.000000+00:00"],
  ["2026-11-21T08:37:41.123456789Z", "2026-11-21T08:37:41.123456+00:00"],
  ["2027-01-01T00:30:00+01:00", "2026-12-31T23:30:00.000000+00:00"],
  ["2028-02-29T00:00:00Z", "2028-02-29T00:00:00.000000+00:00"],
  [" 2026-11-21T08:37:41Z ", "2026-11-21T08:37:41.000000+00:00"],
];

for (const [given, stored] of READ) {
  Deno.test(`timestamps: given ${given}, when read, then it is ${stored}`, () => {
    assert.equal(normalTimestamp(given), stored);
  });
}

const WRONG = [
  "",
  "now",
  "2026",
  "2026-02-29",
  "2026-13-01",
  "2026-11-21T",
  "1763714261",
  "2026-11-21T08:37:41+",
];

for (const given of WRONG) {
  Deno.test(`timestamps: given ${JSON.stringify(given)}, when read, then it is refused as no moment`, () => {
    assert.throws(() => normalTimestamp(given), (thrown: unknown) => {
      assert.ok(thrown instanceof FailureError && thrown.failure.tag === "apiError");
      assert.equal(thrown.failure.code, "data-exception");
      return true;
    });
  });
}

const MICROS = fc.integer({ min: 0, max: 4_000_000_000_000_000 });

Deno.test("timestamps: given any moment, when written and read, then it is the same, and texts sort like moments", () => {
  fc.assert(fc.property(MICROS, MICROS, (one, other) => {
    assert.equal(microsOf(timestampOf(one)), one);
    assert.equal(normalTimestamp(timestampOf(one)), timestampOf(one));
    assert.equal(timestampOf(one) < timestampOf(other), one < other);
  }));
});
