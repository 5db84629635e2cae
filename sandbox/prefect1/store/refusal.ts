/**
 * How the sandbox's API says no, in the forms that the Prefect 1 clients tell apart.
 *
 * @module
 */

import { FailureError } from "../../../schemas/failure/failure.ts";

/** `extensions.code` of an error of a resolver: status 200, the field is null. */
export const RESOLVER_ERROR = "INTERNAL_SERVER_ERROR";

/** `extensions.code` by which clients recognise a lost claim; only on status 200. @see prefect 0.15.13 client/client.py */
export const VERSION_LOCKING_ERROR = "VERSION_LOCKING_ERROR";

/** Codes of requests that were not executed at all: status 400. */
export const BAD_REQUEST_CODES: ReadonlySet<string> = new Set([
  "GRAPHQL_PARSE_FAILED",
  "GRAPHQL_VALIDATION_FAILED",
  "BAD_USER_INPUT",
]);

/** An error of one field: the others of the same request are answered. */
export function refusal(message: string, code: string = RESOLVER_ERROR): FailureError {
  return new FailureError({ tag: "apiError", code, message });
}

/** An error in the document itself: an unknown field, a wrong argument. */
export function invalid(message: string): FailureError {
  return refusal(message, "GRAPHQL_VALIDATION_FAILED");
}
