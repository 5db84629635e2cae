/**
 * Templates of Jobs for flows of Prefect 0.x that have an environment.
 *
 * @module
 */

import type { JsonObject } from "../../schemas/json/json.ts";
import { mapping, mappings } from "../../schemas/json/shape.ts";
import type { JobTemplate } from "./template.ts";

/** The variables of the built-in template; the agent fills the first eight by their position. */
const VARIABLES: readonly (readonly [string, string])[] = [
  ["PREFECT__CLOUD__API", ""],
  ["PREFECT__CLOUD__AUTH_TOKEN", ""],
  ["PREFECT__CONTEXT__FLOW_RUN_ID", ""],
  ["PREFECT__CONTEXT__FLOW_ID", ""],
  ["PREFECT__CONTEXT__NAMESPACE", ""],
  ["PREFECT__CLOUD__AGENT__LABELS", ""],
  ["PREFECT__CLOUD__SEND_FLOW_RUN_LOGS", ""],
  ["PREFECT__LOGGING__LOG_TO_CLOUD", ""],
  ["PREFECT__LOGGING__LEVEL", "INFO"],
  ["PREFECT__CLOUD__USE_LOCAL_SECRETS", "false"],
  ["PREFECT__ENGINE__FLOW_RUNNER__DEFAULT_CLASS", "prefect.engine.cloud.CloudFlowRunner"],
  ["PREFECT__ENGINE__TASK_RUNNER__DEFAULT_CLASS", "prefect.engine.cloud.CloudTaskRunner"],
];

/** How many variables a template must have. */
const FILLED_VARIABLES = 8;

/** The template where YAML_TEMPLATE names none. @see Prefect 0.15.13 `prefect/agent/kubernetes/job_spec.yaml` */
export const OLD_TEMPLATE: JobTemplate = {
  value: {
    apiVersion: "batch/v1",
    kind: "Job",
    spec: {
      template: {
        spec: {
          containers: [{
            name: "flow",
            imagePullPolicy: "IfNotPresent",
            env: VARIABLES.map(([name, value]) => ({ name, value })),
            resources: { requests: { cpu: "100m" }, limits: { cpu: "100m" } },
          }],
          restartPolicy: "Never",
        },
      },
    },
  },
  source: { from: "default", name: "built-in template of Prefect 0.15" },
  of: "agent",
  isDiscreet: false,
};

/** What is wrong with a template of YAML_TEMPLATE beyond what every template must have; undefined: nothing. */
export function oldTemplateProblem(template: JsonObject): string | undefined {
  const env = mappings(containersOf(template)[0]?.env);
  if (env.length >= FILLED_VARIABLES) return undefined;
  return `spec.template.spec.containers[0].env must have ${FILLED_VARIABLES} variables at least, not ${env.length}: ` +
    "the agent fills the first eight by their position";
}

function containersOf(template: JsonObject): readonly JsonObject[] {
  return mappings(mapping(mapping(mapping(template.spec).template).spec).containers);
}
