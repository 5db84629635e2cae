/** The simulated server's queue of cleanup messages. @module */

import assert from "node:assert/strict";
import type { JsonObject } from "../../../schemas/json/json.ts";
import {
  CLEANUP_LEASE_SECONDS,
  MOST_CLEANUP_DELIVERIES,
} from "../../../schemas/prefect3/state_rules/server_times.ts";
import { makeCleanupQueue } from "../../../simulation/prefect3/cleanup_queue.ts";
import { makeVirtualTime } from "../../../simulation/world/virtual_time.ts";

/** A queue with one message, and what a worker does with each delivery. */
async function delivered(
  answer: (queue: ReturnType<typeof makeCleanupQueue>, token: string, delivery: number) => void,
): Promise<readonly number[]> {
  const time = makeVirtualTime(0);
  let ids = 0;
  const queue = makeCleanupQueue({ time }, () => `id-${++ids}`);
  const counts: number[] = [];
  queue.join(({ delivery_count, reservation_token }: JsonObject) => {
    counts.push(Number(delivery_count));
    time.after(1000, () => answer(queue, String(reservation_token), counts.length));
  });
  queue.put("run", "pid");
  await time.run(CLEANUP_LEASE_SECONDS * 1000 * (MOST_CLEANUP_DELIVERIES + 5), () => false);
  return counts;
}

Deno.test("cleanup queue: given a worker that says nothing, when leases end, then the message is given up after its last delivery", async () => {
  assert.deepEqual(await delivered(() => undefined), [1, 2, 3]);
});

Deno.test("cleanup queue: given a worker that releases what it gets, when it is delivered again, then it is given up after its last delivery", async () => {
  const counts = await delivered((queue, token) => {
    assert.equal(queue.answer("cleanup.release.v1", token).status, "accepted");
  });

  assert.deepEqual(counts, [1, 2, 3]);
});

Deno.test("cleanup queue: given a worker that has done what it was asked for, when the lease ends, then the message is not delivered again", async () => {
  const counts = await delivered((queue, token, delivery) => {
    queue.answer(delivery === 1 ? "cleanup.release.v1" : "cleanup.ack.v1", token);
  });

  assert.deepEqual(counts, [1, 2]);
});
