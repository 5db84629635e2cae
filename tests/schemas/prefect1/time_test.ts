/** Moments of the Prefect 1 API. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import { isoOf, momentOf } from "../../../schemas/prefect1/time.ts";

const TABLE: readonly (readonly [string, string | null])[] = [
  ["2023-01-02T03:04:05.123456+00:00", "2023-01-02T03:04:05.123+00:00"],
  ["2023-01-02T03:04:05Z", "2023-01-02T03:04:05+00:00"],
  ["2023-01-02T03:04:05", "2023-01-02T03:04:05+00:00"],
  ["2023-01-02 03:04:05+0200", "2023-01-02T01:04:05+00:00"],
  ["2023-01-02T03:04:05+02", "2023-01-02T01:04:05+00:00"],
  ["2023-01-02T03:04", "2023-01-02T03:04:00+00:00"],
  ["2023-01-02T03:04:05-05:30", "2023-01-02T08:34:05+00:00"],
  ["2023-13-02T03:04:05+00:00", null],
  ["2023-01-02", null],
  ["soon", null],
  ["", null],
];
for (const [text, wanted] of TABLE) {
  Deno.test(`momentOf: given ${text}, when read, then ${wanted}`, () => {
    const ms = momentOf(text);

    assert.equal(ms === null ? null : isoOf(ms), wanted);
  });
}

Deno.test("momentOf: given any moment written by isoOf, when read, then it is the same", () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 4e12 }), (ms) => assert.equal(momentOf(isoOf(ms)), ms)));
});
