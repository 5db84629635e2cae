/**
 * Legacy environments of Prefect 0.x that start the flow in another place.
 *
 * @module
 */

import type { Flow } from "./flow_run.ts";

/** Legacy environments that start the flow in a place of its own, so that their first task ends well before the flow. */
const DELEGATING = new Set([
  "FargateTaskEnvironment",
  "KubernetesJobEnvironment",
  "DaskKubernetesEnvironment",
]);

/** Whether the task of a run only starts the flow elsewhere. @see Prefect 0.14.22 environments/execution */
export function delegatesToOtherJob({ environment }: Flow): boolean {
  const type = environment?.["type"];
  return typeof type === "string" && DELEGATING.has(type);
}
