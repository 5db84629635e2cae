/**
 * Work that is asked for more often than it may be done.
 *
 * @module
 */

import type { Clock } from "../../schemas/time/clock.ts";

/** Paced work; disposing forgets what was put off. */
export interface Paced extends Disposable {
  /** Does the work now, or once as soon as it may be done again. */
  readonly ask: () => void;
}

/**
 * Does work at most once in a while: the first time at once, what is asked for meanwhile once at its end.
 *
 * @param everyMs in milliseconds
 */
export function paced(work: () => void, everyMs: number, clock: Pick<Clock, "after">): Paced {
  let cancel: (() => void) | null = null;
  let isAsked = false;
  const ask = (): void => {
    if (cancel !== null) {
      isAsked = true;
      return;
    }
    cancel = clock.after(everyMs, () => {
      cancel = null;
      if (!isAsked) return;
      isAsked = false;
      ask();
    });
    work();
  };
  return { ask, [Symbol.dispose]: () => cancel?.() };
}
