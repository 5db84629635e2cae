/**
 * What an object must be to be kept, and what the server adds to it.
 *
 * @see "Job" and "Pod" in the Kubernetes API reference
 * @module
 */

import { Buffer } from "node:buffer";
import type { JsonObject } from "../../../schemas/json/json.ts";
import { mapping } from "../../../schemas/json/shape.ts";
import { checkContainers } from "../../../schemas/kubernetes/job/check_containers.ts";
import { checkCounts, checkMetadata } from "../../../schemas/kubernetes/job/check_job.ts";
import { type Faults, makeFaults, mappingAt } from "../../../schemas/kubernetes/job/faults.ts";
import { labelName, objectName, RESTART_POLICIES } from "../../../schemas/kubernetes/job/names.ts";
import { moment, placeOf, uidOf, withMeta } from "../objects/meta.ts";
import { invalid, Refusal } from "../objects/refusal.ts";
import { groupVersion, type Resource } from "../objects/resources.ts";

/** What makes an object unique. */
export interface Birth {
  readonly uid: string;
  /** Ends a name that is to be made: five letters and digits. */
  readonly suffix: string;
  readonly nowMs: number;
}

/** Longest name of a Job: a label of its pods holds it. */
const MOST_JOB_NAME = 63;

/** The object that is kept in place of a new one. @throws {Refusal} `BadRequest`, `Invalid` */
export function admitted(
  object: JsonObject,
  namespace: string,
  resource: Resource,
  birth: Birth,
): JsonObject {
  const given = { ...object, apiVersion: groupVersion(resource), kind: resource.kind };
  checkKind(object, resource);
  const { generateName, name } = mapping(object["metadata"]);
  const made = name === undefined && typeof generateName === "string"
    ? { name: generateName + birth.suffix }
    : {};
  const placed = withMeta(given, {
    ...made,
    ...(resource.namespaced ? { namespace: checkedNamespace(object, namespace) } : {}),
    uid: birth.uid,
    creationTimestamp: moment(birth.nowMs),
    generation: 1,
    resourceVersion: undefined,
    deletionTimestamp: undefined,
  });
  const whole = completed(placed, resource.plural);
  checkAdmitted(whole, resource);
  return whole;
}

function completed(object: JsonObject, plural: string): JsonObject {
  switch (plural) {
    case "jobs":
      return wholeJob(object);
    case "pods":
      return wholePod(object);
    case "secrets":
      return withoutClearText(object);
    default:
      return object;
  }
}

function checkKind({ kind, apiVersion }: JsonObject, resource: Resource): void {
  const isKind = kind === undefined || kind === resource.kind;
  const isVersion = apiVersion === undefined || apiVersion === groupVersion(resource);
  if (isKind && isVersion) return;
  throw new Refusal(
    "BadRequest",
    `the object provided is ${String(apiVersion)} ${String(kind)}, expected ${
      groupVersion(resource)
    } ${resource.kind}`,
  );
}

function checkedNamespace(object: JsonObject, namespace: string): string {
  const { namespace: own } = mapping(object["metadata"]);
  if (own === undefined || own === "" || own === namespace) return namespace;
  throw new Refusal(
    "BadRequest",
    "the namespace of the provided object does not match the namespace sent on the request",
  );
}

/** Checks an object that is made or changed. @throws {Refusal} `Invalid` that names each wrong member */
export function checkAdmitted(object: JsonObject, { plural, group, kind }: Resource): void {
  const faults = makeFaults("frank");
  const { name } = placeOf(object);
  checkName(name, plural, faults);
  checkMetadata(mapping(object["metadata"]), "metadata", faults);
  if (plural === "jobs") checkJob(mapping(object["spec"]), faults);
  if (plural === "pods") checkPod(mapping(object["spec"]), "spec", faults);
  const problems = faults.all();
  if (problems.length > 0) throw invalid(kind, { plural, group, name }, problems);
}

function checkName(name: string, plural: string, faults: Faults): void {
  const accepted = plural === "namespaces"
    ? labelName(name)
    : /role/.test(plural)
    ? undefined
    : objectName(name);
  if (name === "") faults.add("metadata.name", "a name, or generateName must be given");
  else if (accepted !== undefined) faults.add("metadata.name", accepted, `'${name}'`);
  else if (plural === "jobs" && name.length > MOST_JOB_NAME) {
    faults.add("metadata.name", `at most ${MOST_JOB_NAME} characters long`, `${name.length}`);
  }
}

function checkJob(spec: JsonObject, faults: Faults): void {
  checkCounts(spec, faults, ["parallelism", "completions"]);
  const template = mappingAt(spec["template"], "spec.template", faults);
  const at = "spec.template.metadata";
  checkMetadata(mappingAt(template["metadata"], at, faults), at, faults);
  const pod = mappingAt(template["spec"], "spec.template.spec", faults);
  const { restartPolicy } = pod;
  if (!RESTART_POLICIES.some((known) => known === restartPolicy)) {
    faults.add(
      "spec.template.spec.restartPolicy",
      RESTART_POLICIES.join(" or "),
      JSON.stringify(restartPolicy),
    );
  }
  checkPod(pod, "spec.template.spec", faults);
}

function checkPod(pod: JsonObject, at: string, faults: Faults): void {
  const { containers } = pod;
  if (!Array.isArray(containers) || containers.length === 0) {
    faults.add(`${at}.containers`, "at least one container");
  }
  checkContainers(pod, at, faults);
}

/** What is written in clear is kept in base 64 with the rest, and is not shown again. */
export function withoutClearText(secret: JsonObject): JsonObject {
  const { stringData, ...kept } = secret;
  if (stringData === undefined) return secret;
  const clear = Object.entries(mapping(stringData)).map(([key, value]) =>
    [key, Buffer.from(String(value)).toString("base64")] as const
  );
  return { ...kept, data: { ...mapping(secret["data"]), ...Object.fromEntries(clear) } };
}

/** Usual values, and the labels by which the pods of the Job are found. */
function wholeJob(job: JsonObject): JsonObject {
  const spec = mapping(job["spec"]);
  const template = mapping(spec["template"]);
  const { name } = placeOf(job);
  const uid = uidOf(job);
  const own = { "batch.kubernetes.io/controller-uid": uid, "batch.kubernetes.io/job-name": name };
  const labels = {
    ...mapping(mapping(template["metadata"])["labels"]),
    ...own,
    "controller-uid": uid,
    "job-name": name,
  };
  return {
    ...job,
    spec: {
      parallelism: 1,
      completions: 1,
      backoffLimit: 6,
      completionMode: "NonIndexed",
      suspend: false,
      ...spec,
      selector: { matchLabels: { "batch.kubernetes.io/controller-uid": uid } },
      template: { ...template, metadata: { ...mapping(template["metadata"]), labels } },
    },
    status: {},
  };
}

/** A pod waits for the scheduler first. */
function wholePod(pod: JsonObject): JsonObject {
  const spec = { restartPolicy: "Always", serviceAccountName: "default", ...mapping(pod["spec"]) };
  return { ...pod, spec, status: { phase: "Pending", conditions: [] } };
}
