/**
 * Members of documents whose kind the document does not promise.
 *
 * @module
 */

import type { Json } from "../../../schemas/json/json.ts";

/** A text; null: it is none. */
export function textOf(value: Json | undefined): string | null {
  return typeof value === "string" ? value : null;
}

/** A number; null: it is none. */
export function numberOf(value: Json | undefined): number | null {
  return typeof value === "number" ? value : null;
}
