/**
 * Retries of the real Prefect 0.15.13 runtime against the sandbox's API: the history of each task run.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { JsonObject } from "../../../schemas/json/json.ts";
import {
  column,
  createdRun,
  newestRun,
  read,
  registeredFlows,
  states,
  taskRuns,
} from "../support/prefect_journeys.ts";
import { prefectTest, type Site } from "../support/prefect_site.ts";

/** Runs a flow through the real agent. @returns the run as it ended */
async function ended(site: Site, name: string): Promise<JsonObject> {
  await registeredFlows(site, name);
  const id = await createdRun(site, name);
  await site.withAgent(async () => void await site.untilState(id, "Success", "Failed"));
  return await read(site, id);
}

interface Way {
  readonly given: string;
  readonly flow: string;
  readonly slug: string;
  readonly history: readonly string[];
  readonly runCount: number;
}

const ONCE = ["Pending", "Running", "Failed", "Retrying", "Running"];

const WAYS: readonly Way[] = [
  {
    given: "a task that succeeds at its second time",
    flow: "second",
    slug: "second_time-1",
    history: [...ONCE, "Success"],
    runCount: 2,
  },
  {
    given: "a task that succeeds at its third time",
    flow: "retrying",
    slug: "third_time-1",
    history: [...ONCE, "Failed", "Retrying", "Running", "Success"],
    runCount: 3,
  },
  {
    given: "a task that never succeeds",
    flow: "exhausted",
    slug: "never-1",
    history: [...ONCE, "Failed"],
    runCount: 2,
  },
  {
    given: "a task that asks for a retry by a signal",
    flow: "signalled",
    slug: "by_signal-1",
    history: ["Pending", "Running", "Retrying", "Running", "Success"],
    runCount: 2,
  },
  {
    given: "a task that loops",
    flow: "looping",
    slug: "rounds-1",
    history: ["Pending", "Running", "Looped", "Running", "Looped", "Running", "Success"],
    runCount: 3,
  },
];

for (const { given, flow, slug, history, runCount } of WAYS) {
  prefectTest(
    `retry: given ${given}, when the run has ended, then each state is in its history`,
    async (site) => {
      const run = await ended(site, flow);

      const [task] = taskRuns(run, slug);
      assert.ok(task !== undefined);
      assert.deepEqual(states(task), history);
      assert.equal(task["run_count"], runCount);
      assert.equal(run["state"], history.at(-1));
      assert.deepEqual(states(run), ["Scheduled", "Submitted", "Running", history.at(-1)]);
    },
  );
}

prefectTest(
  "retry: given mapped parts of which one fails at first, when it is tried again, then only that one is",
  async (site) => {
    await registeredFlows(site, "mapped retry");

    const { output } = await site.prefect("run", "--name", "mapped retry", "--execute");
    const run = await newestRun(site);

    assert.equal(run["state"], "Success", output);
    const straight = ["Pending", "Running", "Success"];
    const [, ...parts] = taskRuns(run, "odd_at_second-1");
    assert.deepEqual(parts.map(states), [straight, [...ONCE, "Success"], straight]);
    assert.deepEqual(column(parts, "run_count"), [1, 2, 1]);
  },
);

prefectTest(
  "retry: given a failed run, when it is started again, then only its failed task runs a second time",
  async (site) => {
    const failed = await ended(site, "restarted");
    assert.equal(failed["state"], "Failed");
    const query = `query { task_run(where: { state: { _eq: "Failed" } }) { id flow_run_id } }`;
    const [task] = (await site.ask(query))["task_run"] as JsonObject[];
    const id = String(task?.["flow_run_id"]);

    await site.call("restart", id, String(task?.["id"]));
    // Executed without an agent: the API takes no second claim of a run within 30 s
    assert.deepEqual(await site.call("executed", id), { state: "Success" });

    const run = await read(site, id);
    assert.deepEqual(states(run), [
      "Scheduled",
      "Submitted",
      "Running",
      "Failed",
      "Scheduled",
      "Running",
      "Success",
    ]);
    assert.deepEqual(taskRuns(run, "once_restarted-1").map(states), [
      ["Pending", "Running", "Failed", "Pending", "Running", "Success"],
    ]);
    assert.deepEqual(taskRuns(run, "numbers-1").map(states), [["Pending", "Running", "Success"]]);
  },
);
