/**
 * What the API answers, and how it says no: in the forms of a real server.
 *
 * @module
 */

import type { Json } from "../../../schemas/json/json.ts";

/** An answer. */
export interface Answer {
  readonly status: number;
  /** Undefined: the answer has no body. */
  readonly body?: Json;
  /** The body is a text by itself, not JSON. @default false */
  readonly isText?: boolean;
}

/** 200. */
export function ok(body: Json): Answer {
  return { status: 200, body };
}

/** 201. */
export function created(body: Json): Answer {
  return { status: 201, body };
}

/** 204. */
export const DONE: Answer = { status: 204 };

/** A refusal with its reason, as a route of a real server gives it. */
export function refusal(status: number, detail: string): Answer {
  return { status, body: { detail } };
}

/** 409 where a document would break a rule of the data itself: a name that is taken, a value or a row that is missing. */
export const CONFLICT: Answer = refusal(
  409,
  "Data integrity conflict. This usually means a unique or foreign key constraint was violated. See server logs for " +
    "details.",
);

/** 404 of a route that looked for something by its path. */
export function notFound(detail: string): Answer {
  return refusal(404, detail);
}

/** 404 of what lies below the routes. */
export function absent(what: string, id: string): Answer {
  return { status: 404, body: { exception_message: `${what} with id ${id} not found` } };
}
