import assert from "node:assert/strict";
import type { Graphql } from "../../../sandbox/demo/api_client.ts";
import { runDemoFlow } from "../../../sandbox/demo/runtime.ts";
import type { Json, JsonObject } from "../../../schemas/json/json.ts";
import { fakeClock } from "../../support/clock.ts";
import { at } from "../support/local_account.ts";

const TASKS = [{ id: "task-run-1", version: 0, task: { name: "say hello" } }];

/** An API that knows one run; its state can be changed by the test. */
function fakeApi(parameters: JsonObject, firstState = "Submitted") {
  const states: { type: string; version: Json | undefined }[] = [];
  const taskStates: { type: string; version: Json | undefined }[] = [];
  const logs: Json[] = [];
  const api = { state: firstState };
  const ask: Graphql = (query, variables = {}) => {
    const input = variables["input"];
    if (query.includes("flow_run_by_pk")) {
      const run = {
        version: 2,
        serialized_state: { type: api.state },
        parameters,
        flow: { name: "hello" },
        task_runs: TASKS,
      };
      return Promise.resolve({ flow_run_by_pk: run });
    }
    if (query.includes("set_flow_run_states")) {
      api.state = String(at(input, "states", 0, "state", "type"));
      states.push({ type: api.state, version: at(input, "states", 0, "version") });
    }
    if (query.includes("set_task_run_states")) {
      taskStates.push({
        type: String(at(input, "states", 0, "state", "type")),
        version: at(input, "states", 0, "version"),
      });
    }
    if (query.includes("write_run_logs")) logs.push(at(input, "logs", 0, "message") ?? null);
    return Promise.resolve({});
  };
  return { api, ask, states, taskStates, logs };
}

async function play(
  fake: ReturnType<typeof fakeApi>,
  during: (fake: ReturnType<typeof fakeApi>) => void = () => {},
) {
  const clock = fakeClock();
  const printed: string[] = [];
  const done = runDemoFlow({
    ask: fake.ask,
    flowRunId: "run-1",
    clock,
    write: (line) => void printed.push(line),
  });
  await clock.advance(600);
  during(fake);
  await clock.advance(60_000);
  return { exitCode: await done, printed };
}

Deno.test("demo flow: given a run, then Running is locked to the version read, and the end is free", async () => {
  const fake = fakeApi({ seconds: 1 });

  const { exitCode, printed } = await play(fake);

  assert.equal(exitCode, 0);
  assert.deepEqual(fake.states, [{ type: "Running", version: 2 }, { type: "Success", version: null }]);
  assert.deepEqual(fake.taskStates, [{ type: "Running", version: 0 }, { type: "Success", version: null }]);
  assert.match(printed.join("\n"), /Beginning flow run for 'hello'/);
  assert.equal(fake.logs.length, 1);
});

Deno.test("demo flow: given the outcome fail, then run and task fail and the process ends well", async () => {
  const fake = fakeApi({ seconds: 0, outcome: "fail" });

  const { exitCode } = await play(fake);

  assert.equal(exitCode, 0);
  assert.deepEqual(fake.states.map((state) => state.type), ["Running", "Failed"]);
  assert.deepEqual(fake.taskStates.map((state) => state.type), ["Running", "Failed"]);
});

Deno.test("demo flow: given a cancellation while it runs, then it ends Cancelled, long before its time", async () => {
  const fake = fakeApi({ seconds: 100_000 });

  await play(fake, ({ api }) => {
    api.state = "Cancelling";
  });

  assert.deepEqual(fake.states.map((state) => state.type), ["Running", "Cancelled"]);
});

Deno.test("demo flow: given a run that is cancelled or over before it starts, then it is not started", async () => {
  const ends = [];
  for (const state of ["Cancelled", "Success", "Cancelling"]) {
    const fake = fakeApi({ seconds: 1 }, state);
    await play(fake);
    ends.push(fake.states.map((each) => each.type));
  }

  assert.deepEqual(ends, [[], [], ["Cancelled"]]);
});
