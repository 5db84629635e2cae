/**
 * Warnings about options of the `ecs` flavour that the user probably did not intend.
 *
 * @module
 */

import type { EcsOptions } from "./options.ts";
import { reservedIn, reservedWarning } from "./run_task_request.ts";
import { isFilled } from "../../schemas/json/shape.ts";

/** Warnings for the start of the agent, of prepared options. */
export function startWarnings(options: EcsOptions): readonly string[] {
  const { runTaskKwargs } = options;
  return [
    ...reservedIn(runTaskKwargs).map((name) => reservedWarning(name, "the agent's")),
    ...overruledLaunchType(options),
    ...missingNetwork(options),
  ];
}

/** @see Q-KW-LAUNCHTYPE of `tests/golden/ecs/README.md` */
function overruledLaunchType({ runTaskKwargs, launchType }: EcsOptions): readonly string[] {
  const theirs = runTaskKwargs.launchType;
  if (isFilled(runTaskKwargs.capacityProviderStrategy) || theirs === undefined || theirs === launchType) {
    return [];
  }
  return [
    `Ignored launchType ${theirs} in --run-task-kwargs: the launch type of this agent is ${launchType}; ` +
    "say it with --launch-type",
  ];
}

/** @see Q-EC2-AWSVPC and Q-CAP-NO-NET of `tests/golden/ecs/README.md` */
function missingNetwork({ template, runTaskKwargs, launchType }: EcsOptions): readonly string[] {
  if (template.networkMode !== "awsvpc" || isFilled(runTaskKwargs.networkConfiguration)) return [];
  if (launchType === "FARGATE") return []; // Fargate's network is still to be inferred
  const how = launchType === null ? "a capacityProviderStrategy" : `launch type ${launchType}`;
  return [
    `ECS refuses tasks of networkMode awsvpc without networkConfiguration, and with ${how} none is inferred; ` +
    "name one in --run-task-kwargs, or use a template with another networkMode",
  ];
}
