/**
 * Parts of JSON schemas as Prefect's forms read them.
 *
 * @module
 */

import type { Json, JsonObject } from "../../../schemas/json/json.ts";

/** How a form shows a variable. */
export interface Shown {
  readonly title: string;
  /** Absent: the title says it. */
  readonly description?: string;
}

/** A value of one type that may be left out. */
export function optional(type: string, shown: Shown): JsonObject {
  return { ...shown, anyOf: [{ type }, { type: "null" }], default: null };
}

/** One of several forms, or null. */
export function optionalOf(forms: readonly JsonObject[], shown: Shown): JsonObject {
  return { ...shown, anyOf: [...forms, { type: "null" }], default: null };
}

/** A switch with a default. */
export function flag(otherwise: boolean, shown: Shown): JsonObject {
  return { ...shown, type: "boolean", default: otherwise };
}

/** A mapping with values of one form. */
export function mappingOf(values: Json, shown: Shown): JsonObject {
  return { ...shown, type: "object", additionalProperties: values };
}

/** Another definition of the template. */
export function reference(name: string, shown: Shown): JsonObject {
  return { ...shown, $ref: `#/definitions/${name}` };
}
