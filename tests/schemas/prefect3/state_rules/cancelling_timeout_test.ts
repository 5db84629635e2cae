import assert from "node:assert/strict";
import {
  cancellingDeadline,
  cancellingTimeout,
} from "../../../../schemas/prefect3/state_rules/cancelling_timeout.ts";
import { propose } from "../../../../schemas/prefect3/state_rules/propose.ts";
import { after, moment, runIn } from "../../../support/prefect3/ruled_run.ts";

const CANCELLING = runIn({ type: "CANCELLING" });

Deno.test("cancelling timeout: given a run that is Cancelling, when its time is over, then it becomes Cancelled", () => {
  const over = { stateId: "state-0", now: after(300), timeoutSeconds: 300 };

  const proposal = cancellingTimeout(CANCELLING.state, over);
  assert.ok(proposal);
  const { status, state } = propose(CANCELLING, proposal, moment());

  assert.equal(cancellingDeadline(CANCELLING.state, 300), after(300));
  assert.deepEqual([status, state?.type], ["ACCEPT", "CANCELLED"]);
  assert.match(state?.message ?? "", /timed out/);
});

Deno.test("cancelling timeout: given another state or a time that is not over, when looked at, then nothing is proposed", () => {
  const at = { stateId: "state-0", now: after(300), timeoutSeconds: 300 };

  assert.equal(cancellingTimeout(CANCELLING.state, { ...at, now: after(299) }), null);
  assert.equal(cancellingTimeout(CANCELLING.state, { ...at, stateId: "state-9" }), null);
  assert.equal(cancellingTimeout(runIn({ type: "CANCELLED" }).state, at), null);
});
