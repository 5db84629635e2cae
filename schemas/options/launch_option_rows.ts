/**
 * The options of an agent that say how persistently it launches, watches and paces; the same for every flavour.
 *
 * @module
 */

import type { OptionSpec } from "./option.ts";

const since = "this agent";

const relaunchOptions: readonly OptionSpec[] = [
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

function deadline(stage: string, seconds: number, description: string): OptionSpec {
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

const deadlineOptions: readonly OptionSpec[] = [
  deadline("claim", 90, "Longest time to claim a flow run; then the run is given back"),
  deadline("definition", 90, "Longest time to plan a run and to find or register its task definition"),
  deadline("launch", 90, "Longest time in which RunTask may be throttled or refused; then the run is Failed"),
  deadline("start", 900, "Longest time until the flow reports Running; then the task is stopped"),
  deadline("stop", 300, "Longest time for a task to stop; then the run's log says that it has not stopped"),
];

const watchOptions: readonly OptionSpec[] = [
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
    description: "Time between two searches for claims of this agent's name that no process works on",
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
  {
    name: "failure-log-lines",
    type: "integer",
    metavar: "N",
    unit: "lines",
    default: "0",
    since,
    description:
      "Number of lines of a lost task's CloudWatch log that its explanation quotes (needs logs:GetLogEvents)",
  },
];

const pacingOptions: readonly OptionSpec[] = [
  {
    name: "aws-quota-share",
    type: "number",
    metavar: "PART",
    default: "1",
    since,
    description: "Part of the account's request rates that this agent uses, above 0 and up to 1",
  },
  {
    name: "aws-limits",
    type: "text",
    metavar: "documented|none|FILE",
    default: "documented",
    since,
    description:
      "Request rates of the account: `documented` by AWS, `none` until AWS throttles, or read from a JSON file",
  },
];

/** The variable that says the same as an option: `PREFECT_AGENT_START_DEADLINE` for `start-deadline`. */
function withVariable(spec: OptionSpec): OptionSpec {
  return { ...spec, variable: `PREFECT_AGENT_${spec.name.replaceAll("-", "_").toUpperCase()}` };
}

/** All of them, in the order of the usage text. */
export const launchOptionSpecs: readonly OptionSpec[] = [
  ...relaunchOptions,
  ...deadlineOptions,
  ...watchOptions,
  ...pacingOptions,
].map(withVariable);
