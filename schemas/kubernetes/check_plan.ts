/**
 * What the API server is certain to refuse of a plan, checked before anything is sent.
 *
 * @module
 */

import { FailureError } from "../failure/failure.ts";
import { checkJob } from "./job/check_job.ts";
import type { KubernetesPlan } from "./plan.ts";

/** Checks a plan. @param namespace where the agent follows Jobs @throws {FailureError} `badFlowRun` that names the member */
export function checkPlan(plan: KubernetesPlan, namespace: string): void {
  checkJob(plan);
  if (plan.namespace === namespace) return;
  const field = "metadata.namespace";
  const message =
    `Cannot create the Job: ${field} must be ${namespace}, where this agent makes and follows Jobs`;
  throw new FailureError({ tag: "badFlowRun", field, message });
}
