/**
 * Templates as text: one YAML 1.1 (or JSON) document that must be a mapping.
 *
 * @module
 */

import { parseDocument } from "@std/yaml";
import { isJsonObject, type Json, type JsonObject } from "./json.ts";
import { kindOf } from "./json_shape.ts";

/** The mapping, null for a text without a document, or what is wrong with it. */
export type MappingText = { readonly mapping: JsonObject | null } | { readonly problem: string };

/**
 * Reads a mapping.
 *
 * @see Q-EMPTY-YAML of `tests/golden/ecs/README.md`: who may not have an empty text refuses null
 */
export function parseMapping(text: string): MappingText {
  const parsed = parseYaml(text);
  if ("problem" in parsed) return parsed;
  if (parsed.value === null) return { mapping: null };
  if (isJsonObject(parsed.value)) return { mapping: parsed.value };
  return { problem: `it must hold a mapping, not ${kindOf(parsed.value)}` };
}

function parseYaml(text: string): { readonly value: Json } | { readonly problem: string } {
  const document = parseDocument(text, { version: "1.1", uniqueKeys: false });
  const error = document.errors[0];
  return error === undefined ? { value: document.toJS() } : { problem: error.message };
}
