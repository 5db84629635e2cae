/** A launch plan with nothing in it. @module */

import type { TaskPlace } from "../../schemas/contracts/platform.ts";
import type { LaunchPlan } from "../../schemas/ecs/launch_plan.ts";

/** It names a definition that exists. */
export const SOME_PLAN: LaunchPlan = {
  definition: { how: "existing", name: "f:1" },
  runTask: {},
  taskLabel: "Task",
  warnings: [],
  notes: [],
  sources: () => ({}),
};

/** A plan with its sources worked out, so that two plans can be compared. */
export function told(plan: LaunchPlan) {
  return { ...plan, sources: plan.sources() };
}

/** Where its task is. */
export const SOME_PLACE: TaskPlace = { canList: true, label: "Task", detail: null };
