/**
 * Placeholders in the texts of a base job template: `{{ image }}`, `{{ a.b[0] }}`, `{{ $NAME }}`,
 * `{{ prefect.blocks.secret.token }}`, `{{ prefect.variables.region }}`.
 *
 * @module
 */

/** What fills a placeholder in: a job variable, a variable of the worker's process, a block, a Prefect variable. */
export type PlaceholderKind = "job" | "environment" | "block" | "variable";

/** One placeholder of a text. */
export interface Placeholder {
  /** With its braces, as it stands in the text. */
  readonly text: string;
  /** Between the braces, without blanks. */
  readonly name: string;
  readonly kind: PlaceholderKind;
}

/** Begins the names of blocks. */
export const BLOCK_PREFIX = "prefect.blocks.";

/** Begins the names of Prefect variables. */
export const VARIABLE_PREFIX = "prefect.variables.";

/** Letters and digits of all scripts, as Python's `\w`. */
const PLACEHOLDER = /\{\{\s*([\p{L}\p{N}_.\-[\]$]+)\s*\}\}/gu;

/** The placeholders of a text in their order, repeated ones as well. */
export function placeholdersIn(text: string): readonly Placeholder[] {
  if (!text.includes("{{")) return [];
  return Array.from(
    text.matchAll(PLACEHOLDER),
    ([found, name = ""]) => ({ text: found, name, kind: kindOf(name) }),
  );
}

/** Replaces placeholders in one pass: what `fill` gives is not looked at again; null leaves the placeholder as it is. */
export function replacePlaceholders(text: string, fill: (placeholder: Placeholder) => string | null): string {
  return text.replace(PLACEHOLDER, (found: string, name: string) => {
    return fill({ text: found, name, kind: kindOf(name) }) ?? found;
  });
}

/** The job variable that a name of kind `job` begins with: `images` of `images.all[1]`. */
export function variableOf(name: string): string {
  return name.split(/[.[]/, 1)[0] ?? name;
}

function kindOf(name: string): PlaceholderKind {
  if (name.startsWith(BLOCK_PREFIX)) return "block";
  if (name.startsWith(VARIABLE_PREFIX)) return "variable";
  return name.startsWith("$") ? "environment" : "job";
}
