/** Whose a claim is, and how it changes hands, against an API of one run. @module */

import assert from "node:assert/strict";
import type { PlanNote } from "../../../schemas/contracts/orchestrator.ts";
import type { StateInput } from "../../../actors/prefect1/api.ts";
import { makeHold } from "../../../actors/prefect1/hold.ts";
import { FailureError } from "../../../schemas/failure/failure.ts";
import type { JsonObject } from "../../../schemas/json/json.ts";
import { parseReadStates } from "../../../schemas/prefect1/rows.ts";
import { fakeClock } from "../../support/clock.ts";
import { someFlowRun } from "../../support/flow_run.ts";
import { someClaim } from "../../support/claim.ts";

const MARKER = { agent: "agent", region: "r", cluster: "c", claim: "v1" };
const SCHEDULED = { type: "Scheduled", start_time: "2023-01-02T03:04:00+00:00" };

function claimed(by: string, changes: Partial<typeof MARKER> = {}): JsonObject {
  return {
    type: "Submitted",
    context: { "prefect-agent": { ...MARKER, ...changes, by } },
    state: SCHEDULED,
  };
}

interface Given {
  readonly state: JsonObject | null;
  readonly mayTake?: boolean;
  readonly renew?: boolean;
  readonly note?: PlanNote | null;
  /** What the API says to a state that is set; null: it is set. */
  readonly refusal?: string | null;
  /** What becomes of the run before the state arrives. */
  readonly meanwhile?: JsonObject;
}

async function hold({ state, mayTake = true, renew = false, note = null, refusal = null, meanwhile }: Given) {
  const run = { id: "run", version: 2, state };
  const set: StateInput[] = [];
  const clock = fakeClock();
  const rows = () =>
    parseReadStates(
      run.state === null ? [] : [{ ...run, serialized_state: run.state, states: [], task_runs: [] }],
    );
  const ask = makeHold({
    api: {
      readFlowRuns: () => Promise.resolve(rows()),
      setFlowRunStates: ([one]) => {
        if (one === undefined) return Promise.resolve();
        if (meanwhile !== undefined) Object.assign(run, { version: 3, state: meanwhile });
        const isLocked = one.version !== run.version;
        const message = isLocked ? "State update failed: version" : refusal;
        if (message !== null) return Promise.reject(new FailureError({ tag: "apiError", code: "", message }));
        set.push(one);
        Object.assign(run, { version: run.version + 1, state: one.state });
        return Promise.resolve();
      },
    },
    clock,
    coreVersion: "1.4.1",
    by: "me",
    versions: { claimed: () => undefined },
    readRun: () => Promise.resolve(rows()[0]),
  });
  const found = someFlowRun({
    id: "run",
    version: 2,
    stateType: "Submitted",
    state: state ?? SCHEDULED,
  });
  const answer = ask(
    {
      runId: "run",
      run: found,
      claim: someClaim("v1", { agent: "agent", scope: "r/c" }),
      mayTake,
      renew,
      note,
    },
    new AbortController().signal,
  );
  answer.catch(() => undefined); // thrown to the test below
  await clock.advance(50);
  const result = await answer;
  return { outcome: result.outcome, set, state: run.state };
}

const STAYS: readonly { readonly name: string; readonly given: Given; readonly outcome: string }[] = [
  { name: "our own name in it", given: { state: claimed("me") }, outcome: "held" },
  { name: "a run that is being cancelled", given: { state: { type: "Cancelling" } }, outcome: "lost" },
  { name: "a run that has begun", given: { state: { type: "Running" } }, outcome: "held" },
  { name: "a run that waits for its turn", given: { state: { type: "Queued" } }, outcome: "held" },
  {
    name: "another process and no right to take",
    given: { state: claimed("it"), mayTake: false },
    outcome: "lost",
  },
  {
    name: "a claim of another agent",
    given: { state: claimed("it", { agent: "other" }) },
    outcome: "lost",
  },
  {
    name: "a claim for another cluster",
    given: { state: claimed("it", { cluster: "d" }) },
    outcome: "lost",
  },
  { name: "a later claim", given: { state: claimed("it", { claim: "v4" }) }, outcome: "lost" },
  { name: "a claim without a marker", given: { state: { type: "Submitted" } }, outcome: "lost" },
  { name: "a run that has ended", given: { state: { type: "Failed" } }, outcome: "lost" },
  { name: "a run that is back in the queue", given: { state: SCHEDULED }, outcome: "lost" },
];
for (const { name, given, outcome } of STAYS) {
  Deno.test(`hold: given ${name}, when asked, then ${outcome} and nothing is set`, async () => {
    const seen = await hold(given);

    assert.equal(seen.outcome, outcome);
    assert.deepEqual(seen.set, []);
  });
}

Deno.test("hold: given a read that does not show the run, when asked, then it is not lost but asked again later", async () => {
  await assert.rejects(hold({ state: null }), {
    name: "FailureError",
    message: /does not show flow run run/,
  });
});

Deno.test("hold: given another process's claim, when taken, then the same claim names us, locked to its version", async () => {
  const { outcome, set } = await hold({ state: claimed("it") });

  assert.equal(outcome, "taken");
  assert.deepEqual(set.map(({ id, version }) => ({ id, version })), [{ id: "run", version: 2 }]);
  const { context, state, type } = set[0]?.state ?? {};
  assert.equal(type, "Submitted");
  assert.deepEqual(context, { "prefect-agent": { ...MARKER, by: "me" } });
  assert.deepEqual(state, SCHEDULED, "the scheduled state is wrapped once");
});

const NOTED = { by: "earlier", at: "2023-01-01T00:00:00+00:00", alone: false };
const TRY = { by: "earlier", atMs: Date.UTC(2023, 0, 1), alone: false };

Deno.test("hold: given a planning to be noted, when the claim is set, then it says so, by this process", async () => {
  const begun = { atMs: Date.UTC(2023, 0, 2), alone: true };
  const { outcome, set } = await hold({ state: claimed("it"), note: { earlier: [TRY], begun } });

  const tries = [NOTED, { by: "me", at: "2023-01-02T00:00:00+00:00", alone: true }];
  assert.equal(outcome, "taken");
  assert.deepEqual(set[0]?.state.context, { "prefect-agent": { ...MARKER, by: "me", tries } });
});

Deno.test("hold: given a planning to be taken out, when our claim is set, then it says nothing of it any more", async () => {
  const { outcome, set } = await hold({ state: claimed("me"), note: { earlier: [], begun: null } });

  assert.equal(outcome, "held");
  assert.deepEqual(set[0]?.state.context, { "prefect-agent": { ...MARKER, by: "me" } });
});

Deno.test("hold: given a replica that has noted its planning since, when ours is to be noted, then the claim is left to it", async () => {
  const noted = { ...claimed("it"), context: { "prefect-agent": { ...MARKER, by: "it", tries: [NOTED] } } };
  const { outcome, set } = await hold({
    state: noted,
    note: { earlier: [], begun: { atMs: 0, alone: false } },
  });

  assert.equal(outcome, "lost");
  assert.deepEqual(set, []);
});

Deno.test("hold: given our own claim that is worked on for long, when renewed, then it is set once more", async () => {
  const { outcome, set } = await hold({ state: claimed("me"), renew: true });

  assert.equal(outcome, "held");
  assert.equal(set.length, 1);
});

Deno.test("hold: given two that take the same claim, when the other is faster, then it is lost", async () => {
  const { outcome, set } = await hold({ state: claimed("it"), meanwhile: claimed("they") });

  assert.equal(outcome, "lost");
  assert.deepEqual(set, []);
});

Deno.test("hold: given a flow that begins meanwhile, when taken, then it is left alone", async () => {
  const { outcome, state } = await hold({ state: claimed("it"), meanwhile: { type: "Running" } });

  assert.equal(outcome, "lost");
  assert.deepEqual(state, { type: "Running" });
});

Deno.test("hold: given a server that keeps a claim for 30 s, when taken, then it is not yet ours", async () => {
  const refusal = "State update failed: this run has already been submitted.";
  const { outcome } = await hold({ state: claimed("it"), refusal });

  assert.equal(outcome, "refused");
});
