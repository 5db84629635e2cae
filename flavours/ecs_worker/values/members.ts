/**
 * Members of a job configuration, each of the type that it must have.
 *
 * @module
 */

import { isJsonObject, type Json, type JsonObject } from "../../../schemas/json/json.ts";
import { isList, kindOf } from "../../../schemas/json/shape.ts";
import type { FailureError } from "../../../schemas/failure/failure.ts";
import { refusal } from "./place.ts";

/** Members by name, and the run that messages name. */
export interface Members {
  readonly run: { readonly id: string };
  readonly values: JsonObject;
  /** What stands before the name of a member in messages; absent: nothing. */
  readonly within?: string;
}

/** Words for true and false, in any case. */
const FLAGS: Readonly<Record<string, boolean>> = {
  true: true,
  false: false,
  yes: true,
  no: false,
  on: true,
  off: false,
  "1": true,
  "0": false,
};

/** A member that is absent, null or an empty text counts as not given. */
function given({ values }: Members, name: string): Json | undefined {
  const value = values[name];
  if (value === undefined || value === null) return undefined;
  return typeof value === "string" && value.trim() === "" ? undefined : value;
}

function wrong({ run, within = "" }: Members, name: string, problem: string): FailureError {
  return refusal(run, within + name, problem);
}

/** Trimmed text; null where it is not given. @throws {FailureError} `badFlowRun` */
export function textMember(members: Members, name: string): string | null {
  const value = given(members, name);
  if (value === undefined) return null;
  if (typeof value !== "string") throw wrong(members, name, `is ${kindOf(value)}, but must be text or null`);
  return value.trim();
}

/** True or false, also as text; null where it is not given. @throws {FailureError} `badFlowRun` */
export function flagMember(members: Members, name: string): boolean | null {
  const value = given(members, name);
  if (value === undefined) return null;
  const word = isList(value) || isJsonObject(value) ? "" : String(value).trim().toLowerCase();
  const flag = Object.hasOwn(FLAGS, word) ? FLAGS[word] : undefined;
  if (flag === undefined) throw wrong(members, name, `is ${kindOf(value)}, but must be true, false or null`);
  return flag;
}

/** A number from 0 on, also as text; null where it is not given. @throws {FailureError} `badFlowRun` */
export function numberMember(members: Members, name: string): number | null {
  const value = given(members, name);
  if (value === undefined) return null;
  const number = typeof value === "string" && /^\s*\d+(\.\d*)?\s*$/.test(value) ? Number(value) : value;
  if (typeof number === "number" && Number.isFinite(number) && number >= 0) return number;
  throw wrong(members, name, `is ${kindOf(value)}, but must be a number from 0 on, or null`);
}

/** A mapping, also as JSON text; empty where it is not given. @throws {FailureError} `badFlowRun` */
export function objectMember(members: Members, name: string): JsonObject {
  const value = given(members, name);
  if (value === undefined) return {};
  const object = typeof value === "string" ? parsedObject(value) : value;
  if (isJsonObject(object)) return object;
  throw wrong(members, name, `is ${kindOf(value)}, but must be a mapping`);
}

/** The list or mapping that a text holds as JSON; undefined where it holds none. */
export function parsedObject(text: string): JsonObject | readonly Json[] | undefined {
  if (!/^\s*[{[]/.test(text)) return undefined;
  try {
    const value: Json = JSON.parse(text);
    return isJsonObject(value) || isList(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
