/**
 * The options that say how persistently an agent launches and watches, as they are described to users of ECS.
 *
 * @module
 */

import { launchRows, seconds } from "../options/launch_rows.ts";
import type { OptionRow } from "../options/option.ts";
import { withVariables } from "../options/read_options.ts";

const since = "this agent";

const { relaunching, deadlines, watching } = launchRows({
  relaunch: "Which lost tasks are started again: none, those that never came up, also those that AWS took " +
    "from a running flow (Fargate Spot: again as On-Demand)",
  launchAttempts: "Maximum number of tasks started for one claim of a flow run, the first included; " +
    "refused placements are counted separately",
  definition: "Longest time to plan a run and to find or register its task definition",
  launch: "Longest time in which RunTask may be throttled or refused; then the run is Failed",
  start: "Longest time until the flow reports Running; then the task is stopped",
  stop: "Longest time for a task to stop; then the run's log says that it has not stopped",
  cancelGrace: "Time in which a cancelled run may end by itself before its task is stopped",
});

const placementOptions: readonly OptionRow[] = [
  {
    name: "placement-retries",
    type: "integer",
    metavar: "N",
    unit: "retries",
    default: "3",
    since,
    description:
      "Maximum number of retries after ECS refused a placement; then the run is Failed with the reasons",
  },
  seconds(
    "placement-window",
    15,
    "Time after the first refusal in which these retries may begin; one that AWS throttles is still waited for",
  ),
];

const watchOptions: readonly OptionRow[] = [
  {
    name: "no-watch",
    type: "flag",
    default: "tasks are watched",
    since,
    description:
      "Do not follow tasks: once its task is started, a run is neither explained nor started again nor cancelled",
  },
  seconds(
    "watch-period",
    5,
    "Time between two checks of the tasks; longer if there are more than 1250 tasks",
  ),
];

/** All of them, in the order of the usage text. */
export const launchOptionRows: readonly OptionRow[] = withVariables([
  ...relaunching,
  ...placementOptions,
  ...deadlines,
  ...watchOptions,
  ...watching,
]);
