import assert from "node:assert/strict";
import { pollPauseMs } from "../../../schemas/time/poll_pause.ts";

Deno.test("poll pause: given polls in a row that find nothing, when the next is due, then the pause grows from 250 ms to 10 s", () => {
  const pauses = [-1, 0, 1, 2, 3, 4, 5, 6, 7, 1000].map(pollPauseMs);

  assert.deepEqual(pauses, [250, 250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000, 10_000]);
});
