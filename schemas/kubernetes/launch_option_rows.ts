/**
 * The options that say how persistently an agent launches and watches, as they are described to users of Kubernetes.
 *
 * @module
 */

import { launchRows } from "../options/launch_rows.ts";
import type { OptionRow } from "../options/option.ts";
import { withVariables } from "../options/read_options.ts";

const { relaunching, deadlines, watching } = launchRows({
  relaunch:
    "Which lost Jobs are made again: none, those whose flow never began, also those that the cluster took from a " +
    "running flow (evicted, preempted, node lost)",
  launchAttempts: "Maximum number of Jobs made for one claim of a flow run, the first included",
  definition: "Longest time to read templates and to plan a run",
  launch: "Longest time in which the API server may throttle or fail to make the Job; then the run is Failed",
  start:
    "Longest time until the flow reports Running; then the Job is deleted, and the run is Failed with the last reason",
  stop: "Longest time for a deleted Job to be gone; then the run's log says that it is not",
  cancelGrace: "Time in which a cancelled run may end by itself before its Job is deleted",
});

/** All of them, in the order of the usage text. */
export const launchOptionRows: readonly OptionRow[] = withVariables([
  ...relaunching,
  ...deadlines,
  ...watching,
]);
