/**
 * Label selectors and field selectors.
 *
 * @see "Labels and Selectors" and "Field Selectors" in the Kubernetes documentation
 * @module
 */

import type { JsonObject } from "../../../schemas/json/json.ts";
import { mapping } from "../../../schemas/json/shape.ts";
import { labelsOf } from "./meta.ts";
import { Refusal } from "./refusal.ts";

/** Whether an object is selected. */
export type Selects = (object: JsonObject) => boolean;

const SET = /^([^\s!=,()]+)\s+(in|notin)\s*\(([^()]*)\)$/;
const EQUAL = /^([^\s!=,()]+)\s*(==|=|!=)\s*([^\s!=,()]*)$/;
const EXISTS = /^(!?)\s*([^\s!=,()]+)$/;

/** The terms of a selector: commas inside parentheses part values. */
function termsOf(selector: string): readonly string[] {
  return selector.split(/,(?![^()]*\))/).map((term) => term.trim()).filter((term) => term !== "");
}

/** Reads a label selector; an empty one selects everything. @throws {Refusal} `BadRequest` */
export function labelSelector(selector: string): Selects {
  const terms = termsOf(selector).map(labelTerm);
  return (object) => {
    const labels = labelsOf(object);
    return terms.every((term) => term(labels));
  };
}

function labelTerm(term: string): (labels: JsonObject) => boolean {
  const [, key = "", how, list = ""] = SET.exec(term) ?? [];
  if (how !== undefined) {
    const values = list.split(",").map((value) => value.trim());
    return (labels) => values.some((value) => labels[key] === value) === (how === "in");
  }
  const [, name = "", sign, value] = EQUAL.exec(term) ?? [];
  if (sign !== undefined) return (labels) => (labels[name] === value) === (sign !== "!=");
  const [, not, wanted] = EXISTS.exec(term) ?? [];
  if (wanted !== undefined) return (labels) => (labels[wanted] !== undefined) === (not === "");
  throw new Refusal("BadRequest", `unable to parse requirement: found '${term}', expected a label selector`);
}

/** Members that each kind can be selected by, besides name and namespace. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  pods: ["spec.nodeName", "spec.restartPolicy", "spec.serviceAccountName", "status.phase", "status.podIP"],
  events: [
    ...["kind", "namespace", "name", "uid"].map((member) => `involvedObject.${member}`),
    ...["reason", "reportingComponent", "source", "type"],
  ],
  jobs: ["status.successful"],
  secrets: ["type"],
  namespaces: ["status.phase"],
};

/** Reads a field selector for a kind of object. @throws {Refusal} `BadRequest` */
export function fieldSelector(selector: string, plural: string): Selects {
  const known = ["metadata.name", "metadata.namespace", ...FIELDS[plural] ?? []];
  const terms = termsOf(selector).map((term) => {
    const [, path = "", sign, value = ""] = /^([\w.]+)\s*(==|=|!=)\s*(.*)$/.exec(term) ?? [];
    if (sign === undefined) {
      throw new Refusal("BadRequest", `invalid selector: '${term}'; can't understand it`);
    }
    if (!known.includes(path)) throw new Refusal("BadRequest", `field label not supported: ${path}`);
    return (object: JsonObject) => (memberAt(object, path) === value) === (sign !== "!=");
  });
  return (object) => terms.every((term) => term(object));
}

function memberAt(object: JsonObject, path: string): string {
  const names = path === "status.successful" ? ["status", "succeeded"] : path.split(".");
  const last = names.at(-1) ?? "";
  let at = object;
  for (const name of names.slice(0, -1)) at = mapping(at[name]);
  const value = at[last];
  // A count that is absent is 0.
  return value === undefined || value === null
    ? path === "status.successful" ? "0" : ""
    : typeof value === "object"
    ? ""
    : String(value);
}
