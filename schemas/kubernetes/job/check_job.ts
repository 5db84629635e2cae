/**
 * Refuses Jobs that the API server is certain to refuse, and those that would execute a flow run more than once at a time.
 *
 * @see kubernetes.io/docs/reference/kubernetes-api/workload-resources/job-v1
 * @module
 */

import { FailureError } from "../../failure/failure.ts";
import type { Json, JsonObject } from "../../json/json.ts";
import { mapping } from "../../json/shape.ts";
import { jobName, type KubernetesPlan, MOST_IDENTIFIER } from "../plan.ts";
import { checkContainers } from "./check_containers.ts";
import { type Faults, makeFaults, mappingAt, mappingsAt, quoted, shownValue, textAt } from "./faults.ts";
import { labelName, labelValue, memberKey, objectName, RESTART_POLICIES } from "./names.ts";

/** What of a plan is checked. */
export type CheckedPlan = Pick<KubernetesPlan, "job" | "namespace" | "namePrefix" | "isDiscreet">;

/** What the API server keeps for the annotations of one object, in bytes. */
const MOST_ANNOTATIONS = 256 * 1024;

/** The pod's part of a Job. */
const POD_PATH = "spec.template.spec";

/** @throws {FailureError} `badFlowRun` that names every wrong member and what is accepted; never the value of a variable */
export function checkJob(plan: CheckedPlan): void {
  const problems = jobFaults(plan);
  const [first] = problems;
  if (first === undefined) return;
  const field = first.split(" ")[0] ?? "";
  throw new FailureError({
    tag: "badFlowRun",
    field,
    message: `Kubernetes would refuse the Job: ${problems.join("; ")}`,
  });
}

/** What is wrong with a Job; empty: nothing that is known here. */
export function jobFaults(
  { job, namespace, namePrefix, isDiscreet = false }: CheckedPlan,
): readonly string[] {
  const faults = makeFaults(isDiscreet ? "discreet" : "frank");
  checkKind(job, faults);
  const metadata = mappingAt(job.metadata, "metadata", faults);
  const name = jobName({ namePrefix }, "0".repeat(MOST_IDENTIFIER));
  const accepted = objectName(name);
  if (accepted !== undefined) faults.add("metadata.name", accepted, quoted(namePrefix));
  const itsOwn = textAt(metadata.namespace, "metadata.namespace", faults);
  if (itsOwn !== undefined && itsOwn !== namespace) {
    faults.add("metadata.namespace", `the agent's namespace ${namespace}, or left out`, quoted(itsOwn));
  }
  checkMetadata(metadata, "metadata", faults);
  const spec = mappingAt(job.spec, "spec", faults);
  checkSpec(spec, faults);
  const template = mappingAt(spec.template, "spec.template", faults);
  checkMetadata(
    mappingAt(template.metadata, "spec.template.metadata", faults),
    "spec.template.metadata",
    faults,
  );
  checkPod(mappingAt(template.spec, POD_PATH, faults), faults);
  return faults.all();
}

function checkKind({ apiVersion, kind }: JsonObject, faults: Faults): void {
  if (kind !== undefined && kind !== "Job") faults.add("kind", "Job", shownValue(kind));
  if (apiVersion !== undefined && apiVersion !== "batch/v1") {
    faults.add("apiVersion", "batch/v1", shownValue(apiVersion));
  }
}

/** Checks labels and annotations. @param at path of the metadata */
export function checkMetadata(metadata: JsonObject, at: string, faults: Faults): void {
  for (const [key, value] of textsAt(metadata.labels, `${at}.labels`, faults)) {
    const accepted = labelValue(value);
    if (accepted !== undefined) faults.add(`${at}.labels.${key}`, accepted, quoted(value));
  }
  const annotations = textsAt(metadata.annotations, `${at}.annotations`, faults);
  const size = annotations.reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  if (size > MOST_ANNOTATIONS) {
    faults.add(`${at}.annotations`, `at most ${MOST_ANNOTATIONS} bytes long`, `${size}`);
  }
}

/** The members of a mapping of texts; their keys are checked. */
function textsAt(
  value: Json | undefined,
  path: string,
  faults: Faults,
): readonly (readonly [string, string])[] {
  return Object.entries(mappingAt(value, path, faults)).flatMap(([key, member]) => {
    const accepted = memberKey(key);
    if (accepted !== undefined) {
      faults.tell(
        `${path} has the key ${quoted(key)}, which must be ${accepted}`,
        `${path} has a key that must be ${accepted}`,
      );
    }
    const text = textAt(member, `${path}.${key}`, faults);
    return text === undefined ? [] : [[key, text] as const];
  });
}

const COUNTS = [
  "backoffLimit",
  "activeDeadlineSeconds",
  "ttlSecondsAfterFinished",
  "backoffLimitPerIndex",
  "maxFailedIndexes",
];

/** Checks the members of a Job's `spec` that are counts. @param more names of counts that are not asked to be 1 */
export function checkCounts(spec: JsonObject, faults: Faults, more: readonly string[] = []): void {
  for (const name of [...COUNTS, ...more]) {
    const value = spec[name] ?? 0;
    if (!isCount(value)) faults.add(`spec.${name}`, "a whole number of 0 or more", shownValue(value));
  }
}

function checkSpec(spec: JsonObject, faults: Faults): void {
  checkCounts(spec, faults);
  for (const name of ["parallelism", "completions"]) {
    const value = spec[name] ?? 1;
    if (value !== 1) {
      faults.add(`spec.${name}`, "1 or left out: a flow run is executed once", shownValue(value));
    }
  }
  if (Object.keys(mapping(spec.selector)).length > 0 && spec.manualSelector !== true) {
    faults.add("spec.selector", "left out: Kubernetes makes one for each Job");
  }
}

function isCount(value: Json): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value < 2 ** 31;
}

function checkPod(pod: JsonObject, faults: Faults): void {
  const policy = pod.restartPolicy ?? "Never";
  if (!RESTART_POLICIES.some((known) => known === policy)) {
    faults.add(`${POD_PATH}.restartPolicy`, RESTART_POLICIES.join(" or "), shownValue(policy));
  }
  const account = textAt(pod.serviceAccountName, `${POD_PATH}.serviceAccountName`, faults);
  if (account !== undefined && account !== "") named(account, `${POD_PATH}.serviceAccountName`, faults);
  for (const [secret, at] of mappingsAt(pod.imagePullSecrets, `${POD_PATH}.imagePullSecrets`, faults)) {
    named(textAt(secret.name, `${at}.name`, faults) ?? "", `${at}.name`, faults);
  }
  textsOf(pod.nodeSelector, `${POD_PATH}.nodeSelector`, faults);
  checkContainers(pod, POD_PATH, faults);
  for (const [volume, at] of mappingsAt(pod.volumes, `${POD_PATH}.volumes`, faults)) {
    const name = textAt(volume.name, `${at}.name`, faults) ?? "";
    const accepted = labelName(name);
    if (accepted !== undefined) faults.add(`${at}.name`, accepted, quoted(name));
  }
}

function textsOf(value: Json | undefined, path: string, faults: Faults): void {
  for (const [key, member] of Object.entries(mappingAt(value, path, faults))) {
    textAt(member, `${path}.${key}`, faults);
  }
}

function named(name: string, path: string, faults: Faults): void {
  const accepted = objectName(name);
  if (accepted !== undefined) faults.add(path, accepted, quoted(name));
}
