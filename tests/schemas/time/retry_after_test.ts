/** How long servers ask to wait. @module */

import assert from "node:assert/strict";
import { retryAfterMs } from "../../../schemas/time/retry_after.ts";

const NOW = Date.UTC(2023, 0, 2, 3, 4, 5);
const WAITS: readonly (readonly [string | undefined, number | null])[] = [
  [undefined, null],
  ["", null],
  ["7", 7000],
  ["0.5", 500],
  ["-3", 0],
  ["soon", null],
  ["Mon, 02 Jan 2023 03:04:15 GMT", 10_000],
  ["Mon, 02 Jan 2023 03:00:00 GMT", 0],
];
for (const [value, wanted] of WAITS) {
  Deno.test(`retryAfterMs: given ${value}, when read, then ${wanted}`, () => {
    assert.equal(retryAfterMs(value, NOW), wanted);
  });
}
