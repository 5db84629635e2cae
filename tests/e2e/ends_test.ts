/**
 * How runs end over the real agent process that cannot go well: refused for good, never up, hung and cancelled, or hostile among
 * many that are good. The scenarios mostly wait, so they are played at the same time, each in a world of its own.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Task } from "@aws-sdk/client-ecs";
import { cancelRun } from "../../sandbox/demo/client.ts";
import type { JsonObject } from "../../schemas/json/json.ts";
import { type Process, until } from "./support/process.ts";
import { pause, playScenarios, type Scenario } from "./support/fault_scenarios.ts";
import type { FaultWorld, WorldFlow } from "./support/fault_world.ts";
import { readRun, type RunSeen } from "./support/prefect_runs.ts";

/** Its tasks never say or end anything by themselves. */
const HUNG = { image: "test/hung" } as const;
const WORDS = ["--watch-period", "0.3", "--reconcile-period", "0.5"];
const FINAL = /^(Success|Failed|Cancelled)$/;

/** So long after an end another task, state or line would have shown. */
const SETTLED_MS = 1500;

/** The run, once it has ended and nothing more has come of it. */
async function ended({ ask }: FaultWorld, id: string, agent: Process): Promise<RunSeen> {
  const run = async () => {
    const seen = await readRun(ask, id);
    return FINAL.test(seen.state) ? seen : undefined;
  };
  await until(run, () => `the run does not end\n${agent.output()}`);
  await pause(SETTLED_MS);
  return await readRun(ask, id);
}

async function tasksOf(world: FaultWorld, id: string): Promise<readonly Task[]> {
  return (await world.tasks()).filter(({ startedBy }) => startedBy === id);
}

const SET_STATES =
  "mutation($input: set_flow_run_states_input!) { set_flow_run_states(input: $input) { states { id } } }";

/** The flow says that it runs and nothing more. */
async function hang(world: FaultWorld, id: string): Promise<void> {
  const state = { type: "Running", message: "Running flow.", __version__: "0.15.13" };
  await world.ask(SET_STATES, { input: { states: [{ flow_run_id: id, state, version: null }] } });
}

/** A task whose container writes to CloudWatch Logs. */
const LOGGED: JsonObject = {
  task_definition_path: null,
  execution_role_arn: "arn:aws:iam::123456789012:role/flows",
  task_definition: {
    networkMode: "awsvpc",
    cpu: 256,
    memory: 512,
    containerDefinitions: [{
      name: "flow",
      logConfiguration: {
        logDriver: "awslogs",
        options: {
          "awslogs-group": "/ecs/flows",
          "awslogs-region": "us-east-1",
          "awslogs-stream-prefix": "flows",
        },
      },
    }],
  },
};

/** What CloudWatch Logs has of it. */
function lastEvents(): Response {
  const events = ["Traceback", "MemoryError"].map((message) => ({ message, timestamp: 0 }));
  return new Response(JSON.stringify({ events }), {
    headers: { "content-type": "application/x-amz-json-1.1" },
  });
}

/** What stands in for AWS and has no RunTask. */
function notOffered(): Response {
  const message = "API for service 'ecs' not yet implemented or pro feature";
  return new Response(JSON.stringify({ __type: "InternalFailure", message }), { status: 501 });
}

const BAD_CONFIGS: readonly JsonObject[] = [
  { cpu: "a lot" },
  { memory: "-1" },
  { env: ["no", "mapping"] },
  { env: { LEVEL: { a: 1 } } },
  { task_definition_path: "/nowhere/at/all.yaml" },
  { task_definition: { containerDefinitions: "none" } },
  { run_task_kwargs: { overrides: "none" } },
  { task_definition_arn: "arn:aws:ecs:us-east-1:123456789012:task-definition/absent:1" },
  { env: { BIG: "x".repeat(9000) } },
];

const scenarios: readonly Scenario[] = [
  {
    name: "the placement is refused for good",
    world: { faults: { rates: { capacity: 1 } } },
    play: async (world) => {
      const id = await world.schedule(HUNG);
      const run = await ended(world, id, world.start(WORDS));

      const tokens = world.gate.calls.filter(({ name }) => name === "RunTask")
        .map(({ body }) => String(JSON.parse(body)["clientToken"]));
      assert.equal(tokens.length, 4, "three retries");
      assert.equal(new Set(tokens).size, 4, "each with a token of its own");
      assert.deepEqual(run.states, ["Scheduled", "Submitted", "Failed"]);
      assert.match(run.message, /Failed to start task for flow run .*Capacity is unavailable/);
      assert.deepEqual(run.logs, [run.message], "the log says the same, once");
      assert.deepEqual(await world.tasks(), []);
    },
  },
  {
    name: "the endpoint does not offer RunTask",
    play: async (world) => {
      const trap = world.gate.trap({ fits: ({ name }) => name === "RunTask", how: notOffered });
      const id = await world.schedule(HUNG);
      const agent = world.start(WORDS);
      await trap.caught;
      const run = await ended(world, id, agent);

      assert.deepEqual(run.states, ["Scheduled", "Submitted", "Failed"]);
      assert.match(
        run.message,
        /\(InternalFailure\) .*not yet implemented or pro feature.* check AWS_ENDPOINT_URL/,
      );
      assert.equal(world.gate.calls.filter(({ name }) => name === "RunTask").length, 1, "it is asked once");
      assert.deepEqual(run.logs, [run.message], "the log says the same, once");
      assert.deepEqual(await world.tasks(), []);
    },
  },
  {
    name: "a task never starts",
    world: { provisioningMs: 600_000 },
    play: async (world) => {
      const id = await world.schedule(HUNG);
      const words = ["--start-deadline", "2", "--launch-attempts", "2"];
      const agent = world.start([...WORDS, ...words]);
      const run = await ended(world, id, agent);

      const tasks = await tasksOf(world, id);
      assert.equal(tasks.length, 2, "it was started once more");
      assert.ok(tasks.every(({ lastStatus }) => lastStatus === "STOPPED"), "nothing is left of it");
      const [first, second] = tasks.toSorted((a, b) => Number(a.createdAt) - Number(b.createdAt));
      assert.ok(Number(first?.stoppedAt) <= Number(second?.createdAt), "one was gone before the other began");
      assert.deepEqual(run.states, ["Scheduled", "Submitted", "Failed"]);
      assert.match(
        run.message,
        /^Task \S+ of flow run \S+ was not running after 2 s and was stopped; look for/,
      );
      assert.ok(run.message.includes(second?.taskArn ?? "?"), "it names the last task");
      assert.equal(run.logs.filter((line) => line.startsWith("Submitted for execution: ")).length, 2);
      assert.equal(run.logs.filter((line) => /starting it again, attempt 2$/.test(line)).length, 1);
    },
  },
  {
    name: "a hung run is cancelled",
    play: async (world) => {
      const [id = "", other = ""] = await world.scheduleMany(HUNG, 2);
      const agent = world.start([...WORDS, "--cancel-grace", "1"]);
      await until(async () => (await world.tasks()).length === 2 || undefined, agent.output);
      await hang(world, id);
      await pause(1000);
      const asked = performance.now();
      await cancelRun(world.ask, id);
      const stopped = until(
        () => world.gate.calls.find(({ name }) => name === "StopTask") && performance.now(),
        agent.output,
      );
      const run = await ended(world, id, agent);

      assert.ok(await stopped - asked >= 1000, "the grace comes first");
      assert.equal(run.states.join(" "), "Scheduled Submitted Running Cancelling Cancelled");
      const [task] = await tasksOf(world, id);
      assert.equal(task?.lastStatus, "STOPPED");
      assert.match(run.message, /^Cancelled; its task \S+ is stopped$/);
      const names = world.gate.calls.map(({ name }) => name);
      assert.ok(names.indexOf("StopTask") < names.indexOf("set_flow_run_states Cancelled"));
      assert.equal(names.filter((name) => name === "StopTask").length, 1);
      assert.notEqual((await tasksOf(world, other))[0]?.desiredStatus, "STOPPED");
      assert.equal((await readRun(world.ask, other)).state, "Submitted");
    },
  },
  {
    name: "a task dies without a word and the end of its log is quoted",
    play: async (world) => {
      world.gate.trap({ fits: ({ name }) => name === "GetLogEvents", how: lastEvents });
      const id = await world.schedule({ image: "test/dies", runConfig: LOGGED });
      const agent = world.start([...WORDS, "--failure-log-lines", "2"]);
      const run = await ended(world, id, agent);

      const [task] = await tasksOf(world, id);
      assert.ok(task !== undefined, run.message);
      const stream = `flows/flow/${task.taskArn?.split("/").at(-1)}`;
      const [request] = world.gate.calls.filter(({ name }) => name === "GetLogEvents");
      const { logGroupName, logStreamName, limit } = JSON.parse(request?.body ?? "{}");
      assert.deepEqual([logGroupName, logStreamName, limit], ["/ecs/flows", stream, 2]);
      assert.deepEqual(run.states, ["Scheduled", "Submitted", "Failed"]);
      assert.equal(
        run.message,
        `Task ${task.taskArn} of flow run ${id} ended without the run having reported an end ` +
          "(stop code EssentialContainerExited; reason: Essential container in task exited; exit codes: flow 3; " +
          `log stream ${stream} of group /ecs/flows): see its log; last lines of its log: Traceback ⏎ MemoryError`,
      );
      assert.equal(run.logs.filter((line) => line === run.message).length, 1, "the log says the same, once");
    },
  },
  {
    name: "50 good runs are among hostile ones",
    play: async (world) => {
      const hostile: WorldFlow[] = BAD_CONFIGS.map((runConfig, at) => ({
        ...HUNG,
        name: `\u001b[2Jhostile ${at}\n[2023-01-02] ERROR - agent | forged \u202e\${HOME}`,
        runConfig,
      }));
      const bad = await Promise.all(hostile.slice(0, 5).map(world.schedule));
      const good = await world.scheduleMany(HUNG, 50);
      bad.push(...await Promise.all(hostile.slice(5).map(world.schedule)));
      const agent = world.start(WORDS);
      const ends = await Promise.all(bad.map((id) => ended(world, id, agent)));
      await until(async () => (await world.tasks()).length >= 50 || undefined, agent.output);
      await pause(SETTLED_MS);

      const owners = (await world.tasks()).map(({ startedBy }) => startedBy ?? "");
      assert.deepEqual(owners.toSorted(), good.toSorted(), "one task for each good run, none for the others");
      for (const { state, message } of ends) {
        assert.equal(state, "Failed");
        assert.ok(message.length > 40, `the end is explained: ${message}`);
      }
      agent.signal("SIGTERM");
      assert.equal(await agent.exited, 0, agent.output());
      // deno-lint-ignore no-control-regex -- none of these may reach a terminal
      assert.doesNotMatch(agent.output(), /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
    },
  },
];

Deno.test("ends: given runs that cannot go well, when due, then each ends in one state that says why, and nothing else suffers", async (t) => {
  await playScenarios(t, scenarios);
});
