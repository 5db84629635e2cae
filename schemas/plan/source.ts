/**
 * What a plan depends on and an actor must read first, and what reading it gave.
 *
 * @module
 */

import type { JsonObject } from "../json/json.ts";
import type { MappingText, TextPlaces } from "../json/mapping_text.ts";

/**
 * Something a plan depends on and an actor must read first. Which kinds there are, and what else a source says, is between the
 * flavour and the reader of its platform.
 */
export interface Source {
  readonly kind: string;
  /** Names it: sources with the same key are the same. */
  readonly key: string;
  /** The option that names it, for messages: `--task-definition`. */
  readonly option?: string;
  /** How long a reading serves other runs as well, in milliseconds. Absent: only runs that wait for it at the same time. */
  readonly serveMs?: number;
  /** What its text must hold. Such a text may arrive parsed, which keeps long ones off the event loop. */
  readonly holds?: "mapping";
  /** Where its scalars are texts as they are written. @default nowhere */
  readonly texts?: TextPlaces;
  /**
   * A run names it, not the operator: it is read with the bounds that strangers get, and while it is read the run takes no
   * place among those on their way to a task.
   */
  readonly namedBy?: "run";
}

/** A source as a run names it; it is never the same as one that the operator names. */
export function namedByRun<Named extends Source>(source: Named): Named & { readonly namedBy: "run" } {
  return { ...source, key: `run:${source.key}`, namedBy: "run" };
}

/** What reading a {@link Source} gave. Absent objects are results; refusals are thrown as failures. */
export type Reading =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "json"; readonly value: JsonObject }
  /** What a text gave whose source {@link Source.holds} a mapping. */
  | { readonly kind: "parsed"; readonly parsed: MappingText }
  /** There is no such object or file, or it cannot be used; the message follows the name of the source. */
  | { readonly kind: "absent"; readonly message: string };

/** Reads one source. */
export type ReadSource = (source: Source, signal: AbortSignal) => Promise<Reading>;

/** Readings by the key of their source. */
export type Readings = Readonly<Record<string, Reading>>;
