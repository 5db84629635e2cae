/**
 * How many per second, over the last ten.
 *
 * @module
 */

/** Counts things as they happen. */
export interface Rates {
  readonly count: (atMs: number) => void;
  /** Things per second over the last {@link WINDOW_S} whole seconds. */
  readonly perS: (nowMs: number) => number;
}

/** Seconds that are looked back. */
export const WINDOW_S = 10;

/** Nothing has happened yet. */
export function makeRates(): Rates {
  const seconds = new Array<number>(WINDOW_S + 1).fill(0);
  const counts = new Array<number>(WINDOW_S + 1).fill(0);
  const slots = seconds.length;
  return {
    count: (atMs) => {
      const second = Math.floor(atMs / 1000);
      const slot = second % slots;
      if (seconds[slot] !== second) {
        seconds[slot] = second;
        counts[slot] = 0;
      }
      counts[slot] = (counts[slot] ?? 0) + 1;
    },
    perS: (nowMs) => {
      const now = Math.floor(nowMs / 1000);
      const sum = counts.reduce((all, n, slot) => {
        const age = now - (seconds[slot] ?? 0);
        return age >= 0 && age <= WINDOW_S ? all + n : all;
      }, 0);
      return sum / WINDOW_S;
    },
  };
}
