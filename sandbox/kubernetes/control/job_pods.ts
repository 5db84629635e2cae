/**
 * The pods of a Job. Pure.
 *
 * @module
 */

import type { JsonObject } from "../../../schemas/json/json.ts";
import { filledText, mapping } from "../../../schemas/json/shape.ts";
import type { Birth } from "../api/admission.ts";
import { moment, type Place, placeOf, uidOf } from "../objects/meta.ts";

function templateOf(job: JsonObject): JsonObject {
  return mapping(mapping(job["spec"])["template"]);
}

function accountOf(job: JsonObject): string {
  return filledText(mapping(templateOf(job)["spec"])["serviceAccountName"]) ?? "default";
}

/** Why no pod of a Job can be made, in the words of the admission of accounts; null: one can. */
export function missingAccount(job: JsonObject, isThere: (account: Place) => boolean): string | null {
  const { namespace, name: job_name } = placeOf(job);
  const name = accountOf(job);
  if (isThere({ namespace, name })) return null;
  return `Error creating: pods "${job_name}-" is forbidden: error looking up service account ${namespace}/${name}: ` +
    `serviceaccount "${name}" not found`;
}

/** A new pod of a Job. */
export function jobPod(job: JsonObject, { uid, suffix, nowMs }: Birth): JsonObject {
  const { namespace, name } = placeOf(job);
  const template = templateOf(job);
  const { labels = {}, annotations } = mapping(template["metadata"]);
  const owner = { apiVersion: "batch/v1", kind: "Job", name, uid: uidOf(job) };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      generateName: `${name}-`,
      name: `${name}-${suffix}`,
      namespace,
      uid,
      creationTimestamp: moment(nowMs),
      labels,
      ...(annotations === undefined ? {} : { annotations }),
      ownerReferences: [{ ...owner, controller: true, blockOwnerDeletion: true }],
    },
    spec: { ...mapping(template["spec"]), serviceAccountName: accountOf(job) },
    status: { phase: "Pending", conditions: [] },
  };
}
