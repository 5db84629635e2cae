import assert from "node:assert/strict";
import { unobserved } from "../../../actors/observability/call_observer.ts";
import { makeCallTally } from "../../../actors/observability/call_tally.ts";
import { FailureError } from "../../../schemas/failure/failure.ts";

const POLL = { service: "prefect", operation: "POST /work_pools/{name}/get_scheduled_flow_runs" };
const RUN_TASK = { service: "ECS", operation: "RunTask" };

Deno.test("call tally: given calls that are answered, refused and given up, when they are counted, then each kind has its own row, most frequent first", async () => {
  const tally = makeCallTally(unobserved);
  const refused = new FailureError({ tag: "unauthorized", message: "no" });

  await tally.observe({ ...RUN_TASK, work: () => Promise.resolve(1) });
  const answer = await tally.observe({ ...POLL, work: () => Promise.resolve("rows") });
  await tally.observe({ ...POLL, work: () => Promise.resolve(503), resultOf: () => "unavailable" });
  await assert.rejects(tally.observe({ ...POLL, work: () => Promise.reject(refused) }), refused);

  assert.equal(answer, "rows");
  assert.deepEqual(tally.counts(), [
    { ...POLL, count: 3, failed: 2 },
    { ...RUN_TASK, count: 1, failed: 0 },
  ]);
});

Deno.test("call tally: given another service with an operation of the same name, when both are counted, then they are told apart", async () => {
  const tally = makeCallTally(unobserved);

  await tally.observe({ ...RUN_TASK, work: () => Promise.resolve(1) });
  await tally.observe({ service: "other", operation: "RunTask", work: () => Promise.resolve(1) });

  assert.equal(tally.counts().length, 2);
});
