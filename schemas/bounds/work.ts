/**
 * Steps that a reader takes: tests double an input and see that the steps do no more than double.
 *
 * @module
 */

/** A count of steps; one step costs about the same, however large the input is. */
export interface Work {
  /** Steps taken so far. */
  steps: number;
}

/** A count that begins at zero. */
export function noWork(): Work {
  return { steps: 0 };
}
