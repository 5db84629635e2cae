/**
 * How far a JSON value nests. What nests deeper than a program's stack cannot be written as JSON again.
 *
 * @module
 */

/** Deeper values are refused; no state, run config or template of real life comes near. */
export const MAX_DEPTH = 200;

/** The same for a `PyValue`, whose dictionaries take three levels for one. */
export const MAX_PY_DEPTH = 3 * MAX_DEPTH;

/** Whether the value nests deeper than `levels`, a bare value having none; never recursive itself. */
export function isDeeperThan(value: unknown, levels: number): boolean {
  let row = [value].filter(isContainer);
  for (let depth = 1; row.length > 0; depth++) {
    if (depth > levels) return true;
    row = row.flatMap((one) => Object.values(one).filter(isContainer));
  }
  return false;
}

function isContainer(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
