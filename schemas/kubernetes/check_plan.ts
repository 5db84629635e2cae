/**
 * What the API server is certain to refuse of a plan, checked before anything is sent.
 *
 * @module
 */

import { FailureError } from "../failure/failure.ts";
import { mapping, mappings } from "../json/shape.ts";
import { filledText } from "../json/shape.ts";
import { type KubernetesPlan, MOST_PREFIX } from "./plan.ts";

/** @see "Object Names and IDs": labels of RFC 1123 */
const PREFIX = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?-$/;

/** Checks a plan. @param namespace where the agent follows Jobs @throws {FailureError} `badFlowRun` that names the member */
export function checkPlan({ namespace: planned, job, namePrefix }: KubernetesPlan, namespace: string): void {
  if (planned !== namespace) {
    throw bad("metadata.namespace", `must be ${namespace}, where this agent makes and follows Jobs`);
  }
  if (namePrefix.length > MOST_PREFIX || !PREFIX.test(namePrefix)) {
    throw bad(
      "metadata.name",
      "must be lower-case letters, digits, dots and dashes, and begin with a letter or digit",
    );
  }
  const pod = mapping(mapping(mapping(job["spec"])["template"])["spec"]);
  const containers = mappings(pod["containers"]);
  if (containers.length === 0) throw bad("spec.template.spec.containers", "must have a container");
  for (const [at, { name, image }] of containers.entries()) {
    const where = `spec.template.spec.containers[${at}]`;
    if (filledText(name) === undefined) throw bad(`${where}.name`, "is missing");
    if (filledText(image) === undefined) throw bad(`${where}.image`, "is missing");
  }
}

function bad(field: string, what: string): FailureError {
  return new FailureError({ tag: "badFlowRun", field, message: `Cannot create the Job: ${field} ${what}` });
}
