/**
 * The recorded cases of the Prefect 3 worker, as inputs of pure functions.
 *
 * @module
 */

import type { WorkerFacts } from "../../../flavours/ecs_worker/worker_facts.ts";
import type { Json, JsonObject } from "../../../schemas/json/json.ts";
import { parseKeepingNumbers } from "../../../schemas/json/number_source.ts";
import type { Readings, Source } from "../../../schemas/plan/source.ts";
import type { FlowRun } from "../../../schemas/prefect3/flow_run.ts";
import { isPrefect3Source } from "../../../schemas/prefect3/source.ts";

/** A block of a case. */
export interface GoldenBlock {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly data: JsonObject;
}

/** One recorded case. */
export interface GoldenCase {
  readonly id: string;
  readonly base_job_template: JsonObject | null;
  readonly flow_run: JsonObject & { readonly id: string; readonly job_variables: JsonObject };
  readonly deployment: (JsonObject & { readonly job_variables: JsonObject }) | null;
  readonly flow: { readonly id: string; readonly name: string };
  readonly work_pool: { readonly id: string; readonly name: string };
  readonly worker: { readonly name: string; readonly id: string | null };
  readonly worker_settings: Readonly<Record<string, string>>;
  readonly process_env?: Readonly<Record<string, string>>;
  readonly variables?: JsonObject;
  readonly blocks?: readonly GoldenBlock[];
  readonly aws_before: JsonObject;
  readonly expect: {
    readonly job_configuration: JsonObject | null;
    readonly calls: readonly {
      readonly service: string;
      readonly operation: string;
      readonly params: JsonObject;
    }[];
    readonly registered: JsonObject | null;
    readonly run_task: JsonObject | null;
    readonly error?: JsonObject;
    readonly aws_credentials?: JsonObject | null;
    readonly result?: JsonObject;
  };
}

/** Groups whose cases plan a flow run. */
export const JOB_GROUPS = [
  "cache",
  "env",
  "failures",
  "launch",
  "network",
  "random",
  "second-run",
  "task-definition-arn",
  "template",
  "values",
] as const;

const FOLDER = new URL("../../golden/prefect3/", import.meta.url);

/** The template that a pool has by default, as recorded. */
export const DEFAULT_TEMPLATE: JsonObject = JSON.parse(
  Deno.readTextFileSync(new URL("default_base_job_template.json", FOLDER)),
);

/** Reads a group, such as `env`. */
export function readGroup(group: (typeof JOB_GROUPS)[number]): readonly GoldenCase[] {
  const file = parseKeepingNumbers(Deno.readTextFileSync(new URL(`${group}.json`, FOLDER)));
  return (file as { readonly cases: readonly GoldenCase[] }).cases;
}

/** The flow run of a case as the boundary parses it. */
export function goldenRun(golden: GoldenCase): FlowRun {
  const { flow_run: row, deployment, flow, work_pool: pool } = golden;
  return {
    id: row.id,
    name: String(row.name),
    flowId: String(row.flow_id),
    flowName: flow.name,
    deployment: deployment && {
      id: String(deployment.id),
      name: String(deployment.name),
      jobVariables: deployment.job_variables,
      updated: deployment.updated as string | null,
      limit: null,
    },
    deploymentId: (row.deployment_id ?? null) as string | null,
    jobVariables: row.job_variables,
    stateId: "6c7b5a9e-3b1d-4a52-9a53-0a9df8f2a001",
    stateType: "SCHEDULED",
    stateName: "Scheduled",
    scheduledTime: "2026-01-02T03:04:05Z",
    dueAtMs: Date.parse("2026-01-02T03:04:05Z"),
    workQueue: "default",
    infrastructurePid: null,
    labels: {},
    tags: [],
    pool: {
      id: pool.id,
      name: pool.name,
      type: "ecs",
      template: golden.base_job_template ?? DEFAULT_TEMPLATE,
      isPaused: false,
    },
  };
}

/** The worker of a case. */
export function goldenWorker(golden: GoldenCase): WorkerFacts {
  return {
    name: golden.worker.name,
    workerId: golden.worker.id,
    settings: {
      explicit: Object.entries(golden.worker_settings).map(([name, value]) => ({
        name,
        value,
        from: "environment",
      })),
      passWorkerSettings: false,
    },
    environment: golden.process_env ?? {},
  };
}

/** What reading sources from the API gives in a case; sources of other kinds are left out. */
export function goldenReadings(golden: GoldenCase, sources: readonly Source[]): Readings {
  const readings: Record<string, Readings[string]> = {};
  for (const source of sources.filter(isPrefect3Source)) {
    const value = source.kind === "prefect3Variable"
      ? variableOf(golden, source.name)
      : blockOf(golden, (block) =>
        "id" in source ? block.id === source.id : block.type === source.type && block.name === source.name);
    readings[source.key] = value === undefined
      ? { kind: "absent", message: "is not there" }
      : { kind: "json", value };
  }
  return readings;
}

function variableOf({ variables = {} }: GoldenCase, name: string): JsonObject | undefined {
  const value: Json | undefined = variables[name];
  return value === undefined ? undefined : { value };
}

function blockOf({ blocks = [] }: GoldenCase, isIt: (block: GoldenBlock) => boolean): JsonObject | undefined {
  const block = blocks.find(isIt);
  return block && { id: block.id, type: block.type, name: block.name, data: block.data };
}
