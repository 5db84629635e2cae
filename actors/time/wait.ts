/**
 * Waiting on the given clock.
 *
 * @module
 */

import type { Clock } from "../../schemas/time/clock.ts";

/**
 * Resolves after `ms` milliseconds of `clock`.
 *
 * @throws the reason of `signal` as soon as that is aborted
 */
export function wait(ms: number, clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const stop = () => {
      forget();
      reject(signal.reason);
    };
    const forget = clock.after(ms, () => {
      signal.removeEventListener("abort", stop);
      resolve();
    });
    signal.addEventListener("abort", stop, { once: true });
  });
}
