/**
 * Errors that were written as JSON.
 *
 * @module
 */

import { type Failure, FailureError } from "../failure/failure.ts";
import { isJsonObject, type Json } from "../json/json.ts";

/** Rebuilds a thrown value from its written form, so that machines can read its failure. */
export function revivedError(written: Json): unknown {
  const failure = isJsonObject(written) ? written["failure"] : undefined;
  if (!isJsonObject(failure) || typeof failure["tag"] !== "string") return written;
  // Boundary: `plain` wrote it from a Failure, and readers tell failures apart by `tag` alone.
  return new FailureError(failure as unknown as Failure);
}
