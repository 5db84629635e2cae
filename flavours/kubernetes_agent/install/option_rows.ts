/**
 * What `kubernetes install` takes.
 *
 * @module
 */

import type { OptionRow } from "../../../schemas/options/option.ts";

/** Rights of flows that make Jobs and pods, or clusters of Dask. */
export const FLOW_RIGHTS = ["jobs", "dask"] as const;

const jobRows: readonly OptionRow[] = [
  amount("mem-request", "JOB_MEM_REQUEST", "Memory request"),
  amount("mem-limit", "JOB_MEM_LIMIT", "Memory limit"),
  amount("cpu-request", "JOB_CPU_REQUEST", "CPU request"),
  amount("cpu-limit", "JOB_CPU_LIMIT", "CPU limit"),
  {
    name: "image-pull-policy",
    type: "text",
    metavar: "POLICY",
    since: "0.13.0",
    description:
      "Sets `IMAGE_PULL_POLICY`: when images of flows with an old environment are pulled; other flows are not touched",
  },
];

function amount(name: string, variable: string, what: string): OptionRow {
  return {
    name,
    type: "text",
    metavar: "QUANTITY",
    since: "0.13.0",
    description:
      `Sets \`${variable}\`: ${what} of flows with an old environment; other flows are not touched`,
  };
}

const accessRows: readonly OptionRow[] = [
  {
    name: "key",
    short: "k",
    type: "text",
    metavar: "KEY",
    since: "0.15.0",
    description: "API key that the manifest holds in clear",
    note: "Neither the configuration nor the environment of this machine gives one",
  },
  {
    name: "key-secret",
    type: "text",
    metavar: "NAME[/KEY]",
    default: "key `key` of the Secret",
    since: "this agent",
    description: "Secret that holds the API key; the manifest refers to it",
  },
  { name: "tenant-id", type: "text", metavar: "ID", since: "0.15.0", description: "Tenant of the key" },
  {
    name: "token",
    short: "t",
    type: "text",
    metavar: "TOKEN",
    since: "0.6.2",
    description: "Legacy token of scope RUNNER that the manifest holds in clear",
  },
  {
    name: "api",
    short: "a",
    type: "text",
    metavar: "URL",
    default: "`https://api.prefect.io`",
    since: "0.6.7",
    description: "Address of the Prefect API as the cluster reaches it",
  },
  {
    name: "backend",
    short: "b",
    type: "text",
    metavar: "BACKEND",
    default: "that of the configuration, else `cloud`",
    since: "0.13.0",
    description: "Back end: cloud or server",
  },
];

const agentRows: readonly OptionRow[] = [
  {
    name: "label",
    short: "l",
    type: "list",
    metavar: "LABEL",
    since: "0.7.0",
    description: "Label of the flow runs to take",
  },
  {
    name: "env",
    short: "e",
    type: "list",
    metavar: "NAME=VALUE",
    since: "0.9.0",
    description: "Variable for every run",
  },
  {
    name: "agent-config-id",
    type: "text",
    metavar: "ID",
    since: "0.13.10",
    description: "Id of the agent configuration in the API",
  },
  {
    name: "namespace",
    short: "n",
    type: "text",
    metavar: "NAME",
    default: "`default`",
    since: "0.13.0",
    description: "Namespace of every document, and of the Jobs",
    note: "The original gave the Deployment no namespace; `-n` means a name at start",
  },
  {
    name: "service-account-name",
    type: "text",
    metavar: "NAME",
    since: "0.13.0",
    description: "Sets `SERVICE_ACCOUNT_NAME`: account of the Jobs' pods; the agent has one of its own",
  },
  {
    name: "image-pull-secrets",
    short: "i",
    type: "text",
    metavar: "A,B",
    since: "0.6.7",
    description: "Secrets with which the images of the agent and of the Jobs are pulled",
    note: "The original made one Secret of several names for the agent's pod",
  },
];

const manifestRows: readonly OptionRow[] = [
  {
    name: "rbac",
    type: "flag",
    since: "0.6.7",
    description: "Add a Role and a RoleBinding with the rights that the agent uses",
    note: "Named rights for an account of its own; the original gave every right to the account `default`",
  },
  {
    name: "flow-rbac",
    type: "choice",
    choices: FLOW_RIGHTS,
    bare: "jobs",
    metavar: "WHICH",
    since: "this agent",
    description:
      "Add rights for the account that flows use: on Jobs, pods and events (KubernetesJobEnvironment, " +
      "DaskKubernetesEnvironment); `dask` adds services, pods/log and poddisruptionbudgets (dask-kubernetes)",
  },
  {
    name: "image",
    type: "text",
    metavar: "IMAGE",
    default: "the name of the release, and one line that says so",
    since: "this agent",
    description: "Image of the agent",
  },
  { name: "latest", type: "flag", since: "0.6.7", description: "Tag `latest` instead of this version" },
  {
    name: "resource-manager",
    type: "flag",
    since: "0.6.7",
    description: "Without effect: the agent deletes finished Jobs itself",
  },
];

/** All of them, in the order of the usage text. @see Prefect 1.4.1 `prefect/cli/agent.py` */
export const installOptionRows: readonly OptionRow[] = [
  ...accessRows,
  ...agentRows,
  ...manifestRows,
  ...jobRows,
];
