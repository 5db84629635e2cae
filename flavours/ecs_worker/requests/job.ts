/**
 * What the two requests of a run are made from.
 *
 * @module
 */

import type { FlowRun } from "../../../schemas/prefect3/flow_run.ts";
import type { Readings } from "../../../schemas/plan/source.ts";
import type { JobConfiguration } from "../job_configuration.ts";

/** One run with its configuration. */
export interface Job {
  readonly run: FlowRun;
  readonly configuration: JobConfiguration;
  /** What was read so far. */
  readonly readings: Readings;
}

/** Id of the deployment, or of the flow where the run has none: names families and log streams. */
export function ownerId({ deploymentId, flowId }: FlowRun): string {
  return deploymentId ?? flowId;
}
