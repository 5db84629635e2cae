/** Lines in run logs and Failed states, with an API that fails on either. @module */

import assert from "node:assert/strict";
import type { Failure } from "../../../schemas/failure/failure.ts";
import type { RunEnd } from "../../../schemas/flow_run/run_end.ts";
import {
  errors,
  type FakePrefect,
  fakePrefect,
  type Fault,
  scheduledRun,
} from "../../support/fake_prefect1.ts";
import { someFlowRun } from "../../support/flow_run.ts";
import { type TestAgent, testAgent } from "../../support/prefect1_agent.ts";
import { claimKeyOf } from "../../../schemas/prefect1/claim_key.ts";
import { KEY } from "../../support/claim.ts";

const REASON: Failure = { tag: "badFlowRun", field: "run_config", message: "The run config is of type X" };

function setUp(type = "Submitted", agentName = "agent"): { api: FakePrefect; agent: TestAgent } {
  const marker = { agent: agentName, region: "r", cluster: "c", claim: "v1", by: "x" };
  const run = scheduledRun("run-00", 2);
  run.state = { type, context: { "prefect-agent": marker } };
  const api = fakePrefect([run]);
  return { api, agent: testAgent(api.call) };
}

/** A run that was never claimed. */
const UNCLAIMED = { claim: null, held: false } as const;

function fail(agent: TestAgent, version: string | null = "1", ms = 1000): Promise<RunEnd | null> {
  return agent.during(
    agent.orchestrator.fail({ id: "run-00", version, ...UNCLAIMED }, REASON, agent.signal),
    ms,
  );
}

const TASK_LINES = [
  [{ id: "arn:task/1", label: "Task", isTakenUp: false }, "Submitted for execution: Task arn:task/1"],
  [
    { id: "arn:task/1", label: "Task ARN:", isTakenUp: false },
    "Submitted for execution: Task ARN: arn:task/1",
  ],
  [{ id: "arn:task/1", label: "Task", isTakenUp: true }, "Taken up again after a restart: Task arn:task/1"],
] as const;
for (const [task, line] of TASK_LINES) {
  Deno.test(`reportTask: given ${JSON.stringify(task)}, when reported, then the run's log says "${line}"`, async () => {
    const { api, agent } = setUp();

    const told = await agent.during(agent.orchestrator.reportTask("run-00", task, agent.signal), 2000);

    assert.equal(told, "reported");
    assert.deepEqual(api.logs, [{ flow_run_id: "run-00", name: "agent", level: "INFO", message: line }]);
  });
}

const ENVIRONMENTS = [
  [{ type: "KubernetesJobEnvironment" }, true],
  [{ type: "LocalEnvironment" }, false],
  [null, false],
] as const;
for (const [environment, expected] of ENVIRONMENTS) {
  Deno.test(`delegatesToOtherJob: given the environment ${environment?.type}, when asked, then it is ${expected}`, () => {
    const { delegatesToOtherJob } = setUp().agent.orchestrator;

    assert.equal(delegatesToOtherJob(someFlowRun({ flow: { environment } })), expected);
  });
}

Deno.test("log: given many lines at the same time, when written, then one request carries them in order", async () => {
  const { api, agent } = setUp();
  const { log } = agent.orchestrator;

  const all = [1, 2, 3].map((n) => log(`run-${n}`, "INFO", `line ${n}`, agent.signal));
  await agent.during(Promise.all(all));

  assert.deepEqual(api.ops(), ["write_run_logs"]);
  assert.deepEqual(
    api.logs,
    [1, 2, 3].map((n) => ({ flow_run_id: `run-${n}`, name: "agent", message: `line ${n}`, level: "INFO" })),
  );
});

const LOG_FAULTS: readonly { name: string; faults: Fault[]; sent: number; warned: boolean }[] = [
  { name: "one 503", faults: [{ status: 503, body: "" }], sent: 2, warned: false },
  { name: "503 for good", faults: Array(9).fill({ status: 503, body: "" }), sent: 7, warned: true },
  { name: "one 401", faults: [{ status: 401, body: "" }], sent: 2, warned: false },
  { name: "a timeout, which may have been written", faults: ["loseAnswer"], sent: 1, warned: true },
  { name: "a GraphQL error", faults: [errors("no")], sent: 1, warned: true },
  {
    name: "success: false",
    faults: [{ status: 200, body: { data: { write_run_logs: { success: false } } } }],
    sent: 1,
    warned: true,
  },
  {
    name: "a short 429",
    faults: [{ status: 429, body: "", headers: { "retry-after": "2" } }],
    sent: 2,
    warned: true,
  },
];
for (const { name, faults, sent, warned } of LOG_FAULTS) {
  Deno.test(`log: given ${name}, when a line is written, then the run goes on`, async () => {
    const { api, agent } = setUp();
    api.faults.set("write_run_logs", faults);

    await agent.during(agent.orchestrator.log("run-00", "INFO", "line", agent.signal), 40_000);

    assert.equal(api.ops().length, sent);
    assert.equal(agent.logged.some((line) => line.startsWith("WARNING")), warned);
  });
}

Deno.test("log: given the API key in a line, when written, then it is hidden", async () => {
  const { api, agent } = setUp();

  await agent.during(agent.orchestrator.log("run-00", "ERROR", "refused s3cret-key here", agent.signal));

  assert.equal(api.logs[0]?.message, "refused (hidden) here");
});

Deno.test("fail: given a claimed run, when it fails, then an ERROR line precedes Failed at the version read", async () => {
  const { api, agent } = setUp();

  await fail(agent);

  assert.deepEqual(api.ops(), ["flow_run", "write_run_logs", "set_flow_run_states"]);
  assert.deepEqual(api.logs, [
    { flow_run_id: "run-00", name: "agent", message: REASON.message, level: "ERROR" },
  ]);
  const [sent] = api.of("set_flow_run_states")[0]?.input.states ?? [];
  assert.deepEqual(sent, {
    flow_run_id: "run-00",
    version: 2,
    state: {
      type: "Failed",
      message: REASON.message,
      context: {},
      cached_inputs: {},
      _result: { type: "NoResultType", __version__: "1.4.1" },
      __version__: "1.4.1",
    },
  });
});

const KEPT = ["Success", "Failed", "Cancelled", "TimedOut", "Skipped"];
for (const type of KEPT) {
  Deno.test(`fail: given a run that is ${type} already, when it fails, then nothing is written`, async () => {
    const { api, agent } = setUp(type);

    await fail(agent);

    assert.deepEqual(api.ops(), ["flow_run"]);
    assert.match(agent.logged[0] ?? "", /WARNING Not setting flow run run-00 to Failed/);
  });
}

Deno.test("fail: given a claim of another agent, when the run fails here, then it is left to that agent", async () => {
  const { api, agent } = setUp("Submitted", "somebody-else");

  await fail(agent);

  assert.equal(api.runs.get("run-00")?.state.type, "Submitted");
});

Deno.test("fail: given Submitted without a marker, when the run fails here, then it is somebody else's", async () => {
  const { api, agent } = setUp();
  const run = api.runs.get("run-00");
  assert.ok(run !== undefined);
  run.state = { type: "Submitted", context: null };

  await fail(agent);

  assert.deepEqual(api.ops(), ["flow_run"]);
});

Deno.test("fail: given a malformed run that is still Scheduled, when it fails, then it is Failed", async () => {
  const { api, agent } = setUp("Scheduled");

  await fail(agent, null);

  assert.equal(api.runs.get("run-00")?.state.type, "Failed");
});

Deno.test("fail: given logs cannot be written, when a run fails, then it is Failed nevertheless", async () => {
  const { api, agent } = setUp();
  api.faults.set("write_run_logs", [errors("no logs today")]);

  await fail(agent);

  assert.equal(api.runs.get("run-00")?.state.type, "Failed");
});

Deno.test("fail: given the log takes long, when the run ends meanwhile, then its end is not overwritten", async () => {
  const { api, agent } = setUp();
  api.faults.set("write_run_logs", Array(9).fill({ status: 503, body: "" }));

  const failing = agent.orchestrator.fail({ id: "run-00", version: "1", ...UNCLAIMED }, REASON, agent.signal);
  await agent.clock.advance(100);
  const run = api.runs.get("run-00");
  assert.ok(run !== undefined);
  run.state = { type: "Success" };
  await agent.during(failing, 10_000);

  assert.equal(run.state.type, "Success");
  assert.equal(api.of("set_flow_run_states").length, 0);
});

Deno.test("fail: given the log cannot be written for long, when the run fails, then its end does not wait for that", async () => {
  const { api, agent } = setUp();
  api.faults.set("write_run_logs", Array(9).fill({ status: 503, body: "" }));

  await agent.during(
    agent.orchestrator.fail({ id: "run-00", version: "1", ...UNCLAIMED }, REASON, agent.signal),
    2500,
  );

  assert.equal(api.runs.get("run-00")?.state.type, "Failed");
});

Deno.test("fail: given the version moved on, when Failed is refused, then it is set once more with the new version", async () => {
  const { api, agent } = setUp();
  api.faults.set("set_flow_run_states", [errors("version lock")]);
  const failing = agent.orchestrator.fail({ id: "run-00", version: "1", ...UNCLAIMED }, REASON, agent.signal);
  failing.catch(() => undefined);
  await agent.clock.advance(22);
  const run = api.runs.get("run-00");
  assert.ok(run !== undefined);
  run.version = 3;

  await agent.during(failing);

  assert.deepEqual(api.of("set_flow_run_states").map((one) => one.input.states[0].version), [2, 3]);
  assert.equal(run.state.type, "Failed");
});

for (const type of ["Running", "Cancelling", "Scheduled"]) {
  Deno.test(`fail: given a run that is ${type} since it was read, when it fails, then that is not overwritten`, async () => {
    const { api, agent } = setUp(type);

    await fail(agent, "1");

    assert.equal(api.runs.get("run-00")?.state.type, type);
    assert.deepEqual(api.ops(), ["flow_run"]);
  });
}

Deno.test("fail: given a running flow whose task is gone, when it fails at the version read, then it is Failed", async () => {
  const { api, agent } = setUp("Running");

  await fail(agent, "2");

  assert.equal(api.runs.get("run-00")?.state.type, "Failed");
});

Deno.test("fail: given the API is gone, when a run fails, then the failure can be tried again", async () => {
  const { api, agent } = setUp();
  api.faults.set("set_flow_run_states", ["drop"]);

  await assert.rejects(fail(agent), { failure: { tag: "timedOut", message: "No answer within 15 s" } });
  await fail(agent);

  assert.equal(api.runs.get("run-00")?.state.type, "Failed");
});

Deno.test("fail: given many runs fail at once, when one is refused, then the others are Failed", async () => {
  const api = fakePrefect(["a", "b", "c"].map((id) => scheduledRun(id)));
  const agent = testAgent(api.call);
  api.faults.set("set_flow_run_states", [errors("boom"), errors("boom")]);

  const all = ["a", "b", "c"].map((id) =>
    agent.orchestrator.fail({ id, version: "1", ...UNCLAIMED }, REASON, agent.signal)
  );
  const results = await agent.during(Promise.allSettled(all), 1000);

  assert.deepEqual(results.map((one) => one.status), ["rejected", "fulfilled", "fulfilled"]);
  assert.deepEqual(api.of("flow_run").length, 2);
});

Deno.test("read: given runs in several states, when read, then one request gives type, version and marker", async () => {
  const { api, agent } = setUp();
  const run = api.runs.get("run-00");
  assert.ok(run !== undefined);
  api.runs.set("run-01", { id: "run-01", version: 3, state: { type: "Running" }, states: [run.state] });
  api.runs.set("run-02", { id: "run-02", version: 4, state: { type: "Success" } });

  const states = await agent.during(
    agent.orchestrator.read(["run-00", "run-01", "run-02", "gone"], agent.signal),
  );

  const marker = { agent: "agent", scope: "r/c", claim: "v1" };
  const none = {
    finished: false,
    end: null,
    claimed: false,
    scheduled: false,
    queued: false,
    running: false,
    cancelling: false,
    cancelled: false,
  };
  assert.deepEqual(states, [
    { ...none, id: "run-00", version: "2", type: "Submitted", claimed: true, marker },
    { ...none, id: "run-01", version: "3", type: "Running", running: true, marker },
    {
      ...none,
      id: "run-02",
      version: "4",
      type: "Success",
      finished: true,
      end: { state: "Success", kind: "success" },
      marker: null,
    },
  ]);
  assert.deepEqual(api.ops(), ["flow_run"]);
});

Deno.test("fail: given a launch failed and another process of this agent has the claim, when told, then the run is left to it", async () => {
  const { api, agent } = setUp();
  const given = { id: "run-00", version: "1", claim: KEY, held: true };

  await agent.during(agent.orchestrator.fail(given, REASON, agent.signal), 100);

  assert.deepEqual(api.of("set_flow_run_states"), []);
  assert.ok(agent.logged.some((line) => line.includes("another process of this agent works on it")));
});

Deno.test("fail: given a claim of somebody else without a marker, when its version is the one that was read, then it is left alone", async () => {
  const { api, agent } = setUp();
  const run = api.runs.get("run-00");
  if (run !== undefined) run.state = { type: "Submitted", context: {} };
  const given = { id: "run-00", version: "2", claim: KEY, held: false };

  await agent.during(agent.orchestrator.fail(given, REASON, agent.signal), 100);

  assert.deepEqual(api.of("set_flow_run_states"), []);
});

/** What the history of the run's task runs says. */
function claimedTaskRuns(claim: string): Fault {
  const context = { "prefect-agent": { agent: "agent", region: "r", cluster: "other", claim, by: "y" } };
  const task = { id: "t", version: 5, states: [{ serialized_state: { type: "Submitted", context } }] };
  return { status: 200, body: { data: { task_run: [task] } } };
}

const LOST_TASKS = [
  { name: "whose late retry was claimed since", claim: "r2:t@3", wasRunning: true, ends: "Running" },
  { name: "whose late retry was claimed before", claim: "r1:t@3", wasRunning: true, ends: "Failed" },
  { name: "that had not begun", claim: "r2:t@3", wasRunning: false, ends: "Failed" },
];
for (const { name, claim, wasRunning, ends } of LOST_TASKS) {
  Deno.test(`fail: given the lost task of a run ${name}, when failed, then it is ${ends}`, async () => {
    const { api, agent } = setUp("Running");
    api.faults.set("task_run", Array(4).fill(claimedTaskRuns(claim)));
    const lost: Failure = {
      tag: "taskStopped",
      class: "unknown",
      wasRunning,
      taskId: "arn",
      message: "gone",
    };

    await agent.during(
      agent.orchestrator.fail(
        { id: "run-00", version: "2", claim: claimKeyOf("r2:t@1"), held: false },
        lost,
        agent.signal,
      ),
      1000,
    );

    assert.equal(api.runs.get("run-00")?.state.type, ends);
  });
}
