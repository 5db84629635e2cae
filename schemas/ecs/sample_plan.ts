/**
 * Plans for checks at start, made from the agent's own options alone.
 *
 * @module
 */

import { NO_SOURCES } from "../plan/sourced_request.ts";
import type { JsonObject } from "../json/json.ts";
import type { LaunchPlan } from "./launch_plan.ts";

/** Requests as far as they go without a flow run. */
export interface SampleRequests {
  /** RegisterTaskDefinition. @default none is checked */
  readonly definition?: JsonObject;
  /** RunTask. @default nothing of it is given */
  readonly runTask?: JsonObject;
}

/** A plan that is checked and never launched. */
export function samplePlan({ definition, runTask = {} }: SampleRequests): LaunchPlan {
  return {
    definition: definition === undefined
      ? { how: "existing", name: "sample" }
      : { how: "perRun", ownFamily: null, request: definition },
    runTask,
    taskLabel: "",
    sources: NO_SOURCES,
    warnings: [],
    notes: [],
  };
}
