/**
 * Templates as text: one YAML 1.1 (or JSON) document that must be a mapping.
 *
 * @module
 */

import { FailureError } from "../failure/failure.ts";
import type { MappingText } from "../json/mapping_text.ts";
import { parseYaml, yamlObject } from "./yaml.ts";

/**
 * Reads a mapping.
 *
 * @returns the problem names line and column, or the key, and never quotes the text
 * @see Q-EMPTY-YAML of `tests/golden/ecs/README.md`: who may not have an empty text refuses null
 */
export function parseMapping(text: string): MappingText {
  const source = "the file";
  try {
    const value = parseYaml(text, { source });
    return { mapping: value.kind === "none" ? null : yamlObject(value, { source }) };
  } catch (thrown) {
    if (thrown instanceof FailureError) return { problem: thrown.failure.message };
    throw thrown;
  }
}
