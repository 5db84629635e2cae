/**
 * Refuses a plan whose requests AWS is certain to refuse, before anything is registered.
 *
 * @module
 */

import { FailureError } from "../../schemas/failure/failure.ts";
import type { JsonObject } from "../../schemas/json/json.ts";
import type { LaunchPlan } from "../../schemas/ecs/launch_plan.ts";
import { type CheckedOperation, checkRequest } from "../aws/check_request.ts";

/**
 * Checks both requests of a plan. Each is checked again when it is sent (some microseconds), with what is added after
 * planning: the tags of a registration, an attempt's definition, provider and token. Here nothing has been registered yet for
 * a run that could never start.
 *
 * @throws {FailureError} `badFlowRun` that names every wrong member, by path and never by value
 */
export function checkPlan({ definition, runTask }: LaunchPlan): void {
  if (definition.how !== "existing") refuseFaults("RegisterTaskDefinition", definition.request);
  refuseFaults("RunTask", { ...runTask, taskDefinition: "checked-later" });
}

function refuseFaults(operation: CheckedOperation, request: JsonObject): void {
  const faults = checkRequest(operation, request);
  if (faults.length === 0) return;
  const message = `Cannot launch the flow run, AWS would refuse ${operation}: ${faults.join("; ")}`;
  throw new FailureError({ tag: "badFlowRun", field: faults[0]?.split(" ")[0] ?? operation, message });
}
