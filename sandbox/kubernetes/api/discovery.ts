/**
 * What the API says of itself: version, groups, and the kinds of each group.
 *
 * @module
 */

import type { JsonObject } from "../../../schemas/json/json.ts";
import { groupVersion, type Resource, RESOURCES } from "../objects/resources.ts";

/** The release whose API is played. */
const RELEASE = { major: "1", minor: "30", gitVersion: "v1.30.0-sandbox" };

const VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

/** The answer to a path that asks what there is; null: it asks for something else. */
export function discover(path: string): JsonObject | null {
  if (path === "/version") {
    return {
      ...RELEASE,
      gitCommit: "",
      gitTreeState: "",
      buildDate: "",
      goVersion: "",
      compiler: "",
      platform: "",
    };
  }
  if (path === "/api") return { kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs: [] };
  if (path === "/apis") return { kind: "APIGroupList", apiVersion: "v1", groups: groups() };
  const [, group] = /^\/apis\/([^/]+)$/.exec(path) ?? [];
  const found = groups().find(({ name }) => name === group);
  if (found !== undefined) return { kind: "APIGroup", apiVersion: "v1", ...found };
  const resources = RESOURCES.filter((one) => rootOf(one) === path);
  return resources.length === 0 ? null : resourceList(resources);
}

function rootOf(resource: Resource): string {
  return `/${resource.group === "" ? "api" : "apis"}/${groupVersion(resource)}`;
}

function groups(): readonly JsonObject[] {
  const named = new Map(RESOURCES.filter(({ group }) => group !== "").map((one) => [one.group, one]));
  return [...named].map(([name, resource]) => {
    const version = { groupVersion: groupVersion(resource), version: resource.version };
    return { name, versions: [version], preferredVersion: version };
  });
}

function resourceList(resources: readonly Resource[]): JsonObject {
  const [first] = resources;
  return {
    kind: "APIResourceList",
    apiVersion: "v1",
    groupVersion: first === undefined ? "" : groupVersion(first),
    resources: resources.flatMap(({ plural, singular, namespaced, kind, shortNames }) => [
      {
        name: plural,
        singularName: singular,
        namespaced,
        kind,
        verbs: VERBS,
        ...(shortNames.length === 0 ? {} : { shortNames }),
      },
      ...(plural === "pods"
        ? [{ name: "pods/log", singularName: "", namespaced, kind, verbs: ["get"] }]
        : []),
    ]),
  };
}
