/**
 * The token that makes the start of a task repeatable.
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
 * @returns 64 hexadecimal digits
 */
export function clientToken({ runId, claim, attempt }: AttemptKey): string {
  return createHash("sha256").update(JSON.stringify([runId, claim, attempt])).digest("hex");
}
