/**
 * Refuses a flow run whose deployment or own variables ask for a role, a cluster or an image that the operator has not allowed.
 * What the pool's template says by itself is the operator's.
 *
 * @module
 */

import { type AskedTask, isRestricted, notAllowed } from "../../schemas/ecs/allow/allow_lists.ts";
import { notAllowedFailure } from "../../schemas/ecs/allow/not_allowed.ts";
import { FailureError } from "../../schemas/failure/failure.ts";
import type { Readings } from "../../schemas/plan/source.ts";
import type { FlowRun } from "../../schemas/prefect3/flow_run.ts";
import { planLaunch } from "./requests/launch_plan.ts";
import { jobConfiguration } from "./values/make_job_configuration.ts";
import type { WorkerOptions } from "./worker_options.ts";

/** @throws {FailureError} `badFlowRun`, naming the option */
export function checkAllowed(
  run: FlowRun,
  { options, readings, asked }: {
    readonly options: WorkerOptions;
    readonly readings: Readings;
    readonly asked: AskedTask;
  },
): void {
  if (!isRestricted(options.allow)) return;
  const found = notAllowed(options.allow, asked, ofTemplate(run, options, readings));
  if (found !== undefined) throw notAllowedFailure(run, found, true);
}

/** What the template makes without any job variable; nothing where it cannot be used alone. */
function ofTemplate(run: FlowRun, options: WorkerOptions, readings: Readings): readonly AskedTask[] {
  const deployment = run.deployment === null || run.deployment === "gone"
    ? run.deployment
    : { ...run.deployment, jobVariables: {} };
  const bare: FlowRun = { ...run, jobVariables: {}, deployment };
  try {
    const configuration = jobConfiguration(bare, options, readings);
    const { plan, definition } = planLaunch({ run: bare, configuration, readings });
    return [{ definition, runTask: plan.runTask }];
  } catch (thrown) {
    if (thrown instanceof FailureError) return [];
    throw thrown;
  }
}
