/**
 * Refusals of the local ECS, in the words of the AWS APIs.
 *
 * @module
 */

import type { JsonObject } from "../../schemas/json/json.ts";

/** An answer that is not a result; the protocol layer turns it into a 400 (or 500) with `__type` and `message`. */
export class AwsError extends Error {
  /** Code as SDKs show it, such as `ConflictException`. */
  readonly code: string;
  /** HTTP status. */
  readonly status: number;
  /** Further members of the body, such as `resourceIds`. */
  readonly members: JsonObject;

  /**
   * @param code error code of the API
   * @param message text of the API
   * @param options `status` 400 by default; `members` go into the body as they are
   */
  constructor(code: string, message: string, options: { status?: number; members?: JsonObject } = {}) {
    super(message);
    this.name = "AwsError";
    this.code = code;
    this.status = options.status ?? 400;
    this.members = options.members ?? {};
  }
}

/** A request that breaks a documented rule. */
export function invalidParameter(message: string): AwsError {
  return new AwsError("InvalidParameterException", message);
}

/** A request that the state of the account does not allow. */
export function clientException(message: string): AwsError {
  return new AwsError("ClientException", message);
}
