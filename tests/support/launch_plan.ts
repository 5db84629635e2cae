/** A launch plan with nothing in it. @module */

import type { LaunchPlan } from "../../schemas/ecs/launch_plan.ts";

/** It names a definition that exists. */
export const SOME_PLAN: LaunchPlan = {
  definition: { how: "existing", name: "f:1" },
  runTask: {},
  taskLabel: "Task",
  warnings: [],
  sources: {},
};
