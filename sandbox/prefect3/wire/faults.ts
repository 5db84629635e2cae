/**
 * What is wrong with the body of a request, in the form of a real server: each fault with its place.
 *
 * @module
 */

import type * as v from "valibot";
import { BOUNDS } from "../../../schemas/bounds/bounds.ts";
import type { JsonObject } from "../../../schemas/json/json.ts";
import type { Answer } from "./answer.ts";

/** A fault: the place, from `body` on, and what was expected there. */
interface Fault {
  readonly type: string;
  readonly loc: readonly (string | number)[];
  readonly msg: string;
}

/** 422 for a body that does not fit its schema. */
export function unfit(issues: readonly v.BaseIssue<unknown>[]): Answer {
  return faulty(issues.slice(0, BOUNDS.faults.most).map(faultOf));
}

/** 422 for a body that is no JSON. */
export function notJson(): Answer {
  return faulty([{ type: "json_invalid", loc: ["body", 0], msg: "JSON decode error" }]);
}

/** 422 for one place. */
export function faultAt(loc: readonly string[], msg: string, type = "value_error"): Answer {
  return faulty([{ type, loc, msg }]);
}

function faulty(faults: readonly Fault[]): Answer {
  const detail = faults.map(({ type, loc, msg }): JsonObject => ({ type, loc, msg }));
  return { status: 422, body: { exception_message: "Invalid request received.", exception_detail: detail } };
}

function faultOf(issue: v.BaseIssue<unknown>): Fault {
  const [type, msg] = reasonOf(issue);
  return { type, loc: ["body", ...placeOf(issue)], msg };
}

function placeOf({ path }: v.BaseIssue<unknown>): readonly (string | number)[] {
  return (path ?? []).map(({ key }) => typeof key === "number" ? key : String(key));
}

/** Words of a real server by what was expected. */
const WORDS: Readonly<Record<string, readonly [type: string, msg: string]>> = {
  string: ["string_type", "Input should be a valid string"],
  number: ["int_type", "Input should be a valid integer"],
  integer: ["int_from_float", "Input should be a valid integer"],
  boolean: ["bool_type", "Input should be a valid boolean"],
  array: ["list_type", "Input should be a valid list"],
  uuid: ["uuid_parsing", "Input should be a valid UUID"],
  moment: ["datetime_from_date_parsing", "Input should be a valid datetime"],
  object: ["dict_type", "Input should be a valid dictionary"],
  strict_object: [
    "model_attributes_type",
    "Input should be a valid dictionary or object to extract fields from",
  ],
};

function reasonOf(issue: v.BaseIssue<unknown>): readonly [type: string, msg: string] {
  const { type, expected, received, requirement, message } = issue;
  if (received === "undefined" && issue.kind === "schema") return ["missing", "Field required"];
  if (type === "strict_object" && expected === "never") {
    return ["extra_forbidden", "Extra inputs are not permitted"];
  }
  if (type === "regex") return ["string_pattern_mismatch", message];
  if (type === "picklist") return ["enum", `Input should be ${alternatives(expected)}`];
  if (type === "gt_value") return ["greater_than", `Input should be greater than ${requirement}`];
  if (type === "min_value") {
    return ["greater_than_equal", `Input should be greater than or equal to ${requirement}`];
  }
  if (type === "max_value") {
    return ["less_than_equal", `Input should be less than or equal to ${requirement}`];
  }
  const word = Object.hasOwn(WORDS, message) ? WORDS[message] : WORDS[type];
  return word ?? ["value_error", message];
}

/** `("A" | "B" | "C")` as `'A', 'B' or 'C'`. */
function alternatives(expected: string | null): string {
  const names = (expected ?? "").replace(/^\(|\)$/g, "").split(" | ").map((name) =>
    name.replaceAll('"', "'")
  );
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
}
