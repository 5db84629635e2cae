/**
 * What a flavour decides for Kubernetes about one flow run before anything is sent.
 *
 * @module
 */

import type { Json, JsonObject } from "../json/json.ts";
import { mapping } from "../json/shape.ts";
import type { RunPlan } from "../plan/run_plan.ts";
import { IDENTIFIER_LABEL } from "./labels.ts";

/**
 * The Job of one flow run; `sources` has its pointers below `/job`. Contains environment values: never print it, see
 * `explain` for the safe form.
 */
export interface KubernetesPlan extends RunPlan {
  /** Where the Job is made; `metadata.namespace` of the Job is absent, or as its template says. */
  readonly namespace: string;
  /**
   * The Job without what only a launch knows: its name, the identifier's label on Job and pod template, and the annotations
   * of the launch. The other labels, {@link CONTAINER_ANNOTATION} and `spec.backoffLimit` are there.
   */
  readonly job: JsonObject;
  /** What stands before the identifier in the Job's name, with its dash: 2 to {@link MOST_PREFIX} characters. */
  readonly namePrefix: string;
  /** Name of the container that runs the flow, as it is sent: what becomes of it decides about the run. */
  readonly flowContainer: string;
  /** The Job is made from a template that the run names, of which no message may quote anything. */
  readonly isDiscreet?: boolean;
}

/** What only a launch knows. */
export interface JobLaunch {
  /** Made of run, claim and attempt: lower-case letters and digits, 1 to {@link MOST_IDENTIFIER}. */
  readonly identifier: string;
  /** Annotations of this launch on the Job, such as its claim; their names begin with `prefect.io/agent-`. */
  readonly annotations: Readonly<Record<string, string>>;
}

/** Most characters before the identifier: the 48 that the Python agent leaves of a template's name, and a dash. */
export const MOST_PREFIX = 49;

/** Names of Jobs have 63 characters at most, since their pods carry them as a label. */
export const MOST_IDENTIFIER = 63 - MOST_PREFIX;

/** The name of the Job of one launch. */
export function jobName({ namePrefix }: Pick<KubernetesPlan, "namePrefix">, identifier: string): string {
  return `${namePrefix}${identifier}`;
}

/** The Job as it is sent to the jobs of {@link KubernetesPlan.namespace}. */
export function jobOf(plan: KubernetesPlan, { identifier, annotations }: JobLaunch): JsonObject {
  const metadata = mapping(plan.job.metadata);
  const spec = mapping(plan.job.spec);
  const template = mapping(spec.template);
  const label = { [IDENTIFIER_LABEL]: identifier };
  return {
    ...plan.job,
    metadata: {
      ...metadata,
      name: jobName(plan, identifier),
      labels: withMembers(metadata.labels, label),
      annotations: withMembers(metadata.annotations, annotations),
    },
    spec: {
      ...spec,
      template: { ...template, metadata: withLabels(mapping(template.metadata), label) },
    },
  };
}

function withLabels(metadata: JsonObject, labels: JsonObject): JsonObject {
  return { ...metadata, labels: withMembers(metadata.labels, labels) };
}

function withMembers(given: Json | undefined, members: JsonObject): JsonObject {
  return { ...mapping(given), ...members };
}
