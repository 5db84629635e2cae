/**
 * The options that say how persistently an agent launches and watches, as they are described to users of ECS.
 *
 * @module
 */

import type { OptionRow } from "../options/option.ts";
import { withVariables } from "../options/read_options.ts";

const since = "this agent";

const relaunchOptions: readonly OptionRow[] = [
  {
    name: "relaunch",
    type: "choice",
    choices: ["never", "start", "infrastructure"],
    metavar: "CHOICE",
    default: "start",
    since,
    description:
      "Which lost tasks are started again: none, those that never came up, also those that AWS took " +
      "from a running flow (Fargate Spot: again as On-Demand)",
  },
  {
    name: "launch-attempts",
    type: "integer",
    metavar: "N",
    unit: "attempts",
    default: "4",
    since,
    description: "Maximum number of tasks started for one claim of a flow run, the first included; " +
      "refused placements are counted separately",
  },
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
  {
    name: "placement-window",
    type: "number",
    metavar: "SECONDS",
    unit: "s",
    default: "15",
    since,
    description:
      "Time after the first refusal in which these retries may begin; one that AWS throttles is still waited for",
  },
];

function deadline(stage: string, seconds: number, description: string): OptionRow {
  return {
    name: `${stage}-deadline`,
    type: "number",
    metavar: "SECONDS",
    unit: "s",
    default: String(seconds),
    since,
    description,
  };
}

const deadlineOptions: readonly OptionRow[] = [
  deadline("claim", 90, "Longest time to claim a flow run; then the run is given back"),
  deadline("definition", 90, "Longest time to plan a run and to find or register its task definition"),
  deadline("launch", 90, "Longest time in which RunTask may be throttled or refused; then the run is Failed"),
  deadline("start", 900, "Longest time until the flow reports Running; then the task is stopped"),
  deadline("stop", 300, "Longest time for a task to stop; then the run's log says that it has not stopped"),
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
  {
    name: "watch-period",
    type: "number",
    metavar: "SECONDS",
    unit: "s",
    default: "5",
    since,
    description: "Time between two checks of the tasks; longer if there are more than 1250 tasks",
  },
  {
    name: "reconcile-period",
    type: "number",
    metavar: "SECONDS",
    unit: "s",
    default: "60",
    since,
    description: "Time between two searches for claims that no process works on any more",
  },
  {
    name: "cancel-grace",
    type: "number",
    metavar: "SECONDS",
    unit: "s",
    default: "30",
    since,
    description: "Time in which a cancelled run may end by itself before its task is stopped",
  },
];

/** All of them, in the order of the usage text. */
export const launchOptionRows: readonly OptionRow[] = withVariables([
  ...relaunchOptions,
  ...deadlineOptions,
  ...watchOptions,
]);
