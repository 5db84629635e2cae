/**
 * Sizes of portions for an API that takes many items with one request: as many as it does in about a second, so that a slow
 * server holds back no first one.
 *
 * @module
 */

/** Sizes that follow the time of answers. */
export interface Portions {
  readonly size: () => number;
  /** @param items of the portion @param tookMs until its answer came */
  readonly answered: (items: number, tookMs: number) => void;
}

const AIM_MS = 1000;
const FIRST = 10;

/** @param most items that one request takes */
export function makePortions(most: number): Portions {
  let size = Math.min(FIRST, most);
  return {
    size: () => size,
    // A small portion says little of a large one: growth is by doubling.
    answered: (items, tookMs) => {
      const fitting = Math.floor(items * AIM_MS / Math.max(1, tookMs));
      size = Math.max(1, Math.min(most, fitting, 2 * size));
    },
  };
}
