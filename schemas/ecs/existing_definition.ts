/**
 * A task definition that exists, with its tags.
 *
 * @module
 */

import type { JsonObject } from "../json/json.ts";

/** A definition that exists. */
export interface ExistingDefinition {
  readonly definition: JsonObject;
  readonly tags: Readonly<Record<string, string>>;
}
