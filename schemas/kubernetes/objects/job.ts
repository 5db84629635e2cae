/**
 * A Job as the API server shows it, as far as it matters here.
 *
 * @see "Job" in the Kubernetes API reference, group batch/v1
 * @module
 */

import type { JsonObject } from "../../json/json.ts";
import { mapping, mappings } from "../../json/shape.ts";
import { CONTAINER_ANNOTATION, FLOW_RUN_LABEL } from "../labels.ts";
import { type Condition, conditionsIn } from "./condition.ts";
import { labelIn, type Meta, metaIn } from "./meta.ts";
import { countIn, nameIn } from "./text.ts";

/** One Job. */
export interface Job extends Meta {
  /** The flow run that it executes, by its label; null: it has none. */
  readonly runId: string | null;
  /** Name of the container that runs the flow; null: the first one of the pod. */
  readonly container: string | null;
  /** Someone holds it back: it has no pods. */
  readonly isSuspended: boolean;
  /** How many pods may fail before it has failed. */
  readonly backoffLimit: number;
  /** Rules of its template say which failed pods count. */
  readonly hasFailurePolicy: boolean;
  /** A container that fails is started again in its pod. */
  readonly restartsInPlace: boolean;
  readonly conditions: readonly Condition[];
  /** Labels of its pods, which profiles and policies select by. */
  readonly podLabels: Readonly<Record<string, string>>;
}

/** Kubernetes' own number where a Job names none. */
const USUAL_BACKOFF_LIMIT = 6;

/** Reads a Job; null for anything else. */
export function readJob(object: JsonObject): Job | null {
  const meta = metaIn(object);
  if (meta === null) return null;
  const spec = mapping(object["spec"]);
  const status = mapping(object["status"]);
  const template = mapping(spec["template"]);
  const conditions = conditionsIn(status["conditions"]);
  return {
    ...meta,
    runId: labelIn(object, "labels", FLOW_RUN_LABEL),
    container: labelIn(object, "annotations", CONTAINER_ANNOTATION) ?? firstContainer(template),
    isSuspended: spec["suspend"] === true ||
      conditions.some(({ type, isTrue }) => type === "Suspended" && isTrue),
    backoffLimit: countIn(spec["backoffLimit"], USUAL_BACKOFF_LIMIT),
    hasFailurePolicy: mappings(mapping(spec["podFailurePolicy"])["rules"]).length > 0,
    restartsInPlace: mapping(template["spec"])["restartPolicy"] === "OnFailure",
    conditions,
    podLabels: labelsOf(template),
  };
}

function firstContainer(template: JsonObject): string | null {
  const [first] = mappings(mapping(template["spec"])["containers"]);
  const name = nameIn(first?.["name"]);
  return name === "" ? null : name;
}

/** Most labels that are kept. */
const MOST_LABELS = 50;

/** Kubernetes' own labels say nothing to people. */
const CONTROLLER_LABEL = /^(?:batch\.kubernetes\.io\/|job-name$|controller-uid$)/;

function labelsOf(template: JsonObject): Readonly<Record<string, string>> {
  const labels = Object.entries(mapping(mapping(template["metadata"])["labels"]));
  return Object.fromEntries(
    labels.slice(0, MOST_LABELS).flatMap(([name, value]) =>
      typeof value === "string" && !CONTROLLER_LABEL.test(name) ? [[name, value]] : []
    ),
  );
}

/** The condition of a type, where it holds. */
export function conditionOf({ conditions }: Pick<Job, "conditions">, type: string): Condition | null {
  return conditions.find((one) => one.type === type && one.isTrue) ?? null;
}
