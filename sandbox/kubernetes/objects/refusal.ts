/**
 * Refusals of the API, in the words of Kubernetes.
 *
 * @see "Status" in the Kubernetes API reference
 * @module
 */

import type { JsonObject } from "../../../schemas/json/json.ts";

/** HTTP status of each reason. */
const STATUS = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  AlreadyExists: 409,
  Conflict: 409,
  Expired: 410,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  InternalError: 500,
} as const;

/** Why a request is refused, as a word for programs. */
export type Reason = keyof typeof STATUS;

/** A request that is not carried out. */
export class Refusal extends Error {
  readonly reason: Reason;
  /** `details` of the Status object; null: it has none. */
  readonly details: JsonObject | null;

  /** @param message one sentence in the words of the API server */
  constructor(reason: Reason, message: string, details: JsonObject | null = null) {
    super(message);
    this.name = "Refusal";
    this.reason = reason;
    this.details = details;
  }

  /** HTTP status. */
  get status(): number {
    return STATUS[this.reason];
  }
}

/** The Status object that stands for a refusal. */
export function statusOf({ reason, message, details, status }: Refusal): JsonObject {
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message,
    reason,
    ...(details === null ? {} : { details }),
    code: status,
  };
}

/** An object, as refusals name it. */
export interface Named {
  readonly plural: string;
  readonly group: string;
  readonly name: string;
}

function detailsOf({ plural, group, name }: Named): JsonObject {
  return { name, ...(group === "" ? {} : { group }), kind: plural };
}

/** `jobs.batch "a"`. */
function quotedName({ plural, group, name }: Named): string {
  return `${plural}${group === "" ? "" : `.${group}`} "${name}"`;
}

/** There is no such object. */
export function notFound(named: Named): Refusal {
  return new Refusal("NotFound", `${quotedName(named)} not found`, detailsOf(named));
}

/** An object has this name already. */
export function alreadyExists(named: Named): Refusal {
  return new Refusal("AlreadyExists", `${quotedName(named)} already exists`, detailsOf(named));
}

/** The object is not in the state that the request supposes. */
export function conflict(named: Named, why: string): Refusal {
  const message = `Operation cannot be fulfilled on ${quotedName(named)}: ${why}`;
  return new Refusal("Conflict", message, detailsOf(named));
}

/**
 * An object that breaks rules.
 *
 * @param kind such as `Job`
 * @param problems one for each member, with its path in front; at least one
 */
export function invalid(kind: string, named: Named, problems: readonly string[]): Refusal {
  const text = problems.length === 1 ? problems.join() : `[${problems.join(", ")}]`;
  const of = named.group === "" ? kind : `${kind}.${named.group}`;
  const causes = problems.map((message) => ({
    reason: "FieldValueInvalid",
    message,
    field: message.split(" ", 1).join(),
  }));
  return new Refusal("Invalid", `${of} "${named.name}" is invalid: ${text}`, {
    ...detailsOf({ ...named, plural: kind }),
    causes,
  });
}

/** The server has nothing at this path. */
export function unknownPath(): Refusal {
  return new Refusal("NotFound", "the server could not find the requested resource", {});
}

/** The version that a request goes on from is forgotten. */
export function expired(version: string, oldest: number): Refusal {
  return new Refusal("Expired", `too old resource version: ${version} (${oldest})`);
}
