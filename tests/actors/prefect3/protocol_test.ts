/** What the dialect owes the API in every circumstance: reads that fail, transitions, and requests that are shared. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import type { ApiRequest } from "../../../actors/prefect3/api.ts";
import type { Failure } from "../../../schemas/failure/failure.ts";
import { FailureError } from "../../../schemas/failure/failure.ts";
import { isJsonObject, type Json } from "../../../schemas/json/json.ts";
import { dialectWorld, during } from "../../support/prefect3/dialect.ts";
import { workerWorld } from "../../support/prefect3/running_worker.ts";
import { answerOf } from "../../support/prefect3/world.ts";

const SIGNAL = new AbortController().signal;
const OWNER = { agent: "agent", scope: "us-east-1/default" };
const LOST: Failure = { tag: "unexpected", message: "its task is gone" };

const READS: readonly (readonly [string, (request: ApiRequest) => boolean])[] = [
  ["deployments", ({ route }) => route === "POST /deployments/filter"],
  ["flows", ({ route }) => route === "POST /flows/filter"],
  ["runs", ({ route }) => route === "POST /flow_runs/filter" || route === "GET /flow_runs/{id}"],
  ["states", ({ route }) => route.includes("flow_run_states")],
  ["workers", ({ route }) => route.includes("workers/filter")],
  ["the queue", ({ route }) => route.includes("get_scheduled")],
];

const FAULTS: readonly (readonly [string, Failure])[] = [
  ["500", { tag: "unavailable", status: 500, message: "no" }],
  ["504", { tag: "unavailable", status: 504, message: "no" }],
  ["520 with a page", { tag: "unavailable", status: 520, message: "no" }],
  ["half a JSON text", {
    tag: "unavailable",
    status: 200,
    message: "no",
    fault: { kind: "notJson", atByte: null },
  }],
  ["no connection", { tag: "unreachable", message: "no" }],
];

for (const [what, isHit] of READS) {
  for (const [how, fault] of FAULTS) {
    for (const moment of ["before the claim", "after the claim"] as const) {
      Deno.test(`reads: given reads of ${what} that answer ${how} for 20 s from ${moment}, when four runs are due, then each is launched once, none is Crashed, and the worker goes on`, async () => {
        const one = workerWorld();
        const runs = [1, 2, 3, 4].map(() => one.world.schedule());
        const startMs = one.clock.now();
        let isClaimed = moment === "before the claim";
        one.world.before = (request) => {
          if (isClaimed && one.clock.now() - startMs < 20_000 && isHit(request)) {
            throw new FailureError(fault);
          }
          return undefined;
        };
        one.world.after = ({ route }) => {
          if (route.includes("set_state")) isClaimed = true;
        };
        one.start("first");

        await one.after(36);

        assert.deepEqual(
          [...one.tasks.values()].map(({ runId }) => runId).toSorted(),
          runs.map(({ id }) => id).toSorted(),
        );
        assert.ok(runs.every(({ state }) => state.type === "PENDING"), JSON.stringify(runs));
        const later = one.world.schedule();
        await one.after(15);
        assert.ok([...one.tasks.values()].some(({ runId }) => runId === later.id), "it goes on");
      });
    }
  }
}

function transitionIn(body: Json | undefined): string {
  const state = isJsonObject(body) && isJsonObject(body["state"]) ? body["state"] : {};
  const details = isJsonObject(state["state_details"]) ? state["state_details"] : {};
  return String(details["transition_id"]);
}

Deno.test("transitions: given several workers and runs, when states are proposed, then no two requests have the same transition", async () => {
  const one = workerWorld();
  one.world.deployments.set("tight", 5);
  for (let at = 0; at < 6; at++) one.world.schedule({ deployment: at % 2 === 0 ? "tight" : "deployment-1" });
  one.start("first");
  one.start("second");
  await one.after(30);

  const proposed = one.world.asked.filter(({ route }) => route.includes("set_state"));
  const ids = proposed.map(({ body }) => transitionIn(body));
  assert.ok(proposed.length > 6);
  assert.equal(new Set(ids).size, ids.length);
  assert.ok(ids.every((id) => /^[0-9a-f-]{36}$/.test(id)));
  assert.equal(one.tasks.size, 6, "each run was launched once");
});

for (const [status, type] of [[500, "CRASHED"], [501, "CRASHED"], [503, "CRASHED"]] as const) {
  Deno.test(`ends: given ${status} for the final state, when a run is failed, then it is sent until it is taken, longer than the launch waits`, async () => {
    const one = dialectWorld();
    const run = one.world.schedule();
    const worker = one.process();
    const { runs: [due] } = await during(one, worker.poll(new Set(), SIGNAL));
    assert.ok(due);
    const claim = { ...due.claim, marker: { ...OWNER, claim: due.claim.key } };
    await during(one, worker.claim(due.run, claim, SIGNAL));
    one.world.before = ({ route, body }) => {
      if (!route.endsWith("/set_state") || !JSON.stringify(body).includes("CRASHED")) return undefined;
      if (status === 501) return answerOf(501, { detail: "no" });
      throw new FailureError({ tag: "unavailable", status, message: "no" });
    };

    const failed = worker.fail({ id: run.id, version: null, claim, held: true }, LOST, SIGNAL);
    const end = await during(one, failed);
    const before = run.state.type;
    one.world.before = () => undefined;
    await one.clock.advance(60_000);

    assert.equal(end?.kind, "failure");
    assert.deepEqual([before, run.state.type], ["PENDING", type]);
    await worker.end(AbortSignal.abort());
  });
}

Deno.test("ends: given a run that is gone from the API, when it is failed or cancelled, then one line says so and nothing is proposed", async () => {
  const one = dialectWorld();
  const worker = one.process();

  const end = await during(
    one,
    worker.fail({ id: "gone", version: null, claim: null, held: false }, LOST, SIGNAL),
  );
  await during(one, worker.cancel({ id: "gone", version: null, claim: null }, "Cancelled", SIGNAL));

  assert.equal(end, null);
  assert.equal(one.logged.filter((line) => line.includes("gone")).length, 1);
  assert.equal(one.world.asked.filter(({ route }) => route.includes("set_state")).length, 0);
});

Deno.test("poll: given a server up to 3.8, whose rows have no state, when polled, then the runs are given", async () => {
  const one = dialectWorld();
  const run = one.world.schedule();
  const rowOf = one.world.rowOf.bind(one.world);
  one.world.rowOf = (each) => ({ ...rowOf(each), state: null });

  const { runs } = await during(one, one.process().poll(new Set(), SIGNAL));

  assert.deepEqual(runs.map(({ header }) => header.id), [run.id]);
});

Deno.test("poll: given any number of runs of a few deployments, when a page is read, then deployments and flows are read with one request each, and what was edited counts with the next page", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 150 }), fc.integer({ min: 1, max: 20 }), async (
      many,
      few,
    ) => {
      const one = dialectWorld();
      for (let at = 0; at < few; at++) one.world.deployments.set(`d${at}`, null);
      for (let at = 0; at < many; at++) one.world.schedule({ deployment: `d${at % few}` });
      const worker = one.process();

      await during(one, worker.poll(new Set(), SIGNAL));
      const first = [one.world.count("POST /deployments/filter"), one.world.count("POST /flows/filter")];
      one.world.deployments.set("d0", 3);
      const { runs } = await during(one, worker.poll(new Set(), SIGNAL));

      assert.deepEqual(first, [1, 1]);
      const edited = runs.find(({ run }) => run.deploymentId === "d0")?.run.deployment;
      assert.equal(edited !== null && edited !== "gone" && edited?.limit !== null, true);
    }),
    { numRuns: 10 },
  );
});

for (const prefetchMs of [0, 10_000]) {
  Deno.test(`poll: given a prefetch of ${prefetchMs} ms, when runs are due now, in 5 s and in 20 s, then ${prefetchMs === 0 ? "only the first is" : "the first two are"} asked for`, async () => {
    const one = dialectWorld();
    const nowMs = one.clock.now();
    for (const inMs of [0, 5000, 20_000]) one.world.schedule({ dueMs: nowMs + inMs });
    const worker = one.process("agent", { prefetchMs });

    const { runs } = await during(one, worker.poll(new Set(), SIGNAL));

    assert.equal(runs.length, prefetchMs === 0 ? 1 : 2);
    assert.ok(runs.every(({ isWantedNow }) => isWantedNow));
  });
}
