/**
 * Refuses a plan whose requests AWS is certain to refuse, before anything is registered.
 *
 * @module
 */

import { FailureError } from "../../schemas/failure/failure.ts";
import type { LaunchPlan } from "../../schemas/ecs/launch_plan.ts";
import { type CheckedOperation, checkRequest } from "../aws/check_request.ts";

/**
 * Checks both requests of a plan. Each is checked again when it is sent (some microseconds), with what is added after
 * planning: the tags of a registration, an attempt's definition, provider and token. Here nothing has been registered yet for
 * a run that could never start.
 *
 * @throws {FailureError} `badFlowRun` that names the first wrong members, by path and never by value
 */
export function checkPlan({ definition, runTask, isDiscreet = false }: LaunchPlan): void {
  const ofDefinition = definition.how === "existing"
    ? []
    : checkRequest("RegisterTaskDefinition", definition.request, { isDiscreet });
  // Some members belong to both requests: what is wrong with them is said once.
  const ofLaunch = checkRequest("RunTask", { ...runTask, taskDefinition: "checked-later" })
    .filter((fault) => !ofDefinition.includes(fault));
  const [first] = [...ofDefinition, ...ofLaunch];
  if (first === undefined) return;
  const faults = [...faultsOf("RegisterTaskDefinition", ofDefinition), ...faultsOf("RunTask", ofLaunch)];
  const message = `AWS would refuse ${faults.join("; ")}`;
  throw new FailureError({ tag: "badFlowRun", field: first.split(" ")[0] ?? "", message });
}

function faultsOf(operation: CheckedOperation, faults: readonly string[]): readonly string[] {
  return faults.length === 0 ? [] : [`${operation}: ${faults.join("; ")}`];
}
