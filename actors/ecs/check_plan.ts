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

/** Characters that the faults of one request may take in a message that is read as a whole. */
const MOST_CHARACTERS = 150;

/** The first faults as far as they fit, at least one, and how many others there are. */
function faultsOf(operation: CheckedOperation, faults: readonly string[]): readonly string[] {
  const [first] = faults;
  if (first === undefined) return [];
  const told = [first];
  let characters = first.length;
  for (const fault of faults.slice(1)) {
    characters += fault.length;
    if (characters > MOST_CHARACTERS) break;
    told.push(fault);
  }
  const others = faults.length - told.length;
  const more = others === 0 ? [] : [`${others} more ${others === 1 ? "fault" : "faults"}`];
  return [`${operation}: ${[...told, ...more].join("; ")}`];
}
