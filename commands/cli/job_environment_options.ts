/**
 * What `job-environment setup` and `job-environment execute` take.
 *
 * @module
 */

import type { OptionRow } from "../../schemas/options/option.ts";

/** Options of both. */
export const jobEnvironmentRows: readonly OptionRow[] = [
  {
    name: "job-spec-file",
    type: "text",
    metavar: "PATH",
    since: "0.7.0",
    description: "YAML file with the Job",
  },
  {
    name: "flow-file",
    type: "text",
    metavar: "PATH",
    since: "this agent",
    description: "JSON file with the flow: name, storage, environment",
  },
  {
    name: "unique-job-name",
    type: "flag",
    since: "0.10.0",
    description: "Add eight digits to the Job's name, so that a second run finds it free",
  },
  {
    name: "namespace",
    type: "text",
    metavar: "NAME",
    default: "`default`",
    since: "this agent",
    description: "Namespace of the Job",
  },
  {
    name: "flow-run-id",
    type: "text",
    metavar: "ID",
    default: "`unknown`",
    since: "this agent",
    description: "Flow run that the Job executes",
  },
  {
    name: "metadata",
    type: "text",
    metavar: "JSON",
    since: "0.12.0",
    description: 'Metadata of the environment, such as {"image": "flows:1"}',
  },
  {
    name: "kubeconfig",
    type: "text",
    metavar: "PATH",
    since: "this agent",
    description: "Kubeconfig to connect with; it wins over the pod's own account",
  },
  {
    name: "context",
    type: "text",
    metavar: "NAME",
    since: "this agent",
    description: "Context of the kubeconfig",
  },
];
