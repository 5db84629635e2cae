/**
 * The options that say how persistently an agent launches and watches, as they are described to users of Kubernetes.
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
      "Which lost Jobs are made again: none, those whose flow never began, also those that the cluster took from a " +
      "running flow (evicted, preempted, node lost)",
  },
  {
    name: "launch-attempts",
    type: "integer",
    metavar: "N",
    unit: "attempts",
    default: "4",
    since,
    description: "Maximum number of Jobs made for one claim of a flow run, the first included",
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
  deadline("definition", 90, "Longest time to read templates and to plan a run"),
  deadline(
    "launch",
    90,
    "Longest time in which the API server may throttle or fail to make the Job; then the run is Failed",
  ),
  deadline(
    "start",
    900,
    "Longest time until the flow reports Running; then the Job is deleted, and the run is Failed with the last reason",
  ),
  deadline("stop", 300, "Longest time for a deleted Job to be gone; then the run's log says that it is not"),
];

const watchOptions: readonly OptionRow[] = [
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
    description: "Time in which a cancelled run may end by itself before its Job is deleted",
  },
];

/** All of them, in the order of the usage text. */
export const launchOptionRows: readonly OptionRow[] = withVariables([
  ...relaunchOptions,
  ...deadlineOptions,
  ...watchOptions,
]);
