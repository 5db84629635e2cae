/**
 * The second part of the demo: a worker of Prefect 3, two deployments and their runs.
 *
 * @module
 */

import type { JsonObject } from "../../../schemas/json/json.ts";
import { mapping, mappings } from "../../../schemas/json/shape.ts";
import { DEMO_IMAGE } from "../../containers/demo_image.ts";
import { awsVariables, prefect3Variables } from "../../environment.ts";
import {
  DEMO_CLIENT,
  type DemoClient,
  type DemoGroup,
  type DemoPart,
  type ScheduledRun,
  type SeenRun,
} from "../part.ts";
import { basicOf, type Rest, restClient } from "./rest.ts";

/** Runs of one deployment that go the same way. */
export interface WorkerGroup extends DemoGroup {
  readonly deployment: "etl" | "huge";
  readonly parameters: JsonObject;
}

const COMPLETED = { state: "Completed", message: "" } as const;

/** 20 runs in all. */
export const WORKER_GROUPS: readonly WorkerGroup[] = [
  {
    name: "hello",
    shows: "a flow that succeeds",
    runs: 3,
    deployment: "etl",
    parameters: { seconds: 0.4 },
    isCancelled: false,
    expected: COMPLETED,
  },
  {
    name: "parallel",
    shows: "nine runs at the same time",
    runs: 9,
    deployment: "etl",
    parameters: { seconds: 1.5 },
    isCancelled: false,
    expected: COMPLETED,
  },
  {
    name: "broken",
    shows: "a flow that fails on purpose",
    runs: 3,
    deployment: "etl",
    parameters: { seconds: 0.4, outcome: "fail" },
    isCancelled: false,
    expected: { state: "Failed", message: "ZeroDivisionError" },
  },
  {
    name: "too large",
    shows: "a deployment that ECS refuses to place",
    runs: 2,
    deployment: "huge",
    parameters: {},
    isCancelled: false,
    expected: { state: "Crashed", message: "RESOURCE:MEMORY" },
  },
  {
    name: "endless",
    shows: "a flow that is cancelled while it runs",
    runs: 2,
    deployment: "etl",
    parameters: { seconds: 120 },
    isCancelled: true,
    expected: { state: "Cancelled", message: "" },
  },
  {
    name: "patient",
    shows: "a flow that is suspended, and resumed in a second task",
    runs: 1,
    deployment: "etl",
    parameters: { seconds: 0.4, outcome: "suspend" },
    isCancelled: false,
    isResumed: true,
    expected: { ...COMPLETED, through: ["Suspended", "Resuming"] },
  },
];

const POOL = "demo";

/** 61440 MiB is more than the local ECS has. */
const DEPLOYMENTS = {
  etl: { image: DEMO_IMAGE, cpu: 256, memory: 512 },
  huge: { image: DEMO_IMAGE, cpu: 8192, memory: 61_440 },
} as const;

/** The part. */
export const workerPart: DemoPart = {
  flavour: "worker",
  platform: { short: "AWS", name: "AWS" },
  title: "A Prefect 3 API and a local ECS on 127.0.0.1, and a worker as deno task agent worker start would",
  groups: WORKER_GROUPS,
  // The demo is over in seconds; its runs should be seen to end while it lasts.
  words: ["worker", "start", "--pool", POOL, "--name", "demo", "--watch-period=1"],
  logName: "worker.log",
  service: "prefect3",
  // A run that is resumed is polled for: its first task may be in hand still when the API tells of it.
  variables: (sandbox) => {
    const own = { ...prefect3Variables(sandbox), PREFECT_WORKER_QUERY_SECONDS: "3" };
    return Promise.resolve({ ...own, ...awsVariables(sandbox) });
  },
  open: ({ prefect3Url, apiKey }) =>
    openClient(restClient(prefect3Url, { "user-agent": DEMO_CLIENT, authorization: basicOf(apiKey) })),
};

function openClient(ask: Rest): DemoClient {
  const known: KnownStates = new Map();
  const pools = { work_pools: { name: { any_: [POOL] } } };
  return {
    isReady: async () => mappings(await ask("POST", "/work_pools/filter", pools)).length > 0,
    schedule: () => schedule(ask),
    read: (ids) => readRuns(ask, ids, known),
    cancel: async (id) => {
      await ask("POST", `/flow_runs/${id}/set_state`, { state: { type: "CANCELLING", name: "Cancelling" } });
    },
    resume: async (id) => void await ask("POST", `/flow_runs/${id}/resume`, {}),
  };
}

async function schedule(ask: Rest): Promise<readonly ScheduledRun[]> {
  const ids = new Map<string, string>();
  for (const [name, job_variables] of Object.entries(DEPLOYMENTS)) {
    const flow = await ask("POST", "/flows/", { name });
    const values = { name: "demo", flow_id: idOf(flow), work_pool_name: POOL, job_variables };
    ids.set(name, idOf(await ask("POST", "/deployments/", { ...values, enforce_parameter_schema: false })));
  }
  const runs: ScheduledRun[] = [];
  for (const flow of WORKER_GROUPS) {
    const flowId = ids.get(flow.deployment) ?? "";
    for (let number = 1; number <= flow.runs; number += 1) {
      const values = { name: `${flow.name} ${number}`, parameters: flow.parameters };
      const run = await ask("POST", `/deployments/${flowId}/create_flow_run`, values);
      runs.push({ id: idOf(run), flowId, flow });
    }
  }
  return runs;
}

function idOf(row: Parameters<typeof mapping>[0]): string {
  return String(mapping(row)["id"] ?? "");
}

/** States of runs as they were read, by the id of the newest. */
type KnownStates = Map<string, SeenRun["states"]>;

/** Reads the runs with all their states: those of a run only when it has a new one. */
async function readRuns(ask: Rest, ids: readonly string[], known: KnownStates): Promise<readonly SeenRun[]> {
  const rows = mappings(await ask("POST", "/flow_runs/filter", { flow_runs: { id: { any_: [...ids] } } }));
  return await Promise.all(rows.map(async (row) => {
    const newest = String(row["state_id"]);
    const states = known.get(newest) ?? await readStates(ask, idOf(row));
    known.set(newest, states);
    return { id: idOf(row), name: String(row["name"] ?? ""), states };
  }));
}

async function readStates(ask: Rest, runId: string): Promise<SeenRun["states"]> {
  const states = mappings(await ask("GET", `/flow_run_states/?flow_run_id=${runId}`));
  return states.map((state) => ({
    type: String(state["name"] ?? ""),
    message: String(state["message"] ?? ""),
    at: Date.parse(String(state["timestamp"] ?? "")),
  }));
}
