/**
 * Placeholders in the texts of a base job template: `{{ image }}`, `{{ a.b[0] }}`, `{{ $NAME }}`,
 * `{{ prefect.blocks.secret.token }}`, `{{ prefect.variables.region }}`.
 *
 * @module
 */

import { forgetOldest } from "../../../schemas/bounds/forget_oldest.ts";
import { keysOf } from "./paths.ts";

/** What fills a placeholder in: a job variable, a variable of the worker's process, a block, a Prefect variable. */
export type PlaceholderKind = "job" | "environment" | "block" | "variable";

/** One placeholder of a text. */
export interface Placeholder {
  /** With its braces, as it stands in the text. */
  readonly text: string;
  /** Between the braces, without blanks. */
  readonly name: string;
  readonly kind: PlaceholderKind;
  /** The keys of the name as a path: `["images", "all", "1"]` for `images.all[1]`. */
  readonly keys: readonly string[];
}

/** Begins the names of blocks. */
export const BLOCK_PREFIX = "prefect.blocks.";

/** Begins the names of Prefect variables. */
export const VARIABLE_PREFIX = "prefect.variables.";

/** Letters and digits of all scripts, as Python's `\w`. */
const PLACEHOLDER = /\{\{\s*([\p{L}\p{N}_.\-[\]$]+)\s*\}\}/gu;

const NONE: readonly Placeholder[] = [];

/** The texts of a template are the same for all runs of a work pool: what was found in the last ones is kept. */
const KNOWN = new Map<string, readonly Placeholder[]>();
const MOST_KNOWN = 500;
const LONGEST_KNOWN = 500;

/** The placeholders of a text in their order, repeated ones as well. */
export function placeholdersIn(text: string): readonly Placeholder[] {
  if (!text.includes("{{")) return NONE;
  const known = KNOWN.get(text);
  if (known !== undefined) return known;
  const found = Array.from(text.matchAll(PLACEHOLDER), ([found, name = ""]) => placeholder(found, name));
  if (text.length <= LONGEST_KNOWN) {
    KNOWN.set(text, found);
    forgetOldest(KNOWN, MOST_KNOWN);
  }
  return found;
}

/** Replaces placeholders in one pass: what `fill` gives is not looked at again; null leaves the placeholder as it is. */
export function replacePlaceholders(text: string, fill: (placeholder: Placeholder) => string | null): string {
  return text.replace(PLACEHOLDER, (found: string, name: string) => {
    return fill(placeholder(found, name)) ?? found;
  });
}

/** The job variable that a placeholder of kind `job` begins with: `images` of `images.all[1]`. */
export function variableOf({ name, keys }: Placeholder): string {
  return keys[0] ?? name;
}

function placeholder(text: string, name: string): Placeholder {
  return { text, name, kind: kindOf(name), keys: keysOf(name) };
}

function kindOf(name: string): PlaceholderKind {
  if (name.startsWith(BLOCK_PREFIX)) return "block";
  if (name.startsWith(VARIABLE_PREFIX)) return "variable";
  return name.startsWith("$") ? "environment" : "job";
}
