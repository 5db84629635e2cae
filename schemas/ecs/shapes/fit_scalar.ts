/**
 * Fits one scalar member of a request to AWS's type of it.
 *
 * @module
 */

import type { Json } from "../../json/json.ts";
import { kindOf } from "../../json/shape.ts";
import type { FitPlace } from "./fit_place.ts";
import { isFreeText, isVariable, meantWord, sizeMember } from "./member_rules.ts";
import { LARGEST, SIZE_FORMS, sizeOf, wholeNumber } from "./size_words.ts";

/**
 * Fits a scalar.
 *
 * @param owner structure and member, such as `PortMapping.hostPort`
 * @returns undefined for a text that is empty where it means nothing; a value that does not fit is returned as it is
 */
export function fitScalar(value: Json, kind: string, owner: string, place: FitPlace): Json | undefined {
  if (typeof value === "string" && value.trim() === "" && !isFreeText(owner)) return undefined;
  const size = sizeMember(owner);
  if (size !== null) return fitSize(value, size, place);
  if (kind === "integer") return fitInteger(value, place);
  return kind === "flag" ? fitFlag(value) : fitText(value, owner);
}

function fitSize(
  value: Json,
  { size, isOfTask }: NonNullable<ReturnType<typeof sizeMember>>,
  place: FitPlace,
) {
  const units = sizeOf(size, value);
  if (units === null) {
    place.faults.push(`${place.path} ${SIZE_FORMS[size]}; it is ${kindOf(value)}`);
    return undefined;
  }
  if (!isOfTask) return units;
  if (units === 0) place.faults.push(`${place.path} must be more than 0`);
  return String(units);
}

function fitInteger(value: Json, place: FitPlace): Json {
  const number = wholeNumber(value);
  if (number !== null) return number;
  if (typeof value === "boolean") {
    place.faults.push(`${place.path} must be a whole number, not true or false`);
  }
  if (typeof value === "number" && Number.isInteger(value)) {
    place.faults.push(`${place.path} must be a whole number of at most ${LARGEST}`);
  }
  return value;
}

function fitFlag(value: Json): Json {
  const word = typeof value === "string" ? value.trim().toLowerCase() : "";
  return word === "true" || word === "false" ? word === "true" : value;
}

function fitText(value: Json, owner: string): Json {
  if (typeof value === "number") return String(value);
  if (typeof value === "boolean") {
    return isVariable(owner) ? pythonWord(value) : meantWord(owner, value) ?? value;
  }
  if (typeof value !== "string" || isFreeText(owner)) return value;
  return meantWord(owner, value.trim()) ?? value.trim();
}

/** Prefect's own variables write it so. */
function pythonWord(value: boolean): string {
  return value ? "True" : "False";
}
