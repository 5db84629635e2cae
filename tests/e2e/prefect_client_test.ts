/**
 * Journeys of the real Prefect 0.15.13 client, agent and runtime against the sandbox's API.
 *
 * `PREFECT_PYTHON` names the Python (see make_prefect_venv.sh); where it is not set, the tests are ignored and say so.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { JsonObject } from "../../schemas/json/json.ts";
import { column, createdRun, flowId, read, registeredFlows, states } from "./support/prefect_journeys.ts";
import { FLOWS, prefectTest, SITE_KEY } from "./support/prefect_site.ts";

prefectTest(
  "client: given the CLI, when projects and flows are registered twice, then the second time skips",
  async (site) => {
    await registeredFlows(site, "plain", "mapped");

    const again = await site.prefect("register", "--project", "lab", "--path", FLOWS, "--name", "plain");
    const forced = await site.prefect(
      "register",
      "--project",
      "lab",
      "--path",
      FLOWS,
      "--name",
      "plain",
      "--force",
    );
    const project = await site.prefect("create", "project", "lab");

    assert.match(again.output, /Skipped \(metadata unchanged\)/);
    assert.match(forced.output, /Version: 2/);
    assert.equal(project.code, 0, project.output);
    const listed = await site.prefect("get", "flows");
    assert.match(listed.output, /mapped\s+1 .*lab/);
    assert.match(listed.output, /plain\s+2 .*lab/);
    assert.match((await site.prefect("get", "projects")).output, /lab +2 /);
    assert.match((await site.prefect("get", "tasks")).output, /numbers/);
    assert.match((await site.prefect("describe", "tasks", "-n", "mapped")).output, /numbers-1/);
  },
);

prefectTest(
  "client: given flow.register(), when called with keys, then versions follow the keys",
  async (site) => {
    assert.deepEqual(await site.call("projects"), { same: true });
    await site.prefect("create", "project", "lab");

    const { ids: [first, again, next] = [], uncompressed } = await site.call("register", FLOWS) as {
      ids: string[];
      uncompressed: string;
    };

    assert.equal(again, first);
    assert.equal(new Set([first, next, uncompressed]).size, 3);
    const { flow } = await site.ask(
      "query { flow(order_by: { version: asc }) { id archived tasks_aggregate { aggregate { count } } } }",
    );
    assert.deepEqual(column(flow, "archived"), [true, true, false]);
    assert.deepEqual(column(flow, "tasks_aggregate"), Array(3).fill({ aggregate: { count: 3 } }));
  },
);

prefectTest(
  "client: given create_flow_run, when called in every way, then the runs are as asked",
  async (site) => {
    await registeredFlows(site, "plain");

    const answer = await site.call("runs", await flowId(site, "plain")) as JsonObject;

    const [first, again] = answer["keyed"] as string[];
    assert.equal(first, again);
    assert.equal(answer["name"], "renamed");
    assert.deepEqual(answer["parameters"], { count: 7 });
    assert.match(String(answer["missing"]), /Flow 99999999-9999-4999-8999-999999999999 not found/);
    assert.deepEqual((await read(site, String(answer["named"])))["labels"], ["a", "b"]);
  },
);

prefectTest(
  "client: given a required parameter, when the run is created without it, then the CLI says so",
  async (site) => {
    await registeredFlows(site, "demanding");

    const { code, output } = await site.prefect("run", "--name", "demanding", "--project", "lab");

    assert.notEqual(code, 0);
    assert.match(output, /Required parameters were not supplied: \{'count'\}/);
  },
);

prefectTest(
  "runtime: given `prefect run --execute`, when the flow succeeds, then its way and logs are kept",
  async (site) => {
    await registeredFlows(site, "plain", "mapped", "failing");

    const plain = await site.prefect("run", "--name", "plain", "--param", "count=5", "--execute");
    const mapped = await site.prefect("run", "--name", "mapped", "--execute");
    const failing = await site.prefect("run", "--name", "failing", "--execute");

    assert.equal(plain.code, 0, plain.output);
    assert.match(plain.output, /Flow run succeeded!/);
    assert.equal(mapped.code, 0, mapped.output);
    assert.match(failing.output, /Flow run failed!/);
    const { flow_run: runs } = await site.ask("query { flow_run(order_by: { created: asc }) { id } }");
    const [first, second, third] = await Promise.all(column(runs, "id").map((id) => read(site, String(id))));
    assert.ok(first !== undefined && second !== undefined && third !== undefined);
    assert.deepEqual(states(first), ["Scheduled", "Running", "Success"]);
    assert.deepEqual(first["parameters"], { count: 5 });
    assert.ok(column(first["logs"], "message").includes("counting to 5"));
    assert.deepEqual(
      (second["task_runs"] as JsonObject[]).filter(({ task }) => (task as JsonObject)["slug"] === "double-1")
        .map(({ map_index, state }) => [map_index, state]),
      [[-1, "Mapped"], [0, "Success"], [1, "Success"], [2, "Success"]],
    );
    assert.equal(third["state"], "Failed");
    assert.deepEqual(new Set(column(third["task_runs"], "state")), new Set(["Failed", "TriggerFailed"]));
  },
);

prefectTest(
  "agent: given runs with and without its label, when the real agent polls, then it takes its own",
  async (site) => {
    await registeredFlows(site, "plain", "retrying");
    const own = await createdRun(site, "plain");
    const retrying = await createdRun(site, "retrying");
    const foreign = await createdRun(site, "plain", { labels: ["elsewhere"] });

    const printed = await site.withAgent(async () => {
      await site.untilState(own, "Success", "Failed");
      await site.untilState(retrying, "Success", "Failed");
    });

    assert.deepEqual(
      states(await read(site, own)),
      ["Scheduled", "Submitted", "Running", "Success"],
      printed,
    );
    const retried = await read(site, retrying);
    assert.equal(retried["state"], "Success");
    assert.deepEqual(column(retried["task_runs"], "run_count"), [3]);
    assert.equal((await read(site, foreign))["state"], "Scheduled");
    assert.match(JSON.stringify((await read(site, own))["logs"]), /Submitted for execution: PID/);
    const { agent } = await site.ask("query { agent { type labels last_queried } }");
    assert.deepEqual(column(agent, "labels"), [["lab"]]);
    const view = await site.call("views", own) as JsonObject;
    assert.deepEqual([view["state"], view["flow"], view["states"]], ["Success", "plain", ["Success"]]);
    assert.ok((view["logs"] as string[]).includes("counting to 3"));
  },
);

prefectTest(
  "agent: given a retry in eleven minutes, when it is due, then the agent starts the running run again",
  async (site) => {
    await registeredFlows(site, "late");
    const id = await createdRun(site, "late");
    const waiting =
      "query($id: uuid) { task_run(where: { flow_run_id: { _eq: $id } }) { id state serialized_state } }";
    const due = async (minutes: number) => {
      const before = new Date(Date.now() + minutes * 60_000).toISOString();
      const query =
        `mutation { get_runs_in_queue(input: { labels: ["lab"], before: "${before}" }) { flow_run_ids } }`;
      return ((await site.ask(query))["get_runs_in_queue"] as JsonObject)["flow_run_ids"];
    };

    await site.withAgent(async () => {
      await site.untilState(id, "Running");
      let rows: JsonObject[] = [];
      while (rows[0]?.["state"] !== "Retrying") {
        rows = (await site.ask(waiting, { id }))["task_run"] as JsonObject[];
      }
      assert.deepEqual([await due(1), await due(12)], [[], [id]]);
      const state = { ...rows[0]["serialized_state"] as JsonObject, start_time: new Date().toISOString() };
      await site.ask(
        "mutation($input: x!) { set_task_run_states(input: $input) { states { status } } }",
        { input: { states: [{ task_run_id: String(rows[0]["id"]), state }] } },
      );
      await site.untilState(id, "Success", "Failed");
    });

    const run = await read(site, id);
    assert.deepEqual([...new Set(states(run))], ["Scheduled", "Submitted", "Running", "Success"]);
    assert.deepEqual(column(run["task_runs"], "state"), ["Success"]);
  },
);

prefectTest(
  "cancel: given a run at work, when the client cancels it, then it ends Cancelled with its task runs",
  async (site) => {
    await registeredFlows(site, "sleeping");
    const id = await createdRun(site, "sleeping");
    const early = await createdRun(site, "sleeping", { labels: ["elsewhere"] });

    assert.deepEqual(await site.call("cancel", early), { cancelled: "Cancelled" });
    assert.equal((await read(site, early))["state"], "Cancelled");
    await site.withAgent(async () => {
      await site.untilState(id, "Running");
      await site.call("cancel", id);
      await site.untilState(id, "Cancelled");
    });

    const run = await read(site, id);
    assert.deepEqual(states(run), ["Scheduled", "Submitted", "Running", "Cancelling", "Cancelled"]);
    assert.deepEqual(column(run["task_runs"], "state"), ["Cancelled"]);
  },
);

prefectTest(
  "claims: given two claims of one version, when the client sends them, then it tells both refusals apart",
  async (site) => {
    await registeredFlows(site, "plain");
    const id = await createdRun(site, "plain");

    const [first, second, running] = await site.call("claims", id) as string[];

    assert.equal(first, "accepted");
    assert.match(String(second), /State update failed: this run has already been submitted\./);
    assert.equal(running, "version lock");
  },
);

const CLOUD = { PREFECT__BACKEND: "cloud" };

prefectTest(
  "cloud: given an API key, when secrets and values are kept, then the client reads them back",
  async (site) => {
    assert.deepEqual(await site.call("kept"), {
      secret: { user: "me" },
      value: { a: null },
      keys: ["k"],
      limit: 2,
      "no limit": null,
      "keys after": [],
    });
  },
  { ...CLOUD, PREFECT__CLOUD__API_KEY: SITE_KEY, PREFECT__CLOUD__USE_LOCAL_SECRETS: "false" },
);

const CREDENTIALS: readonly (readonly [string, Record<string, string>])[] = [
  ["an API key", { PREFECT__CLOUD__API_KEY: SITE_KEY }],
  ["a RUNNER token", {
    PREFECT__CLOUD__API_KEY: "",
    PREFECT__CLOUD__AGENT__AUTH_TOKEN: SITE_KEY,
    PREFECT__CLOUD__AUTH_TOKEN: SITE_KEY,
  }],
];

for (const [kind, credentials] of CREDENTIALS) {
  prefectTest(`cloud: given ${kind}, when the real agent starts, then it runs what is due`, async (site) => {
    await registeredFlows(site, "plain");
    const id = await createdRun(site, "plain");

    const printed = await site.withAgent(async () => void await site.untilState(id, "Success", "Failed"));

    assert.equal((await read(site, id))["state"], "Success", printed);
  }, { ...CLOUD, ...credentials });
}
