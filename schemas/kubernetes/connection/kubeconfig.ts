/**
 * Kubeconfig files: several are merged as kubectl merges them, one context is chosen, and every member of it is used, refused
 * or told.
 *
 * @see "Organizing Cluster Access Using kubeconfig Files" in the Kubernetes documentation
 * @module
 */

import { FailureError } from "../../failure/failure.ts";
import { isJsonObject, type Json, type JsonObject } from "../../json/json.ts";
import { filledText, mappings } from "../../json/shape.ts";

/** One file, parsed. */
export interface KubeconfigFile {
  readonly path: string;
  readonly content: JsonObject;
}

/** A member of a kubeconfig, with the file that it stands in: paths are relative to its folder. */
export interface Placed {
  readonly members: JsonObject;
  readonly path: string;
}

/** The chosen context. */
export interface ChosenContext {
  readonly context: string;
  readonly cluster: Placed;
  readonly user: Placed;
  readonly userName: string;
  readonly clusterName: string;
  /** What the user should know. */
  readonly warnings: readonly string[];
}

const CONTEXT_MEMBERS = new Set(["cluster", "user", "namespace", "extensions"]);

/**
 * Chooses a context.
 *
 * @param wanted name of the context; null: the current one
 * @throws {FailureError} `configuration` that names what is missing or cannot be used
 */
export function chooseContext(files: readonly KubeconfigFile[], wanted: string | null): ChosenContext {
  const where = files.map(({ path }) => path).join(", ");
  const current = files.map(({ content }) => filledText(content["current-context"])).find((name) =>
    name !== undefined
  );
  const context = wanted ?? current;
  if (context === undefined) {
    throw bad("current-context", `${where} names no current context; choose one by --context NAME`);
  }
  const chosen = entryOf(files, "contexts", "context", context);
  if (chosen === null) {
    const names = namesOf(files, "contexts");
    throw bad("context", `There is no context ${context} in ${where}; it has: ${names || "none"}`);
  }
  const clusterName = filledText(chosen.members["cluster"]) ?? "";
  const userName = filledText(chosen.members["user"]) ?? "";
  const cluster = entryOf(files, "clusters", "cluster", clusterName);
  if (cluster === null) {
    throw bad("clusters", `Context ${context} names cluster ${clusterName}, which ${where} does not have`);
  }
  const user = userName === ""
    ? { members: {}, path: chosen.path }
    : entryOf(files, "users", "user", userName);
  if (user === null) {
    throw bad("users", `Context ${context} names user ${userName}, which ${where} does not have`);
  }
  const namespace = filledText(chosen.members["namespace"]);
  return {
    context,
    cluster,
    user,
    userName,
    clusterName,
    warnings: [
      ...(namespace === undefined ? [] : [
        `The namespace of context ${context} is not used; --namespace and NAMESPACE say where Jobs are made`,
      ]),
      ...unknownMembers(chosen.members, CONTEXT_MEMBERS, `context ${context}`),
    ],
  };
}

/** The first file that has an entry wins. */
function entryOf(
  files: readonly KubeconfigFile[],
  list: string,
  member: string,
  name: string,
): Placed | null {
  for (const { path, content } of files) {
    const entry = mappings(content[list]).find((one) => one["name"] === name);
    if (entry === undefined) continue;
    const members = entry[member];
    return { members: isJsonObject(members) ? members : {}, path };
  }
  return null;
}

function namesOf(files: readonly KubeconfigFile[], list: string): string {
  return files.flatMap(({ content }) => mappings(content[list]))
    .flatMap(({ name }) => filledText(name) ?? []).slice(0, 20).join(", ");
}

/** What stands in a mapping and is not known to this program is told. */
export function unknownMembers(
  members: JsonObject,
  known: ReadonlySet<string>,
  where: string,
): readonly string[] {
  const others = Object.keys(members).filter((name) => !known.has(name)).slice(0, 10);
  return others.length === 0
    ? []
    : [`${others.join(", ")} of ${where} in the kubeconfig ${others.length === 1 ? "is" : "are"} not used`];
}

/** A text member; undefined where it is absent. @throws {FailureError} `configuration` for a value of another kind */
export function textMember(members: JsonObject, name: string, where: string): string | undefined {
  const value: Json | undefined = members[name];
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value === "string") return value;
  throw bad(name, `${name} of ${where} in the kubeconfig must be text`);
}

/** A kubeconfig that cannot be used. */
export function bad(field: string, message: string): FailureError {
  return new FailureError({ tag: "configuration", field, message });
}
