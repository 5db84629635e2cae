/**
 * Explained fields in print.
 *
 * @module
 */

import type { ExplainedField, ExplainedSource } from "./explained_fields.ts";

/** Longest path and longest value that others are aligned to, in characters. */
const WIDEST = { path: 96, value: 48 } as const;

/** Where a field came from, in words. */
export function sourceText({ from, name }: ExplainedSource): string {
  return name === "" ? from : `${from}: ${name}`;
}

/** A request: its name, and a line for each field. */
export function requestLines(
  { operation, fields }: { readonly operation: string; readonly fields: readonly ExplainedField[] },
): readonly string[] {
  const rows = fields.map((field) => [field.path, valueText(field), sourceText(field.source)] as const);
  const paths = width(rows.map(([path]) => path), WIDEST.path);
  const values = width(rows.map(([, value]) => value), WIDEST.value);
  return [
    "",
    operation,
    ...rows.map(([path, value, source]) => `  ${path.padEnd(paths)}  ${value.padEnd(values)}  ${source}`),
  ];
}

/** Text stands without quotes unless it is empty or could disturb a terminal. */
function valueText({ value }: ExplainedField): string {
  const isPlain = typeof value === "string" && value !== "" && !/[\p{Cc}\p{Cf}]/u.test(value);
  return isPlain ? value : JSON.stringify(value);
}

function width(texts: readonly string[], widest: number): number {
  return Math.max(0, ...texts.map(({ length }) => length).filter((length) => length <= widest));
}

/** A title and its items; nothing where there are none. */
export function listed(title: string, items: readonly string[]): readonly string[] {
  return items.length === 0 ? [] : ["", title, ...items.map((item) => `  ${item}`)];
}
