/** Claims whose runs were read long before they are sent, or sent again. @module */

import assert from "node:assert/strict";
import type { Api } from "../../../../actors/prefect3/api.ts";
import type { Orchestrator } from "../../../../schemas/contracts/orchestrator.ts";
import { FailureError } from "../../../../schemas/failure/failure.ts";
import type { FlowRun } from "../../../../schemas/prefect3/flow_run.ts";
import { type DialectWorld, dialectWorld, during } from "../../../support/prefect3/dialect.ts";

const SIGNAL = new AbortController().signal;
const OWNER = { agent: "agent", scope: "us-east-1/default" };
const BULK = "POST /flow_runs/bulk_set_state";
const SINGLE = "POST /flow_runs/{id}/set_state";
const LATER = "2026-01-01T00:00:00.500000Z";

/** A world with as many due runs; a deployment with a limit is claimed run by run. */
function due(count: number, limit: number | null) {
  const one = dialectWorld();
  one.world.deployments.set("deployment-1", limit);
  const runs = Array.from({ length: count }, () => one.world.schedule());
  const worker = one.process();
  return { one, runs, worker };
}

async function poll(one: DialectWorld, by: Orchestrator<FlowRun>) {
  return (await during(one, by.poll(new Set(), SIGNAL))).runs;
}

function claim(by: Orchestrator<FlowRun>, page: Awaited<ReturnType<typeof poll>>) {
  return Promise.all(
    page.map(({ run, claim }) => by.claim(run, { ...claim, marker: { ...OWNER, claim: claim.key } }, SIGNAL)),
  );
}

/** Requests that claim. */
const claims = (one: DialectWorld) =>
  one.world.asked.filter(({ route, urgency }) => (route === BULK || route === SINGLE) && urgency === "first")
    .length;

/**
 * The first claim gets no answer and is sent again after some time, as the client of the API does.
 * @param meanwhile happens between the two
 */
function loseFirst(
  one: DialectWorld,
  { isReceived, afterMs, meanwhile }: {
    readonly isReceived: boolean;
    readonly afterMs: number;
    readonly meanwhile: () => void;
  },
): void {
  const { send } = one.world.api;
  let isFirst = true;
  const lossy: Api["send"] = async (request, signal) => {
    const isClaim = request.route === BULK || request.route === SINGLE;
    if (!isClaim || !isFirst) return await send(request, signal);
    isFirst = false;
    if (isReceived) await send(request, signal);
    await new Promise<void>((resolve) => void one.clock.after(afterMs, resolve));
    meanwhile();
    await request.again?.(signal);
    return await send(request, signal);
  };
  Object.assign(one.world.api, { send: lossy });
}

for (const limit of [null, 5]) {
  for (
    const [what, state, expected] of [
      ["has completed", { type: "COMPLETED" }, ["lost", 0, "COMPLETED"]],
      ["runs elsewhere", { type: "RUNNING" }, ["lost", 0, "RUNNING"]],
      ["was put back by a person", {
        type: "SCHEDULED",
        name: "AwaitingRetry",
        state_details: { scheduled_time: LATER },
      }, ["lost", 0, "SCHEDULED"]],
      ["is due as before", null, ["claimed", 1, "PENDING"]],
    ] as const
  ) {
    Deno.test(`claim looks: given a run that was read long ago and ${what}, when it is claimed with the limit ${limit}, then it is ${expected[0]}`, async () => {
      const { one, runs: [run], worker } = due(1, limit);
      const page = await poll(one, worker);
      await one.clock.advance(6000);
      assert.ok(run);
      if (state !== null) one.world.set(run.id, state);

      const [result] = await during(one, claim(worker, page));

      assert.deepEqual([result?.outcome, claims(one), run.state.type], expected);
    });

    Deno.test(`claim looks: given a claim without an answer whose run ${what} long after, when it is to be sent again with the limit ${limit}, then it is ${expected[0]}`, async () => {
      const { one, runs: [run], worker } = due(1, limit);
      const page = await poll(one, worker);
      assert.ok(run);
      const meanwhile = () => state === null ? undefined : one.world.set(run.id, state);
      loseFirst(one, { isReceived: false, afterMs: 60_000, meanwhile });

      const [result] = await during(one, claim(worker, page));

      assert.deepEqual([result?.outcome, claims(one), run.state.type], expected);
    });
  }

  Deno.test(`claim looks: given a claim that was granted without an answer, when it is to be sent again with the limit ${limit}, then it counts as granted`, async () => {
    const { one, runs: [run], worker } = due(1, limit);
    const page = await poll(one, worker);
    loseFirst(one, { isReceived: true, afterMs: 60_000, meanwhile: () => undefined });

    const [result] = await during(one, claim(worker, page));

    assert.deepEqual([result?.outcome, claims(one), run?.state.type], ["claimed", 1, "PENDING"]);
  });

  Deno.test(`claim looks: given a claim that is carried out after its run was put back, when it is granted with the limit ${limit}, then nothing is taken back, and the next search takes it up for its new moment`, async () => {
    const { one, runs: [run], worker } = due(1, limit);
    const page = await poll(one, worker);
    assert.ok(run);
    const { send } = one.world.api;
    let isFirst = true;
    const slow: Api["send"] = async (request, signal) => {
      if (isFirst && (request.route === BULK || request.route === SINGLE)) {
        isFirst = false;
        await new Promise<void>((resolve) => void one.clock.after(8000, resolve));
        one.world.set(run.id, { type: "SCHEDULED", state_details: { scheduled_time: LATER } });
      }
      return await send(request, signal);
    };
    Object.assign(one.world.api, { send: slow });

    const [result] = await during(one, claim(worker, page));
    const found = await during(one, worker.findClaims(OWNER, SIGNAL));

    assert.deepEqual([result?.outcome, run.state.type, claims(one)], ["lost", "PENDING", 1]);
    assert.deepEqual(found.map(({ header, claim: { key } }) => [header.id, key]), [[run.id, LATER]]);
  });
}

Deno.test("claim looks: given a claim that waits for the answer to others, when its run has completed meanwhile, then it is not sent", async () => {
  const { one, worker } = due(2, null);
  const [first, waiting] = await poll(one, worker);
  assert.ok(first && waiting);
  const { send } = one.world.api;
  let isFirst = true;
  const slow: Api["send"] = async (request, signal) => {
    if (request.route === BULK && isFirst) {
      isFirst = false;
      await new Promise<void>((resolve) => void one.clock.after(8000, resolve));
      one.world.set(waiting.run.id, { type: "COMPLETED" });
    }
    return await send(request, signal);
  };
  Object.assign(one.world.api, { send: slow });

  const ahead = claim(worker, [first]);
  await one.clock.advance(1000);
  const [[sent], [left]] = await during(one, Promise.all([ahead, claim(worker, [waiting])]));

  assert.deepEqual([sent?.outcome, left?.outcome, claims(one)], ["claimed", "lost", 1]);
  const states = await during(one, worker.read([waiting.run.id], SIGNAL));
  assert.deepEqual(states.map(({ type }) => type), ["Completed"]);
});

Deno.test("claim looks: given three runs of one claim without an answer, when one has completed meanwhile, then the others are claimed and that one is left alone", async () => {
  const { one, runs, worker } = due(3, null);
  const page = await poll(one, worker);
  const meanwhile = () => one.world.set(runs[1]?.id ?? "", { type: "COMPLETED" });
  loseFirst(one, { isReceived: false, afterMs: 60_000, meanwhile });

  const results = await during(one, claim(worker, page));

  assert.deepEqual(results.map(({ outcome }) => outcome), ["claimed", "lost", "claimed"]);
  assert.deepEqual(runs.map(({ state }) => state.type), ["PENDING", "COMPLETED", "PENDING"]);
  assert.equal(one.world.history.get(runs[1]?.id ?? "")?.length, 2);
});

Deno.test("claim looks: given a claim that is answered at once or soon, when it is sent, then nothing is read for it", async () => {
  const { one, worker } = due(3, null);
  const page = await poll(one, worker);
  loseFirst(one, { isReceived: false, afterMs: 3000, meanwhile: () => undefined });
  const before = one.world.count("POST /flow_runs/filter");

  const results = await during(one, claim(worker, page));

  assert.ok(results.every(({ outcome }) => outcome === "claimed"));
  assert.equal(one.world.count("POST /flow_runs/filter"), before);
});

Deno.test("claim looks: given rows that cannot be read again, when an old claim is sent, then the API decides", async () => {
  const { one, runs: [run], worker } = due(1, 5);
  const page = await poll(one, worker);
  await one.clock.advance(6000);
  one.world.before = ({ route }) => {
    if (route !== "POST /flow_runs/filter") return undefined;
    throw new FailureError({ tag: "unavailable", status: 503, message: "away" });
  };

  const [result] = await during(one, claim(worker, page));

  assert.deepEqual([result?.outcome, run?.state.type], ["claimed", "PENDING"]);
});
