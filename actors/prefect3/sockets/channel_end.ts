/**
 * What the end of a worker channel means.
 *
 * @module
 */

import type { SocketEnd } from "./wire.ts";

/** Words with which the server closes; true: it will say the same again. */
const REASONS: Readonly<Record<string, boolean>> = {
  authentication_failed: true,
  authorization_failed: true,
  unsupported_version: true,
  protocol_error: true,
  heartbeat_persistence_failed: false,
  transient_server_error: false,
};

/** No such route, or no right to it. */
const REFUSALS: ReadonlySet<number> = new Set([401, 403, 404, 405]);

/** Policy violation and protocol error, where the server gives no word for it. */
const FINAL_CODES: ReadonlySet<number> = new Set([1002, 1008]);

/** Whether the channel is not worth another try in this process. */
export function isFinalEnd(end: SocketEnd): boolean {
  switch (end.kind) {
    case "refused":
      return REFUSALS.has(end.status);
    case "closed":
      return Object.hasOwn(REASONS, end.reason) ? REASONS[end.reason] === true : FINAL_CODES.has(end.code);
    case "tooLong":
      return true;
    case "unreachable":
    case "late":
    case "silent":
      return false;
  }
}
