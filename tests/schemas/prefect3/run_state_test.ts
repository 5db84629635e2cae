/** What the row of a flow run says of its state. @module */

import assert from "node:assert/strict";
import { readRunRow } from "../../../schemas/prefect3/rows.ts";
import { runStateOf } from "../../../schemas/prefect3/run_state.ts";

const ROW = {
  id: "00000000-0000-4000-8000-000000000001",
  name: "calm-otter",
  flow_id: "00000000-0000-4000-8000-000000000002",
  state_type: "CANCELLING",
  state_name: "Cancelling",
};

for (
  const [start_time, hasBegun] of [["2026-01-02T03:04:05Z", true], [null, false]] as const
) {
  Deno.test(`run state: given a row whose start time is ${start_time}, when read, then its flow has ${hasBegun ? "" : "not "}begun`, () => {
    const read = readRunRow({ ...ROW, start_time });

    assert.ok("row" in read);
    const { cancelling, running, hasBegun: found } = runStateOf(read.row);
    assert.deepEqual([cancelling, running, found], [true, false, hasBegun]);
  });
}
