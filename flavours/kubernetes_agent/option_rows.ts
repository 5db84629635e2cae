/**
 * The option table of the `kubernetes` flavour.
 *
 * @module
 */

import { KEEP_JOBS } from "../../schemas/kubernetes/cluster_settings.ts";
import type { OptionRow } from "../../schemas/options/option.ts";

const accountRows: readonly OptionRow[] = [
  {
    name: "service-account-name",
    variable: "SERVICE_ACCOUNT_NAME",
    type: "text",
    metavar: "NAME",
    default: "that of the template, else the namespace's `default`",
    since: "0.13.0",
    description: "Service account of the Jobs' pods, unless the run config or its template names one",
    note: "An empty variable counts as not set",
  },
  {
    name: "image-pull-secrets",
    variable: "IMAGE_PULL_SECRETS",
    type: "text",
    metavar: "A,B",
    default: "those of the template",
    since: "0.13.0",
    description: "Secrets with which the Jobs' images are pulled, with commas between them",
    note: 'A list such as ["a", "b"] is understood; a name that no Secret can have is refused at start',
  },
];

const jobRows: readonly OptionRow[] = [
  {
    name: "disable-job-deletion",
    variable: "DELETE_FINISHED_JOBS",
    type: "flag",
    default: "finished Jobs are deleted",
    since: "0.14.0",
    description: "Keep finished Jobs, as --keep-jobs all does (as a variable: `false`)",
    note: "The variable is read as true or false; the original deletes only for exactly `True`",
  },
  {
    name: "keep-jobs",
    type: "choice",
    choices: KEEP_JOBS,
    metavar: "WHICH",
    default: "none",
    since: "this agent",
    description: "Finished Jobs that stay: all, those that failed, none",
  },
  {
    name: "pod-label",
    type: "list",
    metavar: "NAME=VALUE",
    default: "none",
    since: "this agent",
    description:
      "Label of every pod, such as one that a Fargate profile selects; a run's own template may say another value",
  },
];

const connectionRows: readonly OptionRow[] = [
  {
    name: "kubeconfig",
    type: "text",
    metavar: "PATH",
    default: "the pod's own account, else `KUBECONFIG`, else `~/.kube/config`",
    since: "this agent",
    description: "Kubeconfig to connect with; it wins over the pod's own account",
  },
  {
    name: "context",
    type: "text",
    metavar: "NAME",
    default: "`current-context`",
    since: "this agent",
    description: "Context of the kubeconfig; it wins over the pod's own account",
    note: "The context's namespace is not used, as in the original",
  },
];

/** Options of `kubernetes start` beyond the common ones. @see Prefect 1.4.1 `prefect/cli/agent.py` */
export const kubernetesOptionRows: readonly OptionRow[] = [
  {
    name: "namespace",
    variable: "NAMESPACE",
    type: "text",
    metavar: "NAME",
    default: "`default`",
    since: "0.13.0",
    description: "Namespace in which Jobs are made, followed and deleted",
    note: "An empty variable counts as not set",
  },
  {
    name: "job-template",
    type: "text",
    metavar: "PATH|URL",
    default: "built in: one container `flow`",
    since: "0.13.0",
    description:
      "Template of Jobs (YAML 1.1 or JSON) for runs whose run config has none: a local path, s3://bucket/key or http(s)://",
    note:
      "Read at start, and again at the next run once it has changed (S3 and HTTP after 30 s at the earliest); a broken " +
      "one leaves the last good one in force. gs:// is not supported",
  },
  ...accountRows,
  ...jobRows,
  ...connectionRows,
];

/** Variables without an option; they act on flows of Prefect 0.x with an environment and no run config. */
export const oldJobRows: readonly OptionRow[] = [
  oldVariable("JOB_CPU_REQUEST", "100m", "CPU request of the flow's container"),
  oldVariable("JOB_CPU_LIMIT", "100m", "CPU limit of the flow's container"),
  oldVariable("JOB_MEM_REQUEST", "none", "Memory request of the flow's container"),
  oldVariable("JOB_MEM_LIMIT", "none", "Memory limit of the flow's container"),
  oldVariable(
    "IMAGE_PULL_POLICY",
    "IfNotPresent",
    "When the flow's image is pulled: Always, IfNotPresent or Never",
  ),
  oldVariable(
    "YAML_TEMPLATE",
    "built in",
    "Path or URL of the template of these Jobs; the first eight variables of its first container are filled by position",
  ),
];

function oldVariable(name: string, otherwise: string, description: string): OptionRow {
  return { name, type: "text", default: otherwise, since: "0.13.0", description };
}
