/**
 * Flow runs of Prefect 3 with a template and variables of one's own.
 *
 * @module
 */

import type { JobConfiguration } from "../../../flavours/ecs_worker/job_configuration.ts";
import {
  jobConfiguration,
  neededSources,
} from "../../../flavours/ecs_worker/values/make_job_configuration.ts";
import type { WorkerFacts } from "../../../flavours/ecs_worker/worker_facts.ts";
import { toFailure } from "../../../schemas/failure/failure.ts";
import type { JsonObject } from "../../../schemas/json/json.ts";
import type { Readings } from "../../../schemas/plan/source.ts";
import type { FlowRun } from "../../../schemas/prefect3/flow_run.ts";
import { DEFAULT_TEMPLATE, goldenReadings, goldenRun, goldenWorker, readGroup } from "./golden_run.ts";

const [BASE] = readGroup("env");

/** What a test says of a run. */
export interface TemplateRun {
  /** Members of `job_configuration` that replace those of the default template. */
  readonly configuration?: JsonObject;
  /** Defaults of variables by name, besides those of the default template. */
  readonly defaults?: JsonObject;
  readonly deployment?: JsonObject;
  readonly run?: JsonObject;
  readonly variables?: JsonObject;
  readonly blocks?: readonly {
    readonly id: string;
    readonly type: string;
    readonly name: string;
    readonly data: JsonObject;
  }[];
  readonly worker?: Partial<WorkerFacts>;
}

/** The flow run that a test describes. */
export function templateRun(
  { configuration = {}, defaults = {}, deployment = {}, run = {} }: TemplateRun,
): FlowRun {
  if (BASE === undefined) throw new Error("no recorded case");
  const properties = Object.fromEntries(
    Object.entries(defaults).map(([name, value]) => [name, { default: value }]),
  );
  const variables = DEFAULT_TEMPLATE.variables as JsonObject;
  const base = goldenRun(BASE);
  return {
    ...base,
    jobVariables: run,
    deployment: base.deployment === null || base.deployment === "gone"
      ? null
      : { ...base.deployment, jobVariables: deployment },
    pool: {
      ...base.pool,
      template: {
        job_configuration: { ...DEFAULT_TEMPLATE.job_configuration as JsonObject, ...configuration },
        variables: { ...variables, properties: { ...variables.properties as JsonObject, ...properties } },
      },
    },
  };
}

/** Its job configuration, once everything that it asks for was read. */
export function jobOf(said: TemplateRun): JobConfiguration {
  if (BASE === undefined) throw new Error("no recorded case");
  const golden = { ...BASE, variables: said.variables ?? {}, blocks: said.blocks ?? [] };
  const run = templateRun(said);
  const worker = { ...goldenWorker(golden), ...said.worker };
  let readings: Readings = {};
  for (let round = 0; round < 6; round++) {
    const sources = neededSources(run, worker, readings);
    if (sources.length === 0) break;
    readings = { ...readings, ...goldenReadings(golden, sources) };
  }
  return jobConfiguration(run, worker, readings);
}

/** The message of the failure; a run that is planned fails the test. */
export function refusalOf(said: TemplateRun): string {
  try {
    jobOf(said);
  } catch (thrown) {
    const failure = toFailure(thrown);
    if (failure.tag !== "badFlowRun") throw thrown;
    return failure.message;
  }
  throw new Error("the run was planned");
}
