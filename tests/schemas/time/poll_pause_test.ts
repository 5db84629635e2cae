import assert from "node:assert/strict";
import { pollPauseMs } from "../../../schemas/time/poll_pause.ts";

Deno.test("poll pause: given polls in a row that find nothing, when the next is due, then the pause grows from 250 ms to 10 s", () => {
  const pauses = [-1, 0, 1, 2, 3, 4, 5, 6, 7, 1000].map((idle) => pollPauseMs(idle));

  assert.deepEqual(pauses, [250, 250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000, 10_000]);
});

Deno.test("poll pause: given a longest pause, when the next poll is due, then no pause is longer, and the shorter ones stay", () => {
  const pauses = [0, 1, 2, 3, 6].map((idle) => pollPauseMs(idle, 1000));

  assert.deepEqual(pauses, [250, 500, 1000, 1000, 1000]);
});
