/**
 * The token that makes RunTask repeatable.
 *
 * @module
 */

import { createHash } from "node:crypto";

/** What a launch attempt is identified by. */
export interface AttemptKey {
  readonly runId: string;
  /** Key of the claim: a run that comes back has another. */
  readonly claim: string;
  /** From 1; a refused placement is followed by the next attempt. */
  readonly attempt: number;
}

/**
 * A stable token: the same attempt gets the same one after any restart, on any machine.
 *
 * @returns 64 hexadecimal digits, the most that ECS takes
 * @see "Ensuring idempotency", Amazon ECS API reference
 */
export function clientToken({ runId, claim, attempt }: AttemptKey): string {
  return createHash("sha256").update(JSON.stringify([runId, claim, attempt])).digest("hex");
}
