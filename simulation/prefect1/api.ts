/**
 * The simulated Prefect 1 API: GraphQL documents in, answers out, over the tables of {@link PrefectStore}.
 *
 * @module
 */

import { isJsonObject, type Json, type JsonObject } from "../../schemas/json/json.ts";
import { isScheduled } from "../../schemas/prefect1/state.ts";
import { type RootField, rootFields, selectRows, type Table } from "./hasura.ts";
import { shownRuns } from "./replica.ts";
import { isOver, type PrefectStore, type Refusal, type Row, type RunRow, typeOf } from "./store.ts";
import { SHARED_FAMILY, TEMPLATE_PATH } from "../world/named_by_runs.ts";
import type { Variant } from "../world/variant.ts";
import type { World } from "../world/world.ts";

/** Who asks. */
export interface Asker {
  readonly agent: string;
  readonly sentMs: number;
}

/** A state that an answer shows. */
export interface Shown {
  readonly run: string;
  readonly type: string;
  readonly version: number;
}

/** An answer's body, and what it shows of flow runs. */
export interface ApiAnswer {
  readonly body: JsonObject;
  readonly shown: readonly Shown[];
}

/** Ids that the queue answers at most. @see Prefect Server, get_runs_in_queue */
const QUEUE_SIZE = 25;

interface Asked extends Asker {
  readonly world: World;
  readonly store: PrefectStore;
  readonly shown: Shown[];
}

/** Answers documents. */
export function makePrefectApi(world: World, store: PrefectStore) {
  return (fields: readonly RootField[], asker: Asker): ApiAnswer => {
    const asked: Asked = { world, store, ...asker, shown: [] };
    try {
      const data = fields.map((field) =>
        [field.node.alias?.value ?? field.name, answerField(field, asked)] as const
      );
      return { body: { data: Object.fromEntries(data) }, shown: asked.shown };
    } catch (thrown) {
      return { body: { data: null, errors: [errorOf(thrown)] }, shown: [] };
    }
  };
}

/** What a request asks for. */
export function readFields(body: string): readonly RootField[] {
  const { query, variables } = readRequest(body);
  return rootFields(query, variables);
}

class Refused extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

function errorOf(thrown: unknown): JsonObject {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const code = thrown instanceof Refused ? thrown.refusal.code : null;
  return code === null ? { message } : { message, extensions: { code } };
}

function readRequest(body: string): { readonly query: string; readonly variables: JsonObject } {
  const request: unknown = JSON.parse(body);
  if (!isJsonObject(request) || typeof request["query"] !== "string") throw new Error("No query");
  const text = request["variables"];
  const variables: unknown = typeof text === "string" ? JSON.parse(text) : null;
  return { query: request["query"], variables: isJsonObject(variables) ? variables : {} };
}

function answerField({ name, args, node }: RootField, asked: Asked): Json {
  const input = isJsonObject(args["input"]) ? args["input"] : {};
  switch (name) {
    case "hello":
      return "hi";
    case "auth_info":
      return { api_token_scope: "RUNNER", tenant_id: "tenant" };
    case "tenant":
      return [{ id: "tenant" }];
    case "register_agent":
      return { id: "agent-id" };
    case "write_run_logs":
      return writeLogs(input, asked);
    case "get_runs_in_queue":
      return { flow_run_ids: queue(input, asked) };
    case "set_flow_run_states":
      return setStates(input, "flow_run_id", asked);
    case "set_task_run_states":
      return setStates(input, "task_run_id", asked);
    case "flow_run":
      return readRuns(node, args, asked);
    case "flow_run_by_pk":
      return readRuns(node, { where: { id: { _eq: args["id"] } } }, asked)[0] ?? null;
    case "task_run":
      return selectRows(
        [...asked.store.tasks.values()].map((row) => taskTable(row, asked)),
        node,
        args,
      );
  }
  throw new Error(`Cannot query field "${name}"`);
}

function readRuns(
  node: RootField["node"],
  args: RootField["args"],
  asked: Asked,
): readonly JsonObject[] {
  const runs = shownRuns(asked.store.runs.values(), asked.world);
  const byId = new Map(runs.map((run) => [run.id, run]));
  return selectRows(runs.map((row) => runTable(row, asked.world)), node, args)
    .map((row) => note(row, byId, asked));
}

/** What an answer shows of a run. */
function note(row: JsonObject, runs: ReadonlyMap<string, RunRow>, { shown }: Asked): JsonObject {
  const run = runs.get(String(row["id"]));
  if (run !== undefined) shown.push({ run: run.id, type: typeOf(run), version: run.version });
  return row;
}

function writeLogs(input: JsonObject, { world, agent }: Asked): Json {
  for (const line of listOf(input["logs"])) {
    world.history.add({
      what: "log",
      agent,
      run: String(line["flow_run_id"]),
      text: `${String(line["flow_run_id"]).slice(-2)} ${String(line["level"])} ${String(line["message"])}`,
    });
  }
  return { success: true };
}

function listOf(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function queue(input: JsonObject, { store }: Asked): readonly string[] {
  const before = Date.parse(String(input["before"]));
  const due = [...store.runs.values()].filter((run) => isQueued(run, before));
  const startOf = (run: RunRow) => Date.parse(String(run.state["start_time"] ?? 0)) || 0;
  return due.sort((a, b) => startOf(a) - startOf(b)).slice(0, QUEUE_SIZE).map(({ id }) => id);
}

function isQueued(run: RunRow, beforeMs: number): boolean {
  if (typeOf(run) === "Running") return run.tasks.some((task) => isDue(task, beforeMs));
  return isDue(run, beforeMs);
}

function isDue(row: Row, beforeMs: number): boolean {
  return isScheduled(typeOf(row)) && Date.parse(String(row.state["start_time"])) <= beforeMs;
}

function setStates(input: JsonObject, key: "flow_run_id" | "task_run_id", asked: Asked): Json {
  const { store, world, agent, sentMs } = asked;
  const rows: ReadonlyMap<string, Row> = key === "flow_run_id" ? store.runs : store.tasks;
  const refusals: Refusal[] = [];
  const items = listOf(input["states"]);
  for (const item of items) {
    const refusal = setOne(item, rows.get(String(item[key])));
    if (refusal !== null) refusals.push(refusal);
    if (refusal !== null && world.scenario.stopsAtRefusal) break;
  }
  const [first] = refusals;
  if (first !== undefined) throw new Refused(first);
  return { states: items.map((item) => ({ id: String(item[key]), status: "SUCCESS", message: null })) };

  function setOne(item: JsonObject, row: Row | undefined): Refusal | null {
    if (row === undefined) return { message: "State update failed: not found", code: null };
    const state = isJsonObject(item["state"]) ? item["state"] : {};
    const expected = typeof item["version"] === "number" ? item["version"] : null;
    return store.set(row, { state, expected, author: "agent", agent, sentMs });
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function stateColumns(row: Row): Table {
  return {
    id: row.id,
    version: row.version,
    state: typeOf(row),
    serialized_state: row.state,
    state_message: row.state["message"] ?? null,
    state_start_time: row.state["start_time"] ?? null,
    state_timestamp: () => iso(row.past.at(-1)?.atMs ?? 0),
    updated: () => iso(row.past.at(-1)?.atMs ?? 0),
    heartbeat: row.heartbeatMs === 0 ? null : iso(row.heartbeatMs),
    states: () => statesOf(row),
  };
}

function statesOf(row: Row): readonly Table[] {
  const now = { version: row.version, state: row.state, atMs: row.past.at(-1)?.atMs ?? 0 };
  return [...row.past, now].map(({ version, state, atMs }) => ({
    id: `${row.id}/${version}`,
    version,
    state: String(state["type"]),
    serialized_state: state,
    message: state["message"] ?? null,
    start_time: state["start_time"] ?? null,
    timestamp: iso(atMs),
  }));
}

function taskTable(row: Row, { store, world }: Pick<Asked, "store" | "world">): Table {
  return {
    ...stateColumns(row),
    task_id: "task",
    flow_run_id: row.flowRunId,
    flow_run: () => {
      const run = store.runs.get(row.flowRunId);
      return run === undefined ? null : runTable(run, world);
    },
  };
}

function runTable(run: RunRow, { scenario: { variant, runConfig } }: World): Table {
  return {
    ...stateColumns(run),
    name: `run-${run.id.slice(-2)}`,
    scheduled_start_time: run.state["start_time"] ?? null,
    start_time: null,
    end_time: isOver(run) ? iso(run.past.at(-1)?.atMs ?? 0) : null,
    created: iso(0),
    labels: [],
    parameters: {},
    context: {},
    agent_id: run.agentName,
    agent: run.agentName === null ? null : { id: run.agentName, name: run.agentName },
    flow_id: `flow-${run.due.flow}`,
    run_config: runConfig ?? RUN_CONFIGS[variant.runsName],
    flow: flowOf(run.due.flow, variant),
    task_runs: () =>
      run.tasks.map((task): Table => ({ ...stateColumns(task), task_id: "task", flow_run_id: run.id })),
  };
}

const ENV: JsonObject = { RUN_SECRET: "s3cret-of-the-run" };

const RUN_CONFIGS: Readonly<Record<Variant["runsName"], JsonObject>> = {
  nothing: { type: "UniversalRun", labels: [], env: ENV },
  template: { type: "ECSRun", env: ENV, task_definition_path: TEMPLATE_PATH },
  taskDefinition: { type: "ECSRun", env: ENV, task_definition_arn: `${SHARED_FAMILY}:1` },
};

const IN_IMAGE: JsonObject = {
  type: "Docker",
  image_name: "img",
  image_tag: "1",
  registry_url: "reg",
  __version__: "0.15.13",
};

/** A run config may name a task definition only for a flow that is not stored in an image. */
const IN_BUCKET: JsonObject = { type: "S3", bucket: "flows", key: "flow.py", __version__: "0.15.13" };

function flowOf(flow: number, { runsName, taskRevisions }: Variant): Table {
  return {
    id: `0000000${flow}-1111-4000-8000-000000000000`,
    name: taskRevisions ? "Flow" : `Flow ${flow}`,
    version: taskRevisions ? flow : 1,
    environment: null,
    storage: runsName === "taskDefinition" ? IN_BUCKET : IN_IMAGE,
    core_version: "0.15.13",
    flow_group_id: `group-${flow}`,
  };
}
