/**
 * A request together with where its fields came from.
 *
 * @module
 */

import type { JsonObject } from "../json/json.ts";
import type { FieldSource } from "./field_source.ts";

/** A request, or a part of one. */
export interface SourcedRequest {
  readonly request: JsonObject;
  /** By JSON pointer into the plan, such as `/runTask/overrides`; a field without a row belongs to the pointer above it. */
  readonly sources: Readonly<Record<string, FieldSource>>;
}
