/**
 * Flow runs that the real Prefect 0.15.13 client executes without an agent, against the sandbox's API.
 *
 * @module
 */

import assert from "node:assert/strict";
import {
  column,
  createdRun,
  flowId,
  newestRun,
  read,
  registeredFlows,
  states,
} from "../support/prefect_journeys.ts";
import { FLOWS, prefectTest } from "../support/prefect_site.ts";

const STRAIGHT = ["Scheduled", "Running", "Success"];

prefectTest(
  "agentless: given every option of `prefect run --execute`, when it runs, then the run is as asked and no agent's",
  async (site) => {
    await registeredFlows(site, "plain");
    const options = ["--label", "mine", "--run-name", "by hand", "--context", 'place={"x":1}'];

    const ran = await site.prefect(
      "run",
      "--id",
      await flowId(site, "plain"),
      "--param",
      "count=4",
      "--log-level",
      "DEBUG",
      "--execute",
      ...options,
    );

    assert.equal(ran.code, 0, ran.output);
    assert.match(ran.output, /Name: by hand\n.*\n└── Labels: \['agentless-run-\w{8}', 'mine'\]/);
    const run = await newestRun(site);
    assert.deepEqual(states(run), STRAIGHT);
    assert.deepEqual(run["parameters"], { count: 4 });
    const { flow_run: [row] = [] } = await site.ask("query { flow_run { name context run_config } }") as {
      flow_run?: { name: string; context: unknown; run_config: { env: Record<string, string> } }[];
    };
    assert.equal(row?.name, "by hand");
    assert.deepEqual(row?.context, { place: { x: 1 } });
    assert.deepEqual(row?.run_config.env, { STAGE: "test", PREFECT__LOGGING__LEVEL: "DEBUG" });
    assert.ok(column(run["logs"], "level").includes("DEBUG"));
  },
);

prefectTest(
  "agentless: given --quiet, when the flow fails, then the id is all that is printed and the exit code is 1",
  async (site) => {
    await registeredFlows(site, "failing");

    const { code, output } = await site.prefect("run", "--name", "failing", "--execute", "--quiet");

    assert.equal(code, 1, output);
    const [id = ""] = /^[0-9a-f-]{36}/.exec(output) ?? [];
    assert.deepEqual(states(await read(site, id)), ["Scheduled", "Running", "Failed"]);
  },
);

prefectTest(
  "agentless: given a key that was used, when `prefect run --execute` comes again, then nothing runs twice",
  async (site) => {
    await registeredFlows(site, "plain");
    const once = ["run", "--name", "plain", "--execute", "--idempotency-key", "once"];

    const first = await site.prefect(...once);
    const again = await site.prefect(...once);

    assert.equal(first.code, 0, first.output);
    assert.notEqual(again.code, 0);
    assert.match(again.output, /already in state <Success: /);
    const { flow_run: runs } = await site.ask("query { flow_run { id } }");
    assert.equal(column(runs, "id").length, 1);
    assert.deepEqual(states(await newestRun(site)), STRAIGHT);
  },
);

prefectTest(
  "agentless: given a file, when `prefect run --path` runs it, then the API hears nothing of it",
  async (site) => {
    const { code, output } = await site.prefect("run", "--path", FLOWS, "--name", "mapped");

    assert.equal(code, 0, output);
    assert.match(output, /Flow run succeeded!/);
    const rows = await site.ask("query { flow { id } flow_run { id } log { id } }");
    assert.deepEqual(rows, { flow: [], flow_run: [], log: [] });
  },
);

prefectTest(
  "agentless: given the functions behind the commands, when they are called, then each runs what is scheduled only",
  async (site) => {
    await registeredFlows(site, "plain");
    const apart = await createdRun(site, "plain");
    const within = await createdRun(site, "plain");

    assert.deepEqual(await site.call("executed", apart), { state: "Success" });
    assert.deepEqual(await site.call("within", within), { state: "Success" });
    const refused = await site.call("executed", apart) as { refused: string };

    assert.match(refused.refused, /^Flow run is already in state <Success: /);
    assert.deepEqual(states(await read(site, apart)), STRAIGHT);
    assert.deepEqual(states(await read(site, within)), STRAIGHT);
  },
);

prefectTest(
  "agentless: given a short retry, when the run is executed, then the run waits for it by itself",
  async (site) => {
    await registeredFlows(site, "second");

    const { code, output } = await site.prefect("run", "--name", "second", "--execute");

    assert.equal(code, 0, output);
    const run = await newestRun(site);
    assert.deepEqual(states(run), STRAIGHT);
    assert.deepEqual(column(run["task_runs"], "run_count"), [2]);
  },
);

prefectTest(
  "agentless: given a flow whose file is gone, when the run is executed, then it is Failed and its log says why",
  async (site) => {
    await registeredFlows(site, "lost");

    const { code, output } = await site.prefect("run", "--name", "lost", "--execute");

    assert.notEqual(code, 0, output);
    const run = await newestRun(site);
    assert.deepEqual(states(run), ["Scheduled", "Failed"]);
    assert.match(
      JSON.stringify(run["logs"]),
      /Failed to load and execute Flow's environment: .*flows_gone/,
    );
  },
);

prefectTest(
  "agentless: given Ctrl-C, when the flow is at work, then the run is Failed and says that it was interrupted",
  async (site) => {
    await registeredFlows(site, "sleeping");

    const { code, output } = await site.interrupted(
      async () => {
        let state: unknown;
        while (state !== "Running") {
          const { task_run: rows } = await site.ask("query { task_run { state } }");
          [state] = column(rows, "state");
        }
      },
      "run",
      "--name",
      "sleeping",
      "--execute",
    );

    assert.notEqual(code, 0, output);
    assert.match(output, /Keyboard interrupt detected! Aborting\.\.\./);
    const run = await newestRun(site);
    assert.deepEqual(states(run), ["Scheduled", "Running", "Failed"]);
    assert.ok(column(run["logs"], "message").includes("Flow run received an interrupt signal."));
  },
  // A heartbeat in a process of its own outlives the runtime that the client kills
  { PREFECT__CLOUD__HEARTBEAT_MODE: "thread" },
);
