/**
 * The rights of the agent, and those of flows that make Jobs, pods or clusters of Dask themselves.
 *
 * @module
 */

import type { JsonObject } from "../../../schemas/json/json.ts";
import type { InstallSettings } from "./settings.ts";

function rule(group: string, resources: readonly string[], verbs: readonly string[]): JsonObject {
  return { apiGroups: [group], resources, verbs };
}

/** What the agent calls, and nothing else: no secrets, no exec. */
export const agentRules: readonly JsonObject[] = [
  rule("batch", ["jobs"], ["create", "get", "list", "watch", "delete"]),
  rule("", ["pods"], ["list", "watch"]),
  rule("", ["pods/log"], ["get"]),
  rule("", ["events"], ["list", "watch"]),
];

const EVERY_VERB = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

/** What dask-kubernetes asks for. @see kubernetes.dask.org, "KubeCluster", RBAC */
const CLUSTER_VERBS = ["create", "delete", "get", "list", "watch"];

/** What the original's role gave to flows by the account `default`; `dask` adds what dask-kubernetes needs. */
export function flowRules(which: NonNullable<InstallSettings["flowRights"]>): readonly JsonObject[] {
  const made = [
    rule("batch", ["jobs"], EVERY_VERB),
    rule("", ["pods", "events"], EVERY_VERB),
  ];
  if (which === "jobs") return made;
  return [
    ...made,
    rule("", ["services"], CLUSTER_VERBS),
    rule("", ["pods/log"], ["get", "list"]),
    rule("policy", ["poddisruptionbudgets"], CLUSTER_VERBS),
  ];
}
