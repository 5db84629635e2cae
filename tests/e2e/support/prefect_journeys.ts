/**
 * What the journeys of the real Prefect client have in common: flows are registered, runs are created and read back.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Json, JsonObject } from "../../../schemas/json/json.ts";
import { FLOWS, type Site } from "./prefect_site.ts";

/** Registers flows of flows.py in the project `lab`, which is made where it is missing. */
export async function registeredFlows({ prefect }: Site, ...names: string[]): Promise<void> {
  assert.equal((await prefect("create", "project", "lab")).code, 0);
  const only = names.flatMap((name) => ["--name", name]);
  const { code, output } = await prefect("register", "--project", "lab", "--path", FLOWS, ...only);
  assert.equal(code, 0, output);
}

/** Id of the newest version of a flow. */
export async function flowId({ ask }: Site, name: string): Promise<string> {
  const query =
    "query($name: String) { flow(where: { name: { _eq: $name }, archived: { _eq: false } }) { id } }";
  const [flow] = (await ask(query, { name }))["flow"] as { id: string }[];
  return String(flow?.id);
}

/** Creates a run of a flow. @returns its id */
export async function createdRun(site: Site, name: string, input: JsonObject = {}): Promise<string> {
  const { create_flow_run: payload } = await site.ask(
    "mutation($input: create_flow_run_input!) { create_flow_run(input: $input) { id } }",
    { input: { flow_id: await flowId(site, name), ...input } },
  );
  return String((payload as JsonObject)["id"]);
}

/** The run with its task runs, in the order of slug and map index, and log lines. */
export async function read({ ask }: Site, id: string): Promise<JsonObject> {
  const query =
    `query($id: uuid!) { flow_run_by_pk(id: $id) { state version labels parameters start_time end_time
    states(order_by: { version: asc }) { state }
    task_runs(order_by: [{ task: { slug: asc } }, { map_index: asc }]) { state map_index run_count task { slug }
      states(order_by: { version: asc }) { state } }
    logs(order_by: { timestamp: asc }) { message name level } } }`;
  return (await ask(query, { id }))["flow_run_by_pk"] as JsonObject;
}

/** One column of rows. */
export function column(rows: Json | undefined, name: string): readonly Json[] {
  return (rows as JsonObject[]).map((row) => row[name] ?? null);
}

/** The states that a flow run or a task run has had, the first one first. */
export function states(run: JsonObject): readonly Json[] {
  return column(run["states"], "state");
}

/** The task runs of a task by its slug, in the order of their map index, which is -1 for the mapped task itself. */
export function taskRuns(run: JsonObject, slug: string): readonly JsonObject[] {
  return (run["task_runs"] as JsonObject[]).filter(({ task }) => (task as JsonObject)["slug"] === slug);
}

/** The newest run of the site's tenant, as `prefect run` leaves it. */
export async function newestRun(site: Site): Promise<JsonObject> {
  const query = "query { flow_run(order_by: { created: desc }, limit: 1) { id } }";
  const [run] = (await site.ask(query))["flow_run"] as JsonObject[];
  return await read(site, String(run?.["id"]));
}
