/**
 * The option table of the `worker` flavour; what it shares with the agents is described elsewhere.
 *
 * @see Prefect 3.9.1, `prefect worker start --help`
 * @module
 */

import type { OptionRow } from "../../schemas/options/option.ts";

const ours = "this agent";

const workOptions: readonly OptionRow[] = [
  {
    name: "pool",
    short: "p",
    type: "text",
    metavar: "NAME",
    since: "2.8.0",
    description: "Work pool whose flow runs are taken; it must be of type ecs. Required",
  },
  {
    name: "name",
    short: "n",
    type: "text",
    metavar: "NAME",
    default: "`ECSWorker` and a new UUID for each process",
    since: "2.8.0",
    description: "Name of the worker, without `/` and `%`",
    note: "With a name of its own a worker finds the claims of its earlier processes again at once",
  },
  {
    name: "work-queue",
    short: "q",
    type: "list",
    metavar: "NAME",
    default: "all queues of the pool",
    since: "2.8.0",
    description: "Work queue to take runs from",
    note: "A queue that does not exist yet is named at the start and joins when it appears",
  },
  {
    name: "type",
    short: "t",
    type: "choice",
    choices: ["ecs"],
    metavar: "TYPE",
    default: "ecs",
    since: "2.8.0",
    description: "Type of the worker",
  },
  {
    name: "limit",
    short: "l",
    type: "integer",
    metavar: "N",
    unit: "tasks",
    default: "no limit",
    since: "2.8.0",
    description: "Most tasks of this worker that live at a time",
    note: "The original bounds submissions, not tasks",
  },
  {
    name: "prefetch-seconds",
    variable: "PREFECT_WORKER_PREFETCH_SECONDS",
    type: "number",
    metavar: "SECONDS",
    unit: "s",
    default: "10",
    since: "2.8.0",
    description:
      "Runs that are due within this time are launched when they are found; 0: none before its time",
  },
];

const poolOptions: readonly OptionRow[] = [
  {
    name: "base-job-template",
    type: "text",
    metavar: "FILE",
    default: "the template of the ecs type",
    since: "2.14.0",
    description: "JSON file with the base job template that the pool is created with",
    note: "A pool that exists keeps its own; a warning says so",
  },
  {
    name: "create-pool-if-not-found",
    type: "flag",
    default: "on",
    since: "3.6.0",
    description: "Create the work pool when it does not exist",
  },
  {
    name: "no-create-pool-if-not-found",
    type: "flag",
    default: "off",
    since: "3.6.0",
    description: "End with a message when the work pool does not exist",
  },
];

const processOptions: readonly OptionRow[] = [
  {
    name: "run-once",
    type: "flag",
    default: "off",
    since: "2.8.0",
    description: "Poll once, launch what was found, and end",
  },
  {
    name: "with-healthcheck",
    type: "flag",
    default: "off",
    since: "2.11.0",
    description:
      "Serve `/health` and `/metrics` at PREFECT_WORKER_WEBSERVER_HOST and PREFECT_WORKER_WEBSERVER_PORT (0.0.0.0:8080)",
  },
  {
    name: "install-policy",
    type: "choice",
    choices: ["always", "if-not-present", "never", "prompt"],
    metavar: "POLICY",
    since: "2.10.0",
    description: "Accepted and of no effect: this program installs no packages",
  },
  {
    name: "profile",
    type: "text",
    metavar: "NAME",
    default: "`PREFECT_PROFILE`, else the active one of `profiles.toml`",
    since: "2.0.0",
    description: "Profile that settings are read from, as `prefect --profile NAME`",
  },
  {
    name: "no-events",
    type: "flag",
    default: "events are listened to",
    since: ours,
    description: "Do not listen to the events of the API: runs are found by polls alone",
  },
  {
    name: "pass-worker-settings",
    type: "flag",
    default: "off",
    since: ours,
    description:
      "Give containers also the settings that mean the worker alone: PREFECT_HOME, PREFECT_PROFILE…, PREFECT_WORKER_…, " +
      "PREFECT_CLIENT_METRICS_…",
  },
];

/** Options of `worker start` beyond the common ones. */
export const workerOptionRows: readonly OptionRow[] = [...workOptions, ...poolOptions, ...processOptions];

/** Which flow run `explain worker` shows. */
export const workerExplainRows: readonly OptionRow[] = [
  {
    name: "deployment",
    type: "text",
    metavar: "FLOW/DEPLOYMENT",
    since: ours,
    description: "Deployment of which a new flow run is explained; it must be of the work pool",
  },
  {
    name: "flow-run",
    type: "text",
    metavar: "ID",
    since: ours,
    description:
      "Flow run to explain, with its own job variables; with `--deployment` it must be one of that",
  },
];

/** Time in which a cancelled run may end by itself: the flow's runner waits 30 s before it calls the hooks. */
export const WORKER_CANCEL_GRACE_S = 60;

/** The common rows as they are for a worker: a cancelled run has more time. */
export function workerLaunchRows(rows: readonly OptionRow[]): readonly OptionRow[] {
  return rows.map((row) =>
    row.name === "cancel-grace" ? { ...row, default: String(WORKER_CANCEL_GRACE_S) } : row
  );
}
