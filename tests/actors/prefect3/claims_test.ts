import assert from "node:assert/strict";
import type { Api } from "../../../actors/prefect3/api.ts";
import { wait } from "../../../actors/time/wait.ts";
import { FailureError } from "../../../schemas/failure/failure.ts";
import type { Orchestrator } from "../../../schemas/contracts/orchestrator.ts";
import type { FlowRun } from "../../../schemas/prefect3/flow_run.ts";
import { type DialectWorld, dialectWorld, during } from "../../support/prefect3/dialect.ts";
import { answerOf } from "../../support/prefect3/world.ts";

const SIGNAL = new AbortController().signal;
const OWNER = { agent: "agent", scope: "us-east-1/default" };
const BULK = "POST /flow_runs/bulk_set_state";
const SINGLE = "POST /flow_runs/{id}/set_state";

async function poll(one: DialectWorld, by: Orchestrator<FlowRun>) {
  return (await during(one, by.poll(new Set(), SIGNAL))).runs;
}

async function claim(
  one: DialectWorld,
  by: Orchestrator<FlowRun>,
  due: Awaited<ReturnType<typeof poll>>[number],
) {
  const marker = { ...OWNER, claim: due.claim.key };
  return await during(one, by.claim(due.run, { ...due.claim, marker }, SIGNAL));
}

/** Claims everything that is due at the same time. */
async function claimAll(one: DialectWorld, by: Orchestrator<FlowRun>) {
  const runs = await poll(one, by);
  const asked = runs.map((due) =>
    by.claim(due.run, { ...due.claim, marker: { ...OWNER, claim: due.claim.key } }, SIGNAL)
  );
  const results = await during(one, Promise.all(asked));
  return results.filter(({ outcome }) => outcome === "claimed").length;
}

Deno.test("claims: given 120 runs without a limit, when they are claimed, then a few requests claim them all", async () => {
  const one = dialectWorld();
  for (let at = 0; at < 120; at++) one.world.schedule();

  assert.equal(await claimAll(one, one.process()), 120);

  assert.equal(one.world.count(SINGLE), 0);
  // 10, 20, 40, 50: portions grow while answers are quick.
  assert.equal(
    one.world.asked.filter(({ route, urgency }) => route === BULK && urgency === "first").length,
    4,
  );
});

Deno.test("claims: given a server without states of many runs, when runs are claimed, then each is claimed alone from then on", async () => {
  const one = dialectWorld({ isOld: true });
  for (let at = 0; at < 5; at++) one.world.schedule();
  const worker = one.process();

  assert.equal(await claimAll(one, worker), 5);
  one.world.schedule();
  assert.equal(await claimAll(one, worker), 1);

  assert.equal(
    one.world.asked.filter(({ route, urgency }) => route === BULK && urgency === "first").length,
    1,
  );
});

Deno.test("claims: given 230 runs of a deployment with limit 1 beside three without, when claimed, then few claims are sent and the three are granted", async () => {
  const one = dialectWorld();
  one.world.deployments.set("tight", 1);
  for (let at = 0; at < 230; at++) one.world.schedule({ deployment: "tight" });
  const free = [1, 2, 3].map(() => one.world.schedule());
  const worker = one.process();

  let sent = 0;
  for (const due of await poll(one, worker)) {
    const before = one.world.count(SINGLE);
    const { outcome } = await claim(one, worker, due);
    if (outcome === "claimed" && due.run.deploymentId === "tight") continue;
    sent += one.world.count(SINGLE) - before;
  }

  assert.ok(free.every(({ state }) => state["type"] === "PENDING"));
  assert.ok(sent <= 2, `${sent} claims of runs that cannot start`);
});

for (const limit of [null, 5]) {
  Deno.test(`claims: given a claim whose answer is lost, when it is sent again with its transition, then it is ours (limit ${limit})`, async () => {
    const one = dialectWorld();
    one.world.deployments.set("deployment-1", limit);
    one.world.schedule();
    const worker = one.process();
    const [due] = await poll(one, worker);
    assert.ok(due);
    let lost = 0;
    const send = one.world.api.send;
    // The client sends the same request again when no answer comes.
    Object.assign(one.world.api, {
      send: async (request: Parameters<typeof send>[0], signal: AbortSignal) => {
        const answer = await send(request, signal);
        if (!request.route.includes("set_state") || lost++ > 0) return answer;
        return await send(request, signal);
      },
    });

    assert.equal((await claim(one, worker, due)).outcome, "claimed");
    assert.ok(lost > 0);
  });
}

Deno.test("claims: given a deployment that is gone, when its run is claimed, then it is Cancelled and nothing is launched", async () => {
  const one = dialectWorld();
  const run = one.world.schedule({ deployment: "deleted" });
  const worker = one.process();
  const [due] = await poll(one, worker);
  assert.ok(due);

  assert.equal((await claim(one, worker, due)).outcome, "lost");
  assert.equal(run.state["type"], "CANCELLED");
  assert.match(one.logged.join("\n"), /Deployment deleted does not exist any more/);
});

for (
  const [what, answer] of [
    ["500", () => answerOf(500, { detail: "oops" })],
    ["an answer that is no list", () => answerOf(200, "<html>")],
  ] as const
) {
  Deno.test(`poll: given ${what} for the deployments, when polled, then runs with one wait and the others are given`, async () => {
    const one = dialectWorld();
    one.world.schedule();
    const free = one.world.schedule({ deployment: null });
    one.world.before = ({ route }) => route === "POST /deployments/filter" ? answer() : undefined;
    const worker = one.process();

    const given = (await poll(one, worker)).filter(({ run }) => run.deployment !== "gone");
    assert.deepEqual(given.map(({ header }) => header.id), [free.id]);
    one.world.before = () => undefined;
    assert.equal((await poll(one, worker)).length, 2);
  });
}

Deno.test("poll: given a deployment that cannot be read, when polled again and again, then one line names it and its runs are left alone", async () => {
  const one = dialectWorld();
  one.world.deploymentRows.set("deployment-1", { id: "deployment-1", name: 5, job_variables: {} });
  const run = one.world.schedule();
  const worker = one.process();

  assert.deepEqual(await poll(one, worker), []);
  assert.deepEqual(await poll(one, worker), []);

  assert.equal(run.state["type"], "SCHEDULED");
  assert.equal(one.logged.filter((line) => /deployment-1 cannot be read/.test(line)).length, 1);
});

/** A list in a list in a list … */
function nested(levels: number): string {
  return `${"[".repeat(levels)}${"]".repeat(levels)}`;
}

for (
  const [what, spoil] of [
    ["nests 1,000 levels deep", { variables: JSON.parse(nested(1000)) }],
    ["has job variables that are no object", { variables: "x" }],
    ["has a name of 5,000 characters", { labels: {}, name: "x".repeat(5000) }],
  ] as const
) {
  Deno.test(`poll: given a row that ${what}, when polled twice, then it is one line and the good row is given`, async () => {
    const one = dialectWorld();
    const good = one.world.schedule({ variables: { n: 1 } });
    const bad = one.world.schedule({ variables: "variables" in spoil ? spoil.variables : {} });
    const rowOf = one.world.rowOf.bind(one.world);
    if ("name" in spoil) {
      one.world.rowOf = (run) => run.id === bad.id ? { ...rowOf(run), name: spoil.name } : rowOf(run);
    }
    const worker = one.process();

    for (let time = 0; time < 2; time++) {
      assert.deepEqual((await poll(one, worker)).map(({ header }) => header.id), [good.id]);
    }
    assert.equal(one.logged.filter((line) => line.includes(bad.id)).length, 1, one.logged.join("\n"));
  });
}

Deno.test("poll: given a queue that does not exist among two, when polled, then the other one is polled alone", async () => {
  const one = dialectWorld();
  const run = one.world.schedule();
  one.world.before = ({ route, body }) =>
    route.includes("get_scheduled") && JSON.stringify(body).includes("gone")
      ? answerOf(404, { detail: "Work queue gone not found" })
      : undefined;
  const { prefect3Poll } = await import("../../support/prefect3/poll_queues.ts");

  assert.deepEqual(await prefect3Poll(one, ["gone", "here"]), [run.id]);
});

for (const [status, isKept] of [[500, true], [501, true], [404, false]] as const) {
  Deno.test(`outbox: given ${status} for the id of a task, when it is reported, then it is ${isKept ? "kept and sent until it is taken" : "let go"}`, async () => {
    const one = dialectWorld();
    const run = one.world.schedule();
    const worker = one.process();
    const [due] = await poll(one, worker);
    assert.ok(due);
    await claim(one, worker, due);
    one.world.before = ({ method, path }) => {
      if (method !== "PATCH" || path.length !== 2) return undefined;
      if (status !== 500) return answerOf(status, { detail: "no" });
      throw new FailureError({ tag: "unavailable", status, message: "no" });
    };
    const task = { id: "arn:aws:ecs:us-east-1:123456789012:task/prod/1", label: "Task", isTakenUp: false };

    const report = await during(one, worker.reportTask(run.id, { ...task, scope: "prod" }, SIGNAL));
    assert.equal(report, isKept ? "kept" : "reported");
    one.world.before = () => undefined;
    await one.clock.advance(60_000);
    assert.equal(run.pid, isKept ? `prod::${task.id}` : null);
    await worker.end(AbortSignal.abort());
  });
}

Deno.test("claims: given runs of different times that were claimed at once, when they are read, held and taken up, then each keeps its own claim", async () => {
  const one = dialectWorld();
  const runs = [0, 1, 2].map((s) => one.world.schedule({ dueMs: one.clock.now() - 60_000 + 1000 * s }));
  const worker = one.process("first");
  const due = await poll(one, worker);
  const asked = due.map(({ run, claim }) =>
    worker.claim(run, { ...claim, marker: { agent: "first", scope: OWNER.scope, claim: claim.key } }, SIGNAL)
  );
  await during(one, Promise.all(asked));
  const keys = new Map(due.map(({ header, claim }) => [header.id, claim.key]));

  assert.equal(new Set(keys.values()).size, 3);
  const states = await during(one, worker.read(runs.map(({ id }) => id), SIGNAL));
  assert.deepEqual(new Map(states.map(({ id, marker }) => [id, marker?.claim])), keys);
  for (const { run, claim, header } of due) {
    const marked = { ...claim, marker: { agent: "first", scope: OWNER.scope, claim: claim.key } };
    const wanted = { runId: header.id, run, claim: marked, mayTake: false, renew: false, note: null };
    assert.equal((await during(one, worker.hold(wanted, SIGNAL))).outcome, "held");
  }
  const second = one.process("second");
  one.world.workers.delete("first");
  const found = await during(one, second.findClaims({ ...OWNER, agent: "second" }, SIGNAL));
  assert.deepEqual(new Map(found.map(({ header, claim }) => [header.id, claim.key])), keys);
  await during(one, worker.giveBack(runs[2]?.id ?? "", SIGNAL));
  const [again] = await poll(one, second);
  assert.equal(again?.claim.key, keys.get(runs[2]?.id ?? ""));
});

for (const limit of [null, 5]) {
  Deno.test(`claims: given an agent that is about to end, when runs are claimed or wait for their request, then none is sent and all are lost (limit ${limit})`, async () => {
    const one = dialectWorld();
    one.world.deployments.set("deployment-1", limit);
    const runs = [1, 2, 3].map(() => one.world.schedule());
    const worker = one.process();
    const due = await poll(one, worker);

    const asked = due.map((each) =>
      worker.claim(each.run, { ...each.claim, marker: { ...OWNER, claim: each.claim.key } }, SIGNAL)
    );
    if (limit === null) worker.endClaims();
    const first = limit === null ? await during(one, Promise.all(asked)) : [];
    worker.endClaims();
    const [last] = due;
    assert.ok(last);
    const second = await claim(one, worker, last);

    assert.deepEqual(first.map(({ outcome }) => outcome), limit === null ? ["lost", "lost", "lost"] : []);
    assert.equal(second.outcome, "lost");
    if (limit === null) assert.ok(runs.every(({ state }) => state["type"] === "SCHEDULED"));
    await Promise.allSettled(asked);
  });
}

Deno.test("claims: given a claim that was sent, when the agent is about to end before its answer is there, then the answer counts", async () => {
  const one = dialectWorld();
  const run = one.world.schedule();
  const worker = one.process();
  const [due] = await poll(one, worker);
  assert.ok(due);
  one.world.after = ({ route }) => route === BULK && worker.endClaims();

  assert.equal((await claim(one, worker, due)).outcome, "claimed");
  assert.equal(run.state["type"], "PENDING");
});

Deno.test("claims: given a claim that the API wants to be asked for later, when the agent is about to end, then it is not waited for", async () => {
  const one = dialectWorld();
  one.world.deployments.set("deployment-1", 5);
  one.world.schedule();
  const worker = one.process();
  const [due] = await poll(one, worker);
  assert.ok(due);
  one.world.before = ({ route, path }) =>
    route === SINGLE
      ? answerOf(200, {
        status: "WAIT",
        details: { type: "wait_details", delay_seconds: 20, reason: "later" },
        state: one.world.run(path[1] ?? "").state,
      })
      : undefined;

  const asked = worker.claim(due.run, { ...due.claim, marker: { ...OWNER, claim: due.claim.key } }, SIGNAL);
  await one.clock.advance(1000);
  worker.endClaims();
  await one.clock.advance(0);

  assert.equal((await asked).outcome, "lost");
  assert.equal(one.world.count(SINGLE), 1);
});

for (
  const [what, status, state, expected, told] of [
    ["accepted", "ACCEPT", { type: "PENDING", name: "Pending" }, "claimed", 0],
    [
      "aborted, as for a run that another worker has",
      "ABORT",
      { type: "PENDING", name: "Pending" },
      "lost",
      0,
    ],
    ["refused, as the run is cancelling", "REJECT", { type: "CANCELLING", name: "Cancelling" }, "lost", 0],
    [
      "refused, as its deployment is full",
      "REJECT",
      {
        type: "SCHEDULED",
        name: "AwaitingConcurrencySlot",
      },
      "lost",
      0,
    ],
    [
      "refused, as its deployment cancels what is too many",
      "REJECT",
      {
        type: "CANCELLED",
        name: "Cancelled",
      },
      "lost",
      1,
    ],
    ["to be asked again in an hour", "WAIT", { type: "SCHEDULED", name: "Scheduled" }, "lost", 0],
  ] as const
) {
  for (const limit of [null, 5]) {
    Deno.test(`claims: given a claim that is ${what} (limit ${limit}), when it is answered, then it is ${expected}, the run is not failed, and ${told === 0 ? "no line" : "one line"} is told`, async () => {
      const one = dialectWorld();
      one.world.deployments.set("deployment-1", limit);
      one.world.schedule();
      const worker = one.process();
      const [due] = await poll(one, worker);
      assert.ok(due);
      const details = {
        type: `${status.toLowerCase()}_details`,
        reason: "because",
        ...(status === "WAIT" ? { delay_seconds: 3600 } : {}),
      };
      one.world.before = ({ route, urgency }) => {
        if (!route.includes("set_state") || urgency !== "first") return undefined;
        const answer = { status, state: { ...state, id: "s", state_details: {} }, details };
        const rows = { results: [{ flow_run_id: due.header.id, ...answer }] };
        return answerOf(200, route === BULK ? rows : answer);
      };

      const { outcome } = await claim(one, worker, due);

      assert.equal(outcome, expected);
      assert.equal(
        one.logged.filter((line) => line.includes(due.header.id)).length,
        told,
        one.logged.join("\n"),
      );
      assert.ok(!one.world.asked.some(({ body }) => JSON.stringify(body ?? null).includes("CRASHED")));
    });
  }
}

Deno.test("claims: given a claim that is to be asked again in three seconds, when that is over, then it is asked again with a transition of its own", async () => {
  const one = dialectWorld();
  one.world.deployments.set("deployment-1", 5);
  const run = one.world.schedule();
  const worker = one.process();
  const [due] = await poll(one, worker);
  assert.ok(due);
  let waits = 1;
  one.world.before = ({ route }) =>
    route === SINGLE && waits-- > 0
      ? answerOf(200, {
        status: "WAIT",
        state: { ...run.state },
        details: { type: "wait_details", delay_seconds: 3, reason: "later" },
      })
      : undefined;

  const startMs = one.clock.now();
  const { outcome } = await claim(one, worker, due);

  assert.equal(outcome, "claimed");
  assert.ok(one.clock.now() - startMs >= 3000);
  assert.equal(one.world.count(SINGLE) >= 2, true);
});

for (const [afterMs, outcome, type] of [[6000, "lost", "COMPLETED"], [1000, "claimed", "PENDING"]] as const) {
  Deno.test(`claims: given a run that ended meanwhile, when it is granted after ${afterMs} ms, then it is ${outcome} and ${type}`, async () => {
    const one = dialectWorld();
    const run = one.world.schedule();
    const worker = one.process();
    const [due] = await poll(one, worker);
    assert.ok(due);
    const { send } = one.world.api;
    const slow: Api["send"] = async (request, signal) => {
      if (request.route !== BULK) return await send(request, signal);
      await wait(afterMs, one.clock, signal);
      one.world.set(run.id, { type: "COMPLETED" });
      return await send(request, signal);
    };
    Object.assign(one.world.api, { send: slow });

    const result = await claim(one, worker, due);

    assert.equal(result.outcome, outcome);
    assert.equal(run.state.type, type);
  });
}

for (
  const [what, since, expected] of [
    ["ended and was cancelled after that", "CANCELLING", ["COMPLETED", 1]],
    ["was cancelled, which the API keeps", null, ["CANCELLED", 0]],
  ] as const
) {
  Deno.test(`claims: given a run that ${what} when a slow claim is answered, when looked at, then it is lost and ${expected[0]}`, async () => {
    const one = dialectWorld();
    const run = one.world.schedule();
    const worker = one.process();
    const [due] = await poll(one, worker);
    assert.ok(due);
    const { send } = one.world.api;
    const slow: Api["send"] = async (request, signal) => {
      if (request.route !== BULK) return await send(request, signal);
      await wait(6000, one.clock, signal);
      if (since !== null) one.world.set(run.id, { type: "COMPLETED" });
      const answer = await send(request, signal);
      one.world.set(run.id, { type: since ?? "CANCELLED" });
      return answer;
    };
    Object.assign(one.world.api, { send: slow });

    const { outcome } = await claim(one, worker, due);

    assert.deepEqual([outcome, run.state.type, one.world.count(SINGLE)], ["lost", ...expected]);
  });
}
