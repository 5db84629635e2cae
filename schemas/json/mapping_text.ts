/**
 * What a text that must hold a mapping gave.
 *
 * @module
 */

import type { JsonObject } from "./json.ts";

/** The mapping, null for a text without a document, or what is wrong with it. */
export type MappingText =
  | { readonly mapping: JsonObject | null }
  | {
    readonly problem: string;
    /** The same without any name of the text, for readers who may not see it. Absent: the problem names none. */
    readonly discreet?: string;
  };

/**
 * Places in a document where scalars are texts as they are written, whatever type a plain one would have: names of members
 * with a slash between them, `*` for every member and item: `metadata/labels/*`.
 */
export type TextPlaces = readonly string[];

/**
 * Reads a mapping in another place than the event loop where the text is long.
 *
 * @throws the reason of the signal
 */
export type ParseMapping = (
  text: string,
  signal: AbortSignal,
  texts?: TextPlaces,
) => Promise<MappingText>;
