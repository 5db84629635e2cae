import assert from "node:assert/strict";
import { normalTimestamp, timestampOf } from "../../../../sandbox/prefect1/store/timestamps.ts";
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

Deno.test("timestamps: given microseconds, when written, then they end in the zone, and are read as they were written", () => {
  const text = timestampOf(Date.UTC(2026, 10, 21) * 1000 + 374_424);

  assert.equal(text, "2026-11-21T00:00:00.374424+00:00");
  assert.equal(normalTimestamp(text), text);
});
