/** Claims against an API that refuses, loses answers and applies lists in part. @module */

import assert from "node:assert/strict";
import type { ClaimResult } from "../../../schemas/contracts/orchestrator.ts";
import type { FlowRun } from "../../../schemas/prefect1/flow_run.ts";
import {
  errors,
  type FakePrefect,
  fakePrefect,
  type Fault,
  scheduledRun,
} from "../../support/fake_prefect1.ts";
import { claimOn, type TestAgent, testAgent } from "../../support/prefect1_agent.ts";

const ids = (n: number): string[] =>
  Array.from({ length: n }, (_, at) => `run-${String(at).padStart(2, "0")}`);

async function polled(agent: TestAgent): Promise<readonly FlowRun[]> {
  const page = await agent.during(agent.orchestrator.poll(new Set(), agent.signal));
  return page.runs.map(({ run }) => run);
}

function claimAll(agent: TestAgent, runs: readonly FlowRun[]): Promise<readonly ClaimResult[]> {
  const all = runs.map((run) => agent.orchestrator.claim(run, claimOn(run), agent.signal));
  return agent.during(Promise.all(all));
}

async function setUp(n: number): Promise<{ api: FakePrefect; agent: TestAgent; runs: readonly FlowRun[] }> {
  const api = fakePrefect(ids(n).map((id) => scheduledRun(id)));
  const agent = testAgent(api.call);
  const runs = await polled(agent);
  return { api, agent, runs };
}

/** Somebody else's claim. */
function steal(api: FakePrefect, id: string): void {
  const run = api.runs.get(id);
  assert.ok(run !== undefined);
  run.state = { type: "Submitted", message: "Submitted for execution", context: {}, state: run.state };
  run.version++;
}

Deno.test("claim: given 25 runs at the same time, when claimed, then one mutation carries all", async () => {
  const { api, agent, runs } = await setUp(25);

  const results = await claimAll(agent, runs);

  assert.deepEqual(new Set(results.map((one) => one.outcome)), new Set(["claimed"]));
  assert.deepEqual(api.ops(), ["get_runs_in_queue", "flow_run", "set_flow_run_states"]);
  const [first] = api.of("set_flow_run_states")[0]?.input.states ?? [];
  assert.equal(first.version, 1);
  assert.deepEqual(first.state, {
    type: "Submitted",
    message: "Submitted for execution",
    context: {
      "prefect-agent": {
        agent: "agent",
        region: "us-east-1",
        cluster: "default",
        claim: "v1",
        by: "8000000080000000",
      },
    },
    cached_inputs: {},
    _result: { type: "NoResultType", __version__: "1.4.1" },
    __version__: "1.4.1",
    state: { type: "Scheduled", message: "Flow run scheduled.", start_time: "2023-01-02T03:04:00+00:00" },
  });
});

Deno.test("claim: given one run of a batch was taken, when the list is refused, then the applied ones are ours and the rest is retried", async () => {
  const { api, agent, runs } = await setUp(5);
  steal(api, "run-02");

  const results = await claimAll(agent, runs);

  assert.deepEqual(results.map((one) => one.outcome), ["claimed", "claimed", "lost", "claimed", "claimed"]);
  assert.deepEqual(api.ops().slice(2), ["set_flow_run_states", "flow_run"]);
});

Deno.test("claim: given a server that stops at the refused state, when a batch is refused, then what was not tried goes out again together", async () => {
  const { api, agent, runs } = await setUp(4);
  steal(api, "run-00");
  api.faults.set("set_flow_run_states", [
    errors("State update failed: this run has already been submitted."),
  ]);

  const results = await claimAll(agent, runs);

  assert.deepEqual(results.map((one) => one.outcome), ["lost", "claimed", "claimed", "claimed"]);
  assert.deepEqual(api.of("set_flow_run_states").map((one) => one.input.states.length), [4, 3]);
});

Deno.test("claim: given one state the API cannot take, when batches stay refused, then the others are claimed one by one", async () => {
  const { api, agent, runs } = await setUp(3);
  const boom = errors("boom");
  api.faults.set("set_flow_run_states", [boom, boom]);

  const all = runs.map((run) => agent.orchestrator.claim(run, claimOn(run), agent.signal));
  const results = await agent.during(Promise.allSettled(all));

  // The second fault meets the first of the single claims.
  assert.deepEqual(results.map((one) => one.status), ["rejected", "fulfilled", "fulfilled"]);
  assert.deepEqual(api.of("set_flow_run_states").map((one) => one.input.states.length), [3, 1, 1, 1]);
});

const REFUSALS: readonly { name: string; fault: Fault }[] = [
  { name: "State update failed", fault: errors("State update failed: this run has already been submitted.") },
  { name: "a version lock", fault: errors("the version is outdated", "VERSION_LOCKING_ERROR") },
];
for (const { name, fault } of REFUSALS) {
  Deno.test(`claim: given ${name}, when one run is claimed, then it is lost without a further request`, async () => {
    const { api, agent, runs } = await setUp(1);
    api.faults.set("set_flow_run_states", [fault]);

    const [result] = await claimAll(agent, runs);

    assert.equal(result?.outcome, "lost");
    assert.deepEqual(api.ops().slice(2), ["set_flow_run_states"]);
  });
}

Deno.test("claim: given QUEUED by a concurrency limit, when one run is claimed, then it is ours (Q-QUEUED-IGNORED)", async () => {
  const { api, agent, runs } = await setUp(1);
  const states = [{ id: "run-00", status: "QUEUED", message: "limit reached" }];
  api.faults.set("set_flow_run_states", [{
    status: 200,
    body: { data: { set_flow_run_states: { states } } },
  }]);

  assert.deepEqual(await claimAll(agent, runs), [{ outcome: "claimed" }]);
});

Deno.test("claim: given any other GraphQL error, when one run is claimed, then the failure names it", async () => {
  const { api, agent, runs } = await setUp(1);
  api.faults.set("set_flow_run_states", [errors("boom", "SOME_CODE")]);

  await assert.rejects(claimAll(agent, runs), {
    failure: { tag: "apiError", code: "SOME_CODE", message: "SOME_CODE: boom" },
  });
});

const LOST: readonly { name: string; fault: Fault; sent: number }[] = [
  { name: "the answer is lost after it was applied", fault: "loseAnswer", sent: 1 },
  { name: "the connection is lost before it was applied", fault: "drop", sent: 2 },
  { name: "a gateway answers 502", fault: { status: 502, body: "<html>" }, sent: 2 },
  { name: "a gateway answers HTML with 200", fault: { status: 200, body: "<html>" }, sent: 2 },
  { name: "the API answers API_ERROR", fault: errors("trouble", "API_ERROR"), sent: 2 },
];
for (const { name, fault, sent } of LOST) {
  Deno.test(`claim: given ${name}, when runs are claimed, then reading them settles it`, async () => {
    const { api, agent, runs } = await setUp(3);
    api.faults.set("set_flow_run_states", [fault]);

    const results = await claimAll(agent, runs);

    assert.deepEqual(results.map((one) => one.outcome), ["claimed", "claimed", "claimed"]);
    assert.equal(api.of("set_flow_run_states").length, sent);
    assert.deepEqual([...api.runs.values()].map((run) => run.version), [2, 2, 2]);
  });
}

Deno.test("claim: given a lost answer and an API that stays away, when asked again later, then the run is ours and not sent again", async () => {
  const { api, agent, runs } = await setUp(1);
  api.faults.set("set_flow_run_states", ["loseAnswer"]);
  api.faults.set("flow_run", ["drop"]);

  await assert.rejects(claimAll(agent, runs), {
    failure: { tag: "timedOut", message: "No answer within 15 s" },
  });
  const [result] = await claimAll(agent, runs);

  assert.equal(result?.outcome, "claimed");
  assert.equal(api.of("set_flow_run_states").length, 1);
});

Deno.test("claim: given a claim that got through late, when it is repeated and refused, then it is known as ours", async () => {
  const { api, agent, runs } = await setUp(1);
  api.faults.set("set_flow_run_states", ["late"]);

  const [result] = await claimAll(agent, runs);

  assert.equal(result?.outcome, "claimed");
  assert.equal(api.runs.get("run-00")?.version, 2);
});

Deno.test("claim: given an API that is gone, when a claim was tried, then a retriable failure comes back", async () => {
  const { api, agent, runs } = await setUp(1);
  api.faults.set("set_flow_run_states", Array<Fault>(9).fill("drop"));

  await assert.rejects(claimAll(agent, runs), {
    failure: { tag: "timedOut", message: "No answer within 15 s" },
  });
  assert.equal(api.of("set_flow_run_states").length, 3);
});

for (const status of [401, 403, 429]) {
  Deno.test(`claim: given ${status}, when runs are claimed, then nothing was executed and nothing is read`, async () => {
    const { api, agent, runs } = await setUp(2);
    api.faults.set("set_flow_run_states", [{ status, body: "{}" }]);

    await assert.rejects(claimAll(agent, runs), (thrown: { failure: { tag: string } }) => {
      return thrown.failure.tag === (status === 429 ? "throttled" : "unauthorized");
    });
    assert.deepEqual(api.ops().slice(2), ["set_flow_run_states"]);
  });
}

Deno.test("claim: given two replicas with the same name and cluster, when both lose the answer, then only one has the run", async () => {
  const api = fakePrefect([scheduledRun("run-00")]);
  const one = testAgent(api.call, { random: () => 0.1 });
  const two = testAgent(api.call, { random: () => 0.2, clock: one.clock });
  const [run] = await polled(one);
  assert.ok(run !== undefined);
  api.faults.set("set_flow_run_states", ["loseAnswer", "drop"]);

  const results = await one.during(Promise.all([
    one.orchestrator.claim(run, claimOn(run), one.signal),
    two.orchestrator.claim(run, claimOn(run), two.signal),
  ]));

  assert.deepEqual(results.map((result) => result.outcome), ["claimed", "lost"]);
});

Deno.test("claim: given a run that was cancelled meanwhile, when a lost claim is settled, then it is lost", async () => {
  const { api, agent, runs } = await setUp(1);
  api.faults.set("set_flow_run_states", ["drop"]);
  const run = api.runs.get("run-00");
  assert.ok(run !== undefined);
  run.state = { type: "Cancelled" };
  run.version = 2;

  const [result] = await claimAll(agent, runs);

  assert.deepEqual(result, { outcome: "lost", why: "it is Cancelled at version 2 by now" });
});

const dueTask = (id: string) => ({
  id,
  version: 4,
  serialized_state: { type: "Retrying", start_time: "2023-01-02T03:00:00+00:00", run_count: 2 },
});

function lateRetry(tasks: readonly string[]): FakePrefect {
  const flow = scheduledRun("run-00").row?.flow;
  const api = fakePrefect([{
    id: "run-00",
    version: 3,
    state: { type: "Running" },
    row: { flow, task_runs: tasks.map(dueTask) },
  }]);
  for (const id of tasks) api.taskRuns.set(id, { id, version: 4, state: dueTask(id).serialized_state });
  return api;
}

Deno.test("claim: given a Running run, when claimed, then only its due task runs are Submitted, with the marker", async () => {
  const api = lateRetry(["t2", "t1"]);
  const agent = testAgent(api.call);

  const results = await claimAll(agent, await polled(agent));

  assert.deepEqual(results, [{ outcome: "claimed" }]);
  assert.deepEqual(api.ops().slice(2), ["set_task_run_states"]);
  const states = api.of("set_task_run_states")[0]?.input.states;
  assert.deepEqual(states.map((one: { task_run_id: string }) => one.task_run_id), ["t1", "t2"]);
  assert.equal(states[0].state.message, "Submitted for execution.");
  assert.equal(states[0].state.context["prefect-agent"].claim, "r3:t1@4,t2@4");
});

Deno.test("claim: given the first due task run was taken, when a Running run is claimed, then it is lost", async () => {
  const api = lateRetry(["t1", "t2"]);
  const agent = testAgent(api.call);
  const runs = await polled(agent);
  api.taskRuns.set("t1", { id: "t1", version: 5, state: { type: "Submitted", context: {} } });

  const [result] = await claimAll(agent, runs);

  assert.equal(result?.outcome, "lost");
});

Deno.test("claim: given a Running run without due task runs, when claimed, then nothing is asked", async () => {
  const api = lateRetry([]);
  const agent = testAgent(api.call);

  const [result] = await claimAll(agent, await polled(agent));

  assert.deepEqual(result, { outcome: "lost", why: "none of its task runs is due any more" });
  assert.deepEqual(api.ops(), ["get_runs_in_queue", "flow_run"]);
});

Deno.test("claim: given a Scheduled run with due task runs, when one of those is refused, then the run stays ours", async () => {
  const run = scheduledRun("run-00");
  const api = fakePrefect([{ ...run, row: { ...run.row, task_runs: [dueTask("t1")] } }]);
  const agent = testAgent(api.call);
  api.faults.set("set_task_run_states", [errors("State update failed for task run ID t1")]);

  const results = await claimAll(agent, await polled(agent));

  assert.deepEqual(results, [{ outcome: "claimed" }]);
  assert.deepEqual(api.ops().slice(2), ["set_flow_run_states", "set_task_run_states"]);
});

Deno.test("claim: given the signal is aborted, when runs wait for their batch, then they are not sent", async () => {
  const { api, agent, runs } = await setUp(2);
  const stop = new AbortController();

  const all = runs.map((run) => agent.orchestrator.claim(run, claimOn(run), stop.signal));
  stop.abort(new Error("stopped"));

  await assert.rejects(agent.during(Promise.all(all)), { message: "stopped" });
  assert.deepEqual(api.ops(), ["get_runs_in_queue", "flow_run"]);
});

Deno.test("claim: given requests that hang, when a claim has waited behind them and its run is taken, then it is not sent", async () => {
  const { api, agent, runs } = await setUp(5);
  const answers: (() => void)[] = [];
  const hanging = testAgent((request) => {
    const isClaim = String(request.body).includes("set_flow_run_states");
    if (!isClaim) return api.call(request);
    return new Promise((resolve, reject) => answers.push(() => api.call(request).then(resolve, reject)));
  }, { clock: agent.clock });
  const [last, ...others] = runs;
  assert.ok(last !== undefined);
  const claim = (run: FlowRun) => hanging.orchestrator.claim(run, claimOn(run), hanging.signal);
  const before = others.map(async (run, at) => {
    await new Promise<void>((resolve) => agent.clock.after(at * 10, resolve));
    return await claim(run);
  });
  await agent.clock.advance(100);
  const late = claim(last);
  await agent.clock.advance(5000);
  steal(api, last.id);
  for (const answer of answers.splice(0)) answer();
  const result = await agent.during(late);

  assert.equal(result.outcome, "lost");
  assert.deepEqual(answers, [], "nothing more was sent");
  assert.deepEqual((await Promise.all(before)).map(({ outcome }) => outcome), Array(4).fill("claimed"));
});
