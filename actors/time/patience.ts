/**
 * Waiting for an answer without waiting for one that does not come.
 *
 * @module
 */

import type { Clock } from "../../schemas/time/clock.ts";

/** An answer that came in time. */
export interface InTime<T> {
  readonly value: T;
}

/**
 * Waits for an answer, but no longer than `ms` milliseconds of `clock`.
 *
 * @returns null: it is still under way; what becomes of it then is the caller's to handle
 * @throws what the answer rejects with in time
 */
export function within<T>(
  ms: number,
  answer: Promise<T>,
  clock: Pick<Clock, "after">,
): Promise<InTime<T> | null> {
  return new Promise((resolve, reject) => {
    const forget = clock.after(ms, () => resolve(null));
    answer.then(
      (value) => (forget(), resolve({ value })),
      (thrown) => (forget(), reject(thrown)),
    );
  });
}
