/**
 * Looks at the agent's own arguments before any run is claimed: what AWS would refuse for every run is refused at start.
 *
 * @module
 */

import { FLOW_CONTAINER } from "../../schemas/ecs/flow_container.ts";
import { FailureError } from "../../schemas/failure/failure.ts";
import type { FargateOptions } from "./options.ts";
import type { Kwargs } from "./kwargs.ts";
import { checkRequest } from "../../actors/aws/check_request.ts";
import { definitionOf, filledMembers, runOf } from "./requests.ts";

/**
 * Checks the shape of everything that is passed on to AWS.
 *
 * @throws {FailureError} `configuration`, naming every faulty member by its path, never its value
 */
export function refuseMalformed(options: FargateOptions, kwargs: Kwargs): void {
  const container = { name: FLOW_CONTAINER, image: "any", ...filledMembers(kwargs.container) };
  const faults = [
    ...checkRequest("RegisterTaskDefinition", definitionOf(options, kwargs, { family: "any", container })),
    ...checkRequest("RunTask", { taskDefinition: "any", ...runOf(options, kwargs, []) }),
  ];
  const [first] = faults;
  if (first === undefined) return;
  throw new FailureError({
    tag: "configuration",
    field: /^\w+/.exec(first)?.[0] ?? "",
    message: `Cannot use the options as given, AWS would refuse them: ${[...new Set(faults)].join("; ")}`,
  });
}
