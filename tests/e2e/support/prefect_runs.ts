/**
 * Flows and their runs in the sandbox's API, as the Python client would have left them there.
 *
 * @module
 */

import type { Json, JsonObject } from "../../../schemas/json/json.ts";
import type { Graphql } from "../../../sandbox/demo/api_client.ts";

const VERSION = { __version__: "0.15.13" };

/** A flow to be registered. */
export interface FlowToRegister {
  readonly name: string;
  /** @default a Docker storage with the image `test/flow:1` */
  readonly storage?: JsonObject;
  /** @default none */
  readonly runConfig?: JsonObject;
}

/** A flow run as the API shows it. */
export interface RunSeen {
  readonly id: string;
  readonly state: string;
  readonly message: string;
  /** Names of all its states, oldest first. */
  readonly states: readonly string[];
  readonly logs: readonly string[];
}

const DOCKER: JsonObject = {
  type: "Docker",
  registry_url: "test",
  image_name: "flow",
  image_tag: "1",
  flows: {},
  prefect_version: "0.15.13",
  ...VERSION,
};

/** Registers a flow without tasks. @returns its id */
export async function registerFlow(ask: Graphql, projectId: string, flow: FlowToRegister): Promise<string> {
  return await created(ask, "create_flow", {
    project_id: projectId,
    set_schedule_active: false,
    serialized_flow: {
      name: flow.name,
      type: "prefect.core.flow.Flow",
      schedule: null,
      parameters: [],
      tasks: [],
      edges: [],
      reference_tasks: [],
      environment: null,
      run_config: flow.runConfig ?? null,
      storage: flow.storage ?? DOCKER,
      ...VERSION,
    },
  });
}

/** A new project. @returns its id */
export function createProject(ask: Graphql, name: string): Promise<string> {
  return created(ask, "create_project", { name });
}

/** Schedules a run. @returns its id */
export function createRun(ask: Graphql, flowId: string, more: JsonObject = {}): Promise<string> {
  return created(ask, "create_flow_run", { flow_id: flowId, parameters: {}, ...more });
}

async function created(ask: Graphql, mutation: string, input: JsonObject): Promise<string> {
  const document = `mutation($input: ${mutation}_input!) { ${mutation}(input: $input) { id } }`;
  const answer = (await ask(document, { input }))[mutation] as JsonObject;
  return String(answer["id"]);
}

const READ_RUN = `query($id: uuid!) { flow_run_by_pk(id: $id) { state state_message
  states { state timestamp } logs { message } } }`;

/** Reads a run with its states and logs. */
export async function readRun(ask: Graphql, id: string): Promise<RunSeen> {
  const row = (await ask(READ_RUN, { id }))["flow_run_by_pk"] as JsonObject;
  const states = rows(row["states"]).toSorted((one, other) =>
    String(one["timestamp"]) < String(other["timestamp"]) ? -1 : 1
  );
  return {
    id,
    state: String(row["state"]),
    message: String(row["state_message"]),
    states: states.map((each) => String(each["state"])),
    logs: rows(row["logs"]).map((each) => String(each["message"])),
  };
}

function rows(value: Json | undefined): readonly JsonObject[] {
  return value as readonly JsonObject[];
}
