/**
 * Where a value of a request stands while it is fitted.
 *
 * @module
 */

/** Splits a command line into words as a shell does; null: it cannot be split, as a quote is open. */
export type SplitWords = (text: string) => readonly string[] | null;

/** Where a value stands, and what came of the request so far. */
export interface FitPlace {
  /** Readable, such as `containerDefinitions[0].cpu`; empty for the request itself. */
  readonly path: string;
  readonly words: SplitWords;
  /** What AWS has no value for. */
  readonly faults: string[];
}
