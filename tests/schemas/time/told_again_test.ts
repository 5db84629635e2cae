import assert from "node:assert/strict";
import { type Again, nextLine } from "../../../schemas/time/told_again.ts";

Deno.test("nextLine: given line after line, when each is written, then pauses double up to the longest", () => {
  const pauses = (mostMs?: number) => {
    let again: Again | null = null;
    return Array.from({ length: 6 }, () => {
      const nowMs: number = again?.atMs ?? 0;
      again = nextLine(again, nowMs, mostMs);
      assert.equal(again.atMs - nowMs, again.pauseMs);
      return again.pauseMs / 60_000;
    });
  };

  assert.deepEqual([pauses(), pauses(3_600_000)], [[1, 2, 4, 8, 10, 10], [1, 2, 4, 8, 16, 32]]);
});
