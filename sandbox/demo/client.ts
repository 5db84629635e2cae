/**
 * What the demo asks of the Prefect 1 API, as any client would.
 *
 * @module
 */

import type { JsonObject } from "../../schemas/json/json.ts";
import { mapping, mappings } from "../../schemas/json/shape.ts";
import type { Sandbox } from "../sandbox.ts";
import { type Graphql, sandboxClient } from "./api_client.ts";
import { type DemoFlow, serializedFlow } from "./flows.ts";
import { DEMO_CLIENT, type DemoClient, type ScheduledRun, type SeenRun, type SeenState } from "./part.ts";

const CREATE_PROJECT = `mutation($input: create_project_input!) { create_project(input: $input) { id } }`;
const CREATE_FLOW = `mutation($input: create_flow_input!) { create_flow(input: $input) { id } }`;
const CREATE_RUN = `mutation($input: create_flow_run_input!) { create_flow_run(input: $input) { id } }`;
const CANCEL = `mutation($input: cancel_flow_run_input!) { cancel_flow_run(input: $input) { state } }`;
const READ_RUNS = `query($ids: [uuid!]) { flow_run(where: { id: { _in: $ids } }) { id name
  states { serialized_state timestamp } } }`;

async function created(ask: Graphql, query: string, input: JsonObject): Promise<string> {
  const [answer] = Object.values(await ask(query, { input }));
  return String(mapping(answer)["id"] ?? "");
}

/** Registers the flows in a new project and schedules all their runs at once. */
export async function scheduleDemo(
  ask: Graphql,
  flows: readonly DemoFlow[],
): Promise<readonly ScheduledRun[]> {
  const projectId = await created(ask, CREATE_PROJECT, { name: "demo", description: "deno task demo" });
  const registered: { readonly flow: DemoFlow; readonly flowId: string }[] = [];
  for (const flow of flows) {
    const flowId = await created(ask, CREATE_FLOW, {
      project_id: projectId,
      serialized_flow: serializedFlow(flow),
      set_schedule_active: false,
    });
    registered.push({ flow, flowId });
  }
  return await scheduleRuns(ask, registered);
}

async function scheduleRuns(
  ask: Graphql,
  flows: readonly { readonly flow: DemoFlow; readonly flowId: string }[],
): Promise<readonly ScheduledRun[]> {
  const runs: ScheduledRun[] = [];
  for (const { flow, flowId } of flows) {
    for (let number = 1; number <= flow.runs; number += 1) {
      const id = await created(ask, CREATE_RUN, {
        flow_id: flowId,
        parameters: flow.parameters,
        flow_run_name: `${flow.name} ${number}`,
      });
      runs.push({ id, flowId, flow });
    }
  }
  return runs;
}

function parseState(row: JsonObject): SeenState {
  const state = mapping(row["serialized_state"]);
  return {
    type: String(state["type"] ?? ""),
    message: String(state["message"] ?? ""),
    at: Date.parse(String(row["timestamp"] ?? "")),
  };
}

/** Reads the runs with all their states. */
export async function readRuns(ask: Graphql, ids: readonly string[]): Promise<readonly SeenRun[]> {
  const rows = mappings((await ask(READ_RUNS, { ids }))["flow_run"]);
  return rows.map((row) => ({
    id: String(row["id"] ?? ""),
    name: String(row["name"] ?? ""),
    states: mappings(row["states"]).map(parseState).toSorted((one, other) => one.at - other.at),
  }));
}

/** The client of a part that runs flows of Prefect 1. */
export function prefect1Client(
  { apiUrl: url, apiKey }: Pick<Sandbox, "apiUrl" | "apiKey">,
  flows: readonly DemoFlow[],
): DemoClient {
  const ask = sandboxClient({ url, apiKey }, { "user-agent": DEMO_CLIENT });
  return {
    isReady: async () => {
      const { agent } = await ask("query { agent { id } }");
      return Array.isArray(agent) && agent.length > 0;
    },
    schedule: () => scheduleDemo(ask, flows),
    read: (ids) => readRuns(ask, ids),
    cancel: (id) => cancelRun(ask, id),
    resume: () => Promise.resolve(),
  };
}

/** Cancels a run, as a person would. */
export async function cancelRun(ask: Graphql, id: string): Promise<void> {
  await ask(CANCEL, { input: { flow_run_id: id } });
}
