import assert from "node:assert/strict";
import type { Api, ApiAnswer, ApiRequest } from "../../../actors/prefect3/api.ts";
import { makeAfterClaim } from "../../../actors/prefect3/after_claim.ts";
import type { Claim } from "../../../schemas/flow_run/flow_run.ts";
import type { FlowRun } from "../../../schemas/prefect3/flow_run.ts";
import { fakeClock } from "../../support/clock.ts";
import { dialectWorld, during } from "../../support/prefect3/dialect.ts";

const SIGNAL = new AbortController().signal;

/** A run that was claimed. @param limit of its deployment */
async function claimedRun(limit: number | null): Promise<{ readonly run: FlowRun; readonly claim: Claim }> {
  const one = dialectWorld();
  one.world.deployments.set("deployment-1", limit);
  one.world.schedule();
  const { runs: [due] } = await during(one, one.process().poll(new Set(), SIGNAL));
  assert.ok(due);
  const marker = { agent: "agent", scope: "us-east-1/default", claim: due.claim.key };
  return { run: due.run, claim: { ...due.claim, marker } };
}

for (const limit of [null, 3]) {
  Deno.test(`after a claim: given an API that is busy, of a deployment with limit ${limit}, when two seconds are over, then the name is given up`, async () => {
    const { run, claim } = await claimedRun(limit);
    const clock = fakeClock();
    const asked: { readonly request: ApiRequest; readonly signal: AbortSignal }[] = [];
    const send: Api["send"] = (request, signal) => {
      asked.push({ request, signal });
      return new Promise<ApiAnswer>((_, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason))
      );
    };
    const worker = { worker: "agent", process: "p" };
    const emitter = { submitted: () => undefined };
    const { tell } = makeAfterClaim({ api: { send }, emitter, clock, log: () => undefined, ...worker });
    const namings = () => asked.filter(({ request: { route } }) => route.includes("set_state"));

    tell(run, claim, SIGNAL);
    await clock.advance(1900);
    assert.deepEqual(namings().map(({ signal }) => signal.aborted), [false]);
    await clock.advance(200);

    assert.deepEqual(namings().map(({ signal }) => signal.aborted), [true]);
  });
}
