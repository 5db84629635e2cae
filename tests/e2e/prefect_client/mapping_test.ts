/**
 * Mapped tasks of the real Prefect 0.15.13 runtime against the sandbox's API.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Json, JsonObject } from "../../../schemas/json/json.ts";
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

/** Registers a flow and runs it without an agent. @returns the run as it ended */
async function executed(site: Site, name: string, ...args: string[]): Promise<JsonObject> {
  await registeredFlows(site, name);
  await site.prefect("run", "--name", name, "--execute", ...args);
  return await newestRun(site);
}

/** The task runs of a task: map index, state. */
function parts(run: JsonObject, slug: string): readonly Json[] {
  return taskRuns(run, slug).map(({ map_index, state }) => [map_index ?? null, state ?? null]);
}

prefectTest(
  "mapping: given a map over a map, when it runs, then each part has its own task run and history",
  async (site) => {
    const run = await executed(site, "chained");

    assert.equal(run["state"], "Success");
    const all = [[-1, "Mapped"], [0, "Success"], [1, "Success"], [2, "Success"]];
    assert.deepEqual(parts(run, "double-1"), all);
    assert.deepEqual(parts(run, "add-1"), all);
    assert.deepEqual(parts(run, "total-1"), [[-1, "Success"]]);
    const [parent, ...children] = taskRuns(run, "add-1").map(states);
    assert.deepEqual(parent, ["Pending", "Mapped"]);
    assert.deepEqual(children, Array(3).fill(["Pending", "Running", "Success"]));
  },
);

prefectTest(
  "mapping: given nothing to map over, when it runs, then only the mapped task has a task run",
  async (site) => {
    const run = await executed(site, "chained", "--param", "count=0");

    assert.equal(run["state"], "Success");
    assert.deepEqual(parts(run, "double-1"), [[-1, "Mapped"]]);
    assert.deepEqual(parts(run, "add-1"), [[-1, "Mapped"]]);
  },
);

prefectTest(
  "mapping: given lists in a list, when they are flattened, then the client reads each result back",
  async (site) => {
    await registeredFlows(site, "flattened");
    const id = await createdRun(site, "flattened");

    await site.withAgent(async () => void await site.untilState(id, "Success", "Failed"));

    assert.deepEqual(parts(await read(site, id), "shout-1"), [
      [-1, "Mapped"],
      [0, "Success"],
      [1, "Success"],
      [2, "Success"],
    ]);
    assert.deepEqual(await site.call("mapped_results", id, "shout-1"), {
      parts: [[0, "Success", "WORD"], [1, "Success", "WORD"], [2, "Success", "WORD"]],
      together: ["WORD", "WORD", "WORD"],
    });
  },
);

prefectTest(
  "mapping: given a part that fails, when the next task maps over it, then only that part is skipped",
  async (site) => {
    const run = await executed(site, "partly");

    assert.equal(run["state"], "Failed");
    assert.deepEqual(parts(run, "only_even-1"), [
      [-1, "Mapped"],
      [0, "Success"],
      [1, "Failed"],
      [2, "Success"],
    ]);
    assert.deepEqual(parts(run, "double-1"), [
      [-1, "Mapped"],
      [0, "Success"],
      [1, "TriggerFailed"],
      [2, "Success"],
    ]);
    assert.deepEqual(parts(run, "total-1"), [[-1, "TriggerFailed"]]);
    assert.deepEqual(taskRuns(run, "double-1").map(states)[2], ["Pending", "TriggerFailed"]);
  },
);

prefectTest(
  "mapping: given eight threads, when they write their states at once, then no part is lost or made twice",
  async (site) => {
    const run = await executed(site, "wide");

    assert.equal(run["state"], "Success");
    const children = taskRuns(run, "double-1");
    assert.deepEqual(column(children, "map_index"), Array.from({ length: 25 }, (_, index) => index - 1));
    assert.deepEqual(children.slice(1).map(states), Array(24).fill(["Pending", "Running", "Success"]));
  },
);
