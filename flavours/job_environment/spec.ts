/**
 * The Job of the legacy `KubernetesJobEnvironment`: the spec as it was built into a flow, and as each run makes it.
 *
 * @see Prefect 0.14.22 environments/execution/k8s/job.py; recorded: kubernetes_job
 * @module
 */

import { FailureError } from "../../schemas/failure/failure.ts";
import { isJsonObject, type Json, type JsonObject } from "../../schemas/json/json.ts";
import { filledText, isFilled, kindOf, listItems, mapping, mappings } from "../../schemas/json/shape.ts";
import { FLOW_RUN_LABEL, IDENTIFIER_LABEL } from "../../schemas/kubernetes/labels.ts";
import type { PyValue } from "../../schemas/python/value.ts";
import { parseYaml, yamlObject } from "../../schemas/yaml/yaml.ts";

const RUN_FLOW = 'python -c "import prefect; prefect.environments.execution.load_and_run_flow()"';

/**
 * Reads the spec of a file. Scalars have the types of YAML 1.1, as the original read them; dates are text.
 *
 * @throws {FailureError} `configuration` that names the file and what is wrong
 */
export function readJobSpec(text: string, source: string): JsonObject {
  const value = withTextualDates(parseYaml(text, { source }));
  return value.kind === "none" ? {} : yamlObject(value, { source });
}

function withTextualDates(value: PyValue): PyValue {
  switch (value.kind) {
    case "date":
    case "datetime":
      return { kind: "str", value: value.iso };
    case "list":
      return { ...value, items: value.items.map(withTextualDates) };
    case "dict":
      return { ...value, entries: value.entries.map(([key, member]) => [key, withTextualDates(member)]) };
    default:
      return value;
  }
}

/**
 * The spec as the environment builds it: labels are there, and the first container runs the flow.
 *
 * @throws {FailureError} `configuration` for members of another form
 */
export function builtSpec(given: JsonObject): JsonObject {
  const spec = memberOf(given, "spec", "");
  const template = memberOf(spec, "template", "spec.");
  const pod = memberOf(template, "spec", "spec.template.");
  const { containers } = pod;
  if (containers !== undefined && containers !== null && !Array.isArray(containers)) {
    throw wrong("spec.template.spec.containers", `must be a list of mappings, not ${kindOf(containers)}`);
  }
  const [first = {}, ...others] = listItems(containers);
  if (!isJsonObject(first)) throw wrong("spec.template.spec.containers[0]", "must be a mapping");
  const container = { ...first, command: ["/bin/sh", "-c"], args: [RUN_FLOW] };
  return {
    ...given,
    metadata: withLabels(memberOf(given, "metadata", "")),
    spec: {
      ...spec,
      template: {
        ...template,
        metadata: withLabels(memberOf(template, "metadata", "spec.template.")),
        spec: { ...pod, containers: [container, ...others] },
      },
    },
  };
}

function memberOf(holder: JsonObject, name: string, at: string): JsonObject {
  const member = holder[name] ?? {};
  if (isJsonObject(member)) return member;
  throw wrong(`${at}${name}`, `must be a mapping, not ${kindOf(member)}`);
}

function withLabels(metadata: JsonObject, labels: JsonObject = {}): JsonObject {
  return { ...metadata, labels: { ...mapping(metadata.labels), ...labels } };
}

function wrong(member: string, problem: string): FailureError {
  const message = `Cannot use the Job of --job-spec-file: ${member} ${problem}`;
  return new FailureError({ tag: "configuration", field: "--job-spec-file", message });
}

/** What one execution adds to the spec. */
export interface Execution {
  readonly flowRunId: string;
  /** One for each Job. */
  readonly identifier: string;
  /** What stands behind the Job's name; null: nothing. */
  readonly suffix: string | null;
  readonly image: string;
  /** Variables of every container. */
  readonly variables: readonly (readonly [name: string, value: string])[];
}

/**
 * The Job of one execution.
 *
 * @param built see {@link builtSpec}
 * @throws {FailureError} `configuration` for a Job or container without a name, which no cluster takes
 */
export function executedJob(built: JsonObject, execution: Execution): JsonObject {
  const { flowRunId, identifier, suffix, image } = execution;
  const metadata = mapping(built.metadata);
  const spec = mapping(built.spec);
  const template = mapping(spec.template);
  const pod = mapping(template.spec);
  const name = filledText(metadata.name);
  if (name === undefined) throw wrong("metadata.name", "is missing; it must be the name of the Job");
  const labels = { [IDENTIFIER_LABEL]: identifier, [FLOW_RUN_LABEL]: flowRunId };
  const containers = mappings(pod.containers).map((container, index): JsonObject => {
    if (!isFilled(container.name)) {
      throw wrong(`spec.template.spec.containers[${index}].name`, "is missing; it must be text");
    }
    return { ...container, env: withVariables(container.env, execution), ...(index === 0 ? { image } : {}) };
  });
  return {
    ...built,
    metadata: withLabels({ ...metadata, name: suffix === null ? name : `${name}-${suffix}` }, labels),
    spec: {
      ...spec,
      template: {
        ...template,
        metadata: withLabels(mapping(template.metadata), labels),
        spec: { ...pod, containers },
      },
    },
  };
}

function withVariables(env: Json | undefined, { variables }: Execution): readonly Json[] {
  return [...listItems(env), ...variables.map(([name, value]) => ({ name, value }))];
}
