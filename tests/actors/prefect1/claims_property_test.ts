/** Two agents claim the same runs while the API loses, refuses and half-applies what they send. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import { toFailure } from "../../../schemas/failure/failure.ts";
import type { FlowRun } from "../../../schemas/prefect1/flow_run.ts";
import { markerOf } from "../../../schemas/prefect1/claim_marker.ts";
import {
  errors,
  type FakePrefect,
  fakePrefect,
  type Fault,
  scheduledRun,
} from "../../support/fake_prefect1.ts";
import { claimOn, type TestAgent, testAgent } from "../../support/prefect1_agent.ts";

const FAULTS: readonly Fault[] = [
  "drop",
  "loseAnswer",
  { status: 502, body: "<html>" },
  { status: 429, body: "", headers: { "retry-after": "1" } },
  { status: 200, body: '{"data":' },
  errors("trouble", "API_ERROR"),
  "late",
];

const fault = fc.constantFrom(...FAULTS);
const plan = fc.record({
  runs: fc.integer({ min: 1, max: 6 }),
  claims: fc.array(fault, { maxLength: 8 }),
  reads: fc.array(fc.constantFrom(...FAULTS.slice(0, 5)), { maxLength: 6 }),
  stolen: fc.array(fc.nat({ max: 5 }), { maxLength: 3 }),
});

/** Claims until the answer is certain, as the machine of a run does. Null: it was lost, or failed for good. */
async function claimToTheEnd(agent: TestAgent, run: FlowRun): Promise<string | null> {
  for (let tries = 0; tries < 40; tries++) {
    try {
      const result = await agent.orchestrator.claim(run, claimOn(run), agent.signal);
      return result.outcome === "claimed" ? run.id : null;
    } catch (error) {
      if (toFailure(error).tag === "apiError") return null;
      await new Promise<void>((resolve) => agent.clock.after(1000, resolve));
    }
  }
  return assert.fail("a claim was never settled");
}

function steal(api: FakePrefect, id: string): void {
  const run = api.runs.get(id);
  if (run === undefined || run.state.type !== "Scheduled") return;
  run.state = { type: "Submitted", context: {} };
  run.version++;
}

/** Who the API says has claimed a run. */
const ownerOf = (api: FakePrefect, id: string) => markerOf(api.runs.get(id)?.state ?? null)?.by ?? null;

Deno.test("claim: given any faults, when two agents claim the same runs, then each run has at most one owner, who knows it", async () => {
  await fc.assert(
    fc.asyncProperty(plan, async ({ runs, claims, reads, stolen }) => {
      const ids = Array.from({ length: runs }, (_, at) => `run-${at}`);
      const api = fakePrefect(ids.map((id) => scheduledRun(id)));
      const one = testAgent(api.call, { random: () => 0.25 });
      const two = testAgent(api.call, { random: () => 0.75, clock: one.clock });
      const pages = await one.during(
        Promise.all([one, two].map((it) => it.orchestrator.poll(new Set(), it.signal))),
      );
      for (const at of stolen) steal(api, `run-${at}`);
      api.faults.set("set_flow_run_states", [...claims]);
      api.faults.set("flow_run", [...reads]);

      const results = await one.during(
        Promise.all(
          [one, two].map((agent, at) =>
            Promise.all((pages[at]?.runs ?? []).map(({ run }) => claimToTheEnd(agent, run)))
          ),
        ),
        120_000,
      );

      const owned = results.map((list) => list.filter((id) => id !== null));
      for (const id of ids) {
        const claimants = ["4000000040000000", "c0000000c0000000"].filter((_, at) => owned[at]?.includes(id));
        const owner = ownerOf(api, id);
        assert.deepEqual(
          claimants,
          owner === null ? [] : [owner],
          `${id}: claimed by ${claimants}, owned by ${owner}`,
        );
      }
    }),
    { numRuns: 300 },
  );
});
