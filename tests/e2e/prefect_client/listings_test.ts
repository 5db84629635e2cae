/**
 * What the real Prefect 0.15.13 client lists and describes, read from the sandbox's API.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { JsonObject } from "../../../schemas/json/json.ts";
import { createdRun, flowId, registeredFlows } from "../support/prefect_journeys.ts";
import { FLOWS, prefectTest, type Site, SITE_KEY } from "../support/prefect_site.ts";

/** What a command prints, which must succeed. */
async function printed({ prefect }: Site, ...args: string[]): Promise<string> {
  const { code, output } = await prefect(...args);
  assert.equal(code, 0, output);
  return output;
}

/** A column of a table that a command prints, without its heading; columns are parted by two or more blanks. */
function cells(table: string, heading: string): readonly string[] {
  const [head = "", ...lines] = table.trimEnd().split("\n");
  const from = head.indexOf(heading);
  assert.ok(from >= 0, table);
  return lines.map((line) => (line.slice(from).split(/ {2,}/)[0] ?? "").trim());
}

prefectTest(
  "listings: given two versions of a flow, when flows are listed, then each filter and the limit holds",
  async (site) => {
    await registeredFlows(site, "plain", "mapped", "second");
    await printed(site, "register", "--project", "lab", "--path", FLOWS, "--name", "plain", "--force");
    await printed(site, "create", "project", "empty", "--description", "nothing in it");

    const versions = async (...args: string[]) =>
      cells(await printed(site, "get", "flows", ...args), "VERSION");

    assert.deepEqual(await versions(), ["1", "2", "1"]);
    assert.deepEqual(await versions("--all-versions"), ["1", "2", "1", "1"]);
    assert.deepEqual(await versions("--name", "plain", "--all-versions"), ["2", "1"]);
    assert.deepEqual(await versions("--name", "plain", "--version", "1"), ["1"]);
    assert.deepEqual(await versions("--project", "empty"), []);
    assert.deepEqual(await versions("--limit", "2"), ["1", "2"]);
    const projects = await printed(site, "get", "projects");
    assert.deepEqual(cells(projects, "NAME"), ["empty", "lab"]);
    assert.deepEqual(cells(projects, "FLOW COUNT"), ["0", "3"]);
    assert.deepEqual(cells(await printed(site, "get", "projects", "--name", "empty"), "DESCRIPTION"), [
      "nothing in it",
    ]);
  },
);

prefectTest(
  "listings: given runs that ended and one that waits, when runs and logs are listed, then the filters tell them apart",
  async (site) => {
    await registeredFlows(site, "plain", "failing");
    await printed(site, "run", "--name", "plain", "--run-name", "first", "--execute");
    await site.prefect("run", "--name", "failing", "--run-name", "second", "--execute");
    await createdRun(site, "plain", { flow_run_name: "waiting" });

    const names = async (...args: string[]) =>
      cells(await printed(site, "get", "flow-runs", ...args), "NAME");

    assert.deepEqual(await names(), ["waiting", "second", "first"]);
    assert.deepEqual(await names("--started"), ["second", "first"]);
    assert.deepEqual(await names("--flow", "plain"), ["waiting", "first"]);
    assert.deepEqual(await names("--project", "elsewhere"), []);
    assert.deepEqual(await names("--limit", "1"), ["waiting"]);
    assert.deepEqual(cells(await printed(site, "get", "flow-runs"), "STATE"), [
      "Scheduled",
      "Failed",
      "Success",
    ]);
    const logs = await printed(site, "get", "logs", "--name", "first");
    assert.match(logs, /INFO +counting to 3/);
    assert.doesNotMatch(logs, /on purpose/);
    // This client sends no `info` with its lines, so each is printed as an empty one
    assert.match(await printed(site, "get", "logs", "--name", "first", "--info"), /^\n+$/);
    assert.match(await printed(site, "get", "logs", "--name", "no such run"), /no such run not found/);
    const described = JSON.parse(
      await printed(site, "describe", "flow-runs", "--name", "first", "--flow-name", "plain"),
    ) as JsonObject;
    assert.equal((described["serialized_state"] as JsonObject)["type"], "Success");
    assert.deepEqual(described["flow"], { name: "plain" });
  },
);

prefectTest(
  "listings: given a flow, when it and its tasks are described, then all that was registered is there",
  async (site) => {
    await registeredFlows(site, "mapped", "second");

    const flow = JSON.parse(await printed(site, "describe", "flows", "--name", "mapped")) as JsonObject;
    const tasks = JSON.parse(await printed(site, "describe", "tasks", "--name", "second")) as JsonObject[];
    const listed = await printed(site, "get", "tasks", "--flow-name", "mapped", "--flow-version", "1");

    assert.deepEqual(flow["project"], { name: "lab" });
    assert.equal(flow["archived"], false);
    assert.equal((flow["storage"] as JsonObject)["type"], "Local");
    assert.deepEqual((flow["parameters"] as JsonObject[]).map(({ name, default: value }) => [name, value]), [
      ["count", 3],
    ]);
    assert.deepEqual(tasks.map(({ slug, max_retries, mapped }) => [slug, max_retries, mapped]), [
      ["second_time-1", 1, false],
    ]);
    assert.deepEqual([...cells(listed, "NAME")].sort(), ["count", "double", "numbers", "total"]);
    assert.match(listed, /double +mapped +1 .* True /);
    assert.match(
      await printed(site, "describe", "flows", "--name", "mapped", "-o", "yaml"),
      /^archived: false$/m,
    );
    assert.match(await printed(site, "describe", "flows", "--name", "none"), /none not found/);
  },
);

prefectTest(
  "listings: given views of the client, when flow, tenant and agents are looked up, then every way finds the same",
  async (site) => {
    await registeredFlows(site, "plain");

    const { flow_group: [group] = [] } = await site.ask("query { flow_group { id } }") as {
      flow_group?: { id: string }[];
    };
    const listed = () => site.call("listed", "plain", String(group?.id));
    const before = await listed() as JsonObject;
    let during: JsonObject = {};
    await site.withAgent(async () => {
      const id = await createdRun(site, "plain");
      await site.untilState(id, "Success", "Failed");
      during = await listed() as JsonObject;
    });

    const { missing, agents, ...same } = before;
    assert.deepEqual(same, {
      name: "plain",
      project: "lab",
      labels: ["lab"],
      same: [true, true, true, true],
      tenant: true,
      tenants: 1,
    });
    assert.match(String(missing), /^No results found while querying for flows/);
    assert.match(String(agents), /^There are no healthy agents in your tenant/);
    assert.match(String(during["agents"]), /has matching labels and last queried .* It should deploy/);
  },
);

prefectTest(
  "listings: given a run at work, when the client watches it, then it is shown each state and each line",
  async (site) => {
    await registeredFlows(site, "plain");
    const id = await createdRun(site, "plain");

    let shown: string[] = [];
    await site.withAgent(async () => {
      shown = await site.call("watched", id) as string[];
    });

    const entered = shown.flatMap((line) => /^Entered state <(\w+)>/.exec(line)?.[1] ?? []);
    assert.deepEqual(entered, ["Scheduled", "Submitted", "Running", "Success"]);
    assert.ok(shown.includes("counting to 3"), shown.join("\n"));
    assert.match(String((await site.call("watched", id) as string[])[0]), /^Your flow run finished /);
  },
);

prefectTest(
  "listings: given a project that is deleted, when all is listed, then its flows and runs are gone with it",
  async (site) => {
    await registeredFlows(site, "plain");
    await createdRun(site, "plain");
    assert.match(await printed(site, "create", "project", "lab", "--skip-if-exists"), /lab already exists/);
    assert.notEqual(await flowId(site, "plain"), "undefined");

    assert.match(await printed(site, "delete", "project", "lab"), /lab deleted/);

    assert.deepEqual(cells(await printed(site, "get", "projects"), "NAME"), []);
    assert.deepEqual(cells(await printed(site, "get", "flows"), "NAME"), []);
    assert.deepEqual(cells(await printed(site, "get", "flow-runs"), "NAME"), []);
    assert.match(await printed(site, "delete", "project", "lab"), /Error deleting project/);
  },
);

prefectTest(
  "listings: given Prefect Cloud's backend, when tenants and keys are listed, then the sandbox's are there",
  async (site) => {
    await printed(site, "kv", "set", "colour", "blue");

    assert.match(await printed(site, "kv", "list"), /^colour$/m);
    assert.match(await printed(site, "kv", "get", "colour"), /Key 'colour' has value 'blue'/);
    assert.equal(cells(await printed(site, "auth", "list-tenants"), "NAME").length, 1);
    assert.match(await printed(site, "kv", "delete", "colour"), /has been deleted/);
    assert.match(await printed(site, "kv", "list"), /No keys found/);
  },
  { PREFECT__BACKEND: "cloud", PREFECT__CLOUD__API_KEY: SITE_KEY },
);
