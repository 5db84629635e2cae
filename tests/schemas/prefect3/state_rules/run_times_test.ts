import assert from "node:assert/strict";
import { NO_TIMES, timesAfter } from "../../../../schemas/prefect3/state_rules/run_times.ts";
import { after, NOW, stateOf } from "../../../support/prefect3/ruled_run.ts";

Deno.test("run times: given the way of a run, when its states are set, then times tell it, and a run that comes back has not ended", () => {
  const scheduled = stateOf({ type: "SCHEDULED", state_details: { scheduled_time: after(5) } });
  const running = { ...stateOf({ type: "RUNNING" }), timestamp: after(10) };
  const failed = { ...stateOf({ type: "FAILED" }), timestamp: after(12) };

  const due = timesAfter(NO_TIMES, null, scheduled);
  const begun = timesAfter(due, scheduled, running);
  const ended = timesAfter(begun, running, failed);
  const again = timesAfter(ended, failed, scheduled);

  assert.deepEqual(due, { ...NO_TIMES, expected_start_time: after(5), next_scheduled_start_time: after(5) });
  assert.deepEqual([begun.start_time, begun.next_scheduled_start_time], [after(10), null]);
  assert.deepEqual([ended.end_time, ended.total_run_time], [after(12), 2]);
  assert.deepEqual([again.end_time, again.next_scheduled_start_time], [null, after(5)]);
});

Deno.test("run times: given a run that ends before it begins, when it is set, then start and end are that moment", () => {
  const { start_time, end_time } = timesAfter(NO_TIMES, null, stateOf({ type: "CRASHED" }));

  assert.deepEqual([start_time, end_time], [NOW, NOW]);
});
