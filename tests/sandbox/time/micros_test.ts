import assert from "node:assert/strict";
import fc from "fast-check";
import { microsOf, microsText, readMicros, uniqueMicros } from "../../../sandbox/time/micros.ts";

const READ: readonly (readonly [given: string, read: string | null])[] = [
  ["2026-11-21T08:37:41.937677+00:00", "2026-11-21T08:37:41.937677"],
  ["2026-11-21T08:37:41", "2026-11-21T08:37:41.000000"],
  ["2026-11-21 08:37:41.5z", "2026-11-21T08:37:41.500000"],
  ["2026-11-21T10:37:41.000001+02:00", "2026-11-21T08:37:41.000001"],
  ["2026-11-21T03:07:00-0530", "2026-11-21T08:37:00.000000"],
  ["2026-11-21", "2026-11-21T00:00:00.000000"],
  ["2026-11-21T08:37:41.123456789Z", "2026-11-21T08:37:41.123456"],
  ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000000"],
  ["0001-01-01T00:00:00+01:00", null],
  ["9999-12-31T23:59:59-23:00", null],
  ["2026-02-30T00:00:00Z", null],
  ["2026-11-21T25:00:00Z", null],
  ["2026-11-21T24:00:00Z", null],
  ["2026-11-21T08:37:41+", null],
  ["1763714261", null],
  ["", null],
];

for (const [given, read] of READ) {
  Deno.test(`microseconds: given ${JSON.stringify(given)}, then it is ${read ?? "no moment"}`, () => {
    const micros = readMicros(given);

    assert.equal(micros === null ? null : microsText(micros), read);
  });
}

const MICROS = fc.integer({ min: 0, max: 4_000_000_000_000_000 });

Deno.test("microseconds: given any two moments, when they are written and read, then they are the same, and texts sort like moments", () => {
  fc.assert(fc.property(MICROS, MICROS, (one, other) => {
    assert.equal(microsOf(microsText(one)), one);
    assert.equal(readMicros(microsText(one)), one);
    assert.equal(microsText(one) < microsText(other), one < other);
  }));
});

Deno.test("microseconds: given a clock that stands or goes back, then no moment comes twice, and they grow", () => {
  const times = [5, 5, 4, 6];
  const micros = uniqueMicros({ now: () => times.shift() ?? 0 });

  assert.deepEqual([micros(), micros(), micros(), micros()], [5000, 5001, 5002, 6000]);
});
