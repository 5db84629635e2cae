/**
 * Waiting, as an actor: until a moment, or by the back-off of a retry.
 *
 * @module
 */

import { backoffMs } from "../../schemas/time/backoff.ts";
import type { Clock, Random } from "../../schemas/time/clock.ts";
import type { Pause } from "../../schemas/contracts/task.ts";
import { wait } from "./wait.ts";

/** What waiting needs. */
export interface PauseDeps {
  readonly clock: Clock;
  readonly random: Random;
  /** Back-off of the first retry, in milliseconds. @default 500 */
  readonly baseMs?: number;
  /** Longest back-off, in milliseconds. @default 10000 */
  readonly capMs?: number;
}

/** Milliseconds that `input` asks to wait; 0 for a moment that is over. */
export function pauseMs(
  input: Pause,
  { clock, random, baseMs = 500, capMs = 10_000 }: PauseDeps,
): number {
  if ("untilMs" in input) return Math.max(0, input.untilMs - clock.now());
  return Math.max(input.atLeastMs, backoffMs(input.retry, { baseMs, capMs, random }));
}

/** Waits; an abort, an earlier one too, ends the wait and rejects with the signal's reason. */
export function pause(input: Pause, deps: PauseDeps, signal: AbortSignal): Promise<void> {
  const ms = pauseMs(input, deps);
  return ms === 0 ? Promise.resolve() : wait(ms, deps.clock, signal);
}
