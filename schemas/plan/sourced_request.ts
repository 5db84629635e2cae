/**
 * A request together with where its fields came from.
 *
 * @module
 */

import type { JsonObject } from "../json/json.ts";
import type { FieldSource } from "./field_source.ts";

/**
 * Where fields came from, by JSON pointer into the plan, such as `/runTask/overrides`; a field without a row belongs to the
 * pointer above it. Only an explanation asks, so it is worked out only then.
 */
export type FieldSources = () => Readonly<Record<string, FieldSource>>;

/** Of a plan that nobody asks any more. */
export const NO_SOURCES: FieldSources = () => ({});

/** A request, or a part of one. */
export interface SourcedRequest {
  readonly request: JsonObject;
  readonly sources: FieldSources;
}
