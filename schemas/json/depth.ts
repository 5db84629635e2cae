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
  let row: readonly object[] = isContainer(value) ? [value] : [];
  for (let depth = 1; row.length > 0; depth++) {
    if (depth > levels) return true;
    const next: object[] = [];
    for (const one of row) {
      // A long list is not copied to be looked at.
      const inner: readonly unknown[] = Array.isArray(one) ? one : Object.values(one);
      for (const each of inner) if (isContainer(each)) next.push(each);
    }
    row = next;
  }
  return false;
}

function isContainer(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
