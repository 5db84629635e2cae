import assert from "node:assert/strict";
import {
  decideEach,
  decisionRow,
  decisionRows,
} from "../../../../schemas/prefect3/state_rules/decision_rows.ts";
import { propose } from "../../../../schemas/prefect3/state_rules/propose.ts";
import { NO_DETAILS, type State, type StateType } from "../../../../schemas/prefect3/state_rules/state.ts";
import {
  type Moment,
  NO_POLICY,
  type Proposal,
  type RuledRun,
} from "../../../../schemas/prefect3/state_rules/transition.ts";

const MOMENT: Moment = {
  now: "2026-12-01T05:00:00Z",
  ids: { state: "new state", lease: "lease", pause: "pause" },
  isLiving: () => true,
  release: "3.9",
  slotWaitSeconds: 30,
};

const CLAIM: Proposal = { state: { type: "PENDING" }, way: "asked", isRenewing: true };

function run(id: string, type: StateType, scheduled_time: string | null = null): RuledRun {
  const state: State = {
    ...{
      id: `state of ${id}`,
      type,
      name: "any",
      timestamp: "2026-12-01T04:00:00Z",
      message: null,
      data: null,
    },
    state_details: { ...NO_DETAILS, scheduled_time },
  };
  const none = { deployment: null, infrastructurePid: null, parentTaskRunId: null };
  return { id, state, policy: NO_POLICY, runCount: 0, ...none };
}

Deno.test("decision rows: given a claim that is accepted, then the row shows the new state and no reason", () => {
  const row = decisionRow(propose(run("a", "SCHEDULED", "2026-12-01T04:30:00Z"), CLAIM, MOMENT));

  const state = row["state"] as State;
  assert.deepEqual([row["status"], row["details"]], ["ACCEPT", { type: "accept_details" }]);
  assert.deepEqual([state.id, state.type, state.state_details.scheduled_time], [
    "new state",
    "PENDING",
    "2026-12-01T04:30:00Z",
  ]);
});

Deno.test("decision rows: given proposals that are aborted or have to wait, then the row says why, and how long", () => {
  const aborted = decisionRow(propose(run("a", "RUNNING"), CLAIM, MOMENT));
  const begin: Proposal = { ...CLAIM, state: { type: "RUNNING" } };
  const waiting = decisionRow(propose(run("a", "SCHEDULED", "2026-12-01T05:01:00Z"), begin, MOMENT));

  assert.deepEqual([aborted["status"], aborted["details"]], [
    "ABORT",
    {
      type: "abort_details",
      reason: "This run is in a RUNNING state and cannot transition to a PENDING state.",
    },
  ]);
  const { type, delay_seconds } = waiting["details"] as Record<string, unknown>;
  assert.deepEqual([waiting["status"], type, delay_seconds], ["WAIT", "wait_details", 60]);
});

Deno.test("decision rows: given runs of one request, then each gets the details that the one before has left, and all accepted ones show those of the last", () => {
  const runs = [
    run("a", "SCHEDULED", "2026-12-01T04:30:00Z"),
    run("b", "RUNNING"),
    run("c", "SCHEDULED", "2026-12-01T04:45:00Z"),
  ];
  const given: (string | null)[] = [];

  const decided = decideEach(runs, (each, shared) => {
    given.push(shared?.scheduled_time ?? null);
    return propose(each, CLAIM, MOMENT, shared);
  });
  const rows = decisionRows(decided);

  const last = decided.at(-1)?.decision.shared.scheduled_time;
  const times = rows.map(({ state }) => (state as State).state_details.scheduled_time);
  assert.deepEqual(given.slice(0, 2), [null, "2026-12-01T04:30:00Z"]);
  assert.deepEqual(rows.map(({ flow_run_id, status }) => [flow_run_id, status]), [
    ["a", "ACCEPT"],
    ["b", "ABORT"],
    ["c", "ACCEPT"],
  ]);
  assert.deepEqual(times, [last, null, last]);
});

Deno.test("decision rows: given no runs, then no rows", () => {
  assert.deepEqual(decisionRows(decideEach([], () => assert.fail())), []);
});
