/**
 * A bound on what is remembered.
 *
 * @module
 */

/** A set, or the keys of a map, in the order in which they were added. */
interface Remembered {
  readonly size: number;
  readonly keys: () => Iterable<string>;
  readonly delete: (key: string) => boolean;
}

/** Forgets what was added first until at most `most` are left. */
export function forgetOldest(remembered: Remembered, most: number): void {
  if (remembered.size <= most) return;
  for (const oldest of remembered.keys()) {
    remembered.delete(oldest);
    if (remembered.size <= most) return;
  }
}
