/**
 * What a plan depends on and an actor must read first, and what reading it gave.
 *
 * @module
 */

import type { JsonObject } from "../json/json.ts";

/**
 * Something a plan depends on and an actor must read first. Which kinds there are, and what else a source says, is between the
 * flavour and the reader of its platform.
 */
export interface Source {
  readonly kind: string;
  /** Names it: sources with the same key are the same. */
  readonly key: string;
}

/** What reading a {@link Source} gave. Absent objects are results; refusals are thrown as failures. */
export type Reading =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "json"; readonly value: JsonObject }
  /** There is no such object or file. */
  | { readonly kind: "absent"; readonly message: string };

/** Reads one source. */
export type ReadSource = (source: Source, signal: AbortSignal) => Promise<Reading>;

/** Readings by the key of their source. */
export type Readings = Readonly<Record<string, Reading>>;
