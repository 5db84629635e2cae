/**
 * Worlds in which the processes of an agent are replaced by those of another release.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { HttpRequest } from "../../actors/http/http.ts";
import { check } from "../../simulation/checker.ts";
import { httpOfRelease010 } from "../../simulation/release_0_1_0.ts";
import { playScenario } from "../../simulation/run_seed.ts";
import { releaseAt, type RollingUpdate } from "../../simulation/world/rolling_update.ts";
import { type Scenario, scenarioOf } from "../../simulation/world/scenario.ts";
import { PLAIN } from "../../simulation/world/variant.ts";
import { isJsonObject, type Json, type JsonObject } from "../../schemas/json/json.ts";
import { submittedState } from "../../schemas/prefect1/state.ts";
import { someClaim } from "../support/claim.ts";
import { answer } from "../support/fake_prefect1.ts";

const UPDATE: RollingUpdate = { from: "0.1.0", atMs: 3000, gapMs: 10_000, hasReplica: true };

/** The world of a seed with an update and without a variant. */
function updated(seed: number, update: RollingUpdate | null): Scenario {
  const agents = [0, 500].map((startMs) => ({ name: "agent", cluster: "main", startMs }));
  return { ...scenarioOf(seed), variant: PLAIN, agents, update };
}

const SEEDS = Array.from({ length: 12 }, (_, at) => at + 1);

for (const from of ["0.1.0", "present"] as const) {
  Deno.test(`rolling update: given processes of release ${from}, when they are replaced one after the other, then nothing is broken`, async () => {
    for (const seed of SEEDS) {
      const played = await playScenario(updated(seed, { ...UPDATE, from }));

      const started = played.history.flatMap((fact) => fact.what === "agent" ? [fact.happened] : []);
      assert.ok(started.includes("started") && started.includes("started, release 0.1.0"), `seed ${seed}`);
      assert.deepEqual(check(played), [], `seed ${seed}`);
    }
  });
}

/** Seeds in which a claim of a replaced process is still to be launched, followed or cancelled. */
const UNFINISHED = [111, 154, 181, 239, 302];

Deno.test("rolling update: given a release that renames what is stored, when it replaces 0.1.0, then runs stay unfinished", async () => {
  const rulesOf = async (change: Partial<Scenario>) => {
    const rules = new Set<string>();
    for (const seed of UNFINISHED) {
      const played = await playScenario({ ...scenarioOf(seed), ...change }, "renamesMarker");
      for (const { rule } of check(played)) rules.add(rule);
    }
    return [...rules];
  };

  assert.deepEqual(await rulesOf({ update: null }), []);
  assert.ok((await rulesOf({})).includes("silent"));
});

Deno.test("releaseAt: given two agents and a moment, when one is replaced and the other not yet, then their releases differ", () => {
  const releases = [0, 1].map((at) => releaseAt(UPDATE, at, 5000));

  assert.deepEqual(releases, ["present", "0.1.0"]);
  assert.deepEqual([0, 1].map((at) => releaseAt({ ...UPDATE, from: "present" }, at, 5000)), [
    "0.1.0",
    "present",
  ]);
});

const STORED = { agent: "agent", region: "us-east-1", cluster: "default", claim: "v1", by: "p" };

/** What a process of 0.1.0 sends, and what of an answer reaches it. */
async function exchange(sent: JsonObject, answered: JsonObject) {
  const requests: HttpRequest[] = [];
  const call = httpOfRelease010({ agent: "agent", region: "us-east-1", cluster: "default" }, (request) => {
    requests.push(request);
    return Promise.resolve(answer(200, { data: { flow_run: [{ serialized_state: answered }] } }));
  });
  const variables = JSON.stringify({ input: { states: [{ state: sent }] } });
  const body = JSON.stringify({ query: "mutation", variables });
  const got = await call({ method: "POST", url: "", headers: {}, body });
  const received: Json = JSON.parse(new TextDecoder().decode(got.body));
  const request: Json = JSON.parse(String(requests[0]?.body));
  assert.ok(isJsonObject(request));
  const { input }: { input: { states: { state: JsonObject }[] } } = JSON.parse(String(request.variables));
  return { sent: input.states[0]?.state.context, received };
}

Deno.test("release 0.1.0: given a claim, when it is sent, then its marker has the members of 0.1.0 in their order", async () => {
  const state = submittedState({
    message: "Submitted for execution",
    state: { type: "Scheduled" },
    claim: someClaim(),
    by: "p",
    coreVersion: "1.4.1",
  });

  const { sent } = await exchange(state, {});

  assert.equal(JSON.stringify(sent), JSON.stringify({ "prefect-agent": STORED }));
});

const ANSWERS = [
  ["a marker of 0.1.0", { "prefect-agent": STORED }, { "prefect-agent": STORED }],
  ["a marker that 0.1.0 cannot read", { "prefect-agent": { agent: "agent", scope: "a/b", claim: "v1" } }, {}],
  ["a context without a marker", { tags: [] }, { tags: [] }],
] as const;
for (const [name, context, reaches] of ANSWERS) {
  Deno.test(`release 0.1.0: given ${name}, when it is answered, then ${JSON.stringify(reaches)} reaches the agent`, async () => {
    const { received } = await exchange({}, { type: "Submitted", context });

    assert.deepEqual(received, {
      data: { flow_run: [{ serialized_state: { type: "Submitted", context: reaches } }] },
    });
  });
}
