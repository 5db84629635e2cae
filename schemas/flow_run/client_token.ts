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
  /** From 1; a refused placement is followed by the next attempt. See {@link tokenNumber}. */
  readonly attempt: number;
}

/** Most numbers that a claim skips. */
export const MOST_SKIPPED = 20;

/**
 * Number of the token of an attempt: the attempts of a claim have the numbers from 1 in order, but for those that are skipped.
 * No task was started with a skipped one.
 *
 * @param attempt from 1
 */
export function tokenNumber(attempt: number, skipped: readonly number[]): number {
  let number = 0;
  for (let left = attempt; left > 0; left -= skipped.includes(number) ? 0 : 1) number++;
  return number;
}

/**
 * A stable token: the same attempt gets the same one after any restart, on any machine.
 *
 * @returns 64 hexadecimal digits
 */
export function clientToken({ runId, claim, attempt }: AttemptKey): string {
  return createHash("sha256").update(JSON.stringify([runId, claim, attempt])).digest("hex");
}
