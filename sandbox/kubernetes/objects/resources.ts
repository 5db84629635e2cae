/**
 * What the cluster keeps: one row for each kind of object.
 *
 * @module
 */

/** A kind of object. */
export interface Resource {
  /** Empty: the core group. */
  readonly group: string;
  readonly version: string;
  /** As paths have it, such as `jobs`. */
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
}

type Row = readonly [group: string, plural: string, kind: string, ...shortNames: readonly string[]];

const NAMESPACED: readonly Row[] = [
  ["", "configmaps", "ConfigMap", "cm"],
  ["", "events", "Event", "ev"],
  ["", "pods", "Pod", "po"],
  ["", "secrets", "Secret"],
  ["", "serviceaccounts", "ServiceAccount", "sa"],
  ["apps", "deployments", "Deployment", "deploy"],
  ["batch", "jobs", "Job"],
  ["rbac.authorization.k8s.io", "rolebindings", "RoleBinding"],
  ["rbac.authorization.k8s.io", "roles", "Role"],
];

const OF_CLUSTER: readonly Row[] = [
  ["", "namespaces", "Namespace", "ns"],
  ["", "nodes", "Node", "no"],
];

const resource = ([group, plural, kind, ...shortNames]: Row, namespaced: boolean): Resource => ({
  group,
  version: "v1",
  plural,
  singular: kind.toLowerCase(),
  kind,
  namespaced,
  shortNames,
});

/** All of them. */
export const RESOURCES: readonly Resource[] = [
  ...NAMESPACED.map((row) => resource(row, true)),
  ...OF_CLUSTER.map((row) => resource(row, false)),
];

/** The resource of a path; undefined: the cluster has none. */
export function findResource(group: string, version: string, plural: string): Resource | undefined {
  return RESOURCES.find((one) => one.group === group && one.version === version && one.plural === plural);
}

/** `batch/v1`, or `v1` in the core group. */
export function groupVersion({ group, version }: Pick<Resource, "group" | "version">): string {
  return group === "" ? version : `${group}/${version}`;
}
