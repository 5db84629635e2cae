/**
 * TOML files as a flat list of entries, each with the line it stands on.
 *
 * @module
 */

import { parse, TomlDate, TomlError } from "smol-toml";
import { FailureError } from "../failure/failure.ts";
import type { PyValue } from "../python/value.ts";

/** One value of a TOML file. */
export interface TomlEntry {
  /** Sections and key, outermost first. */
  readonly path: readonly string[];
  readonly value: PyValue;
  /** Counting from 1, null where it was not found (inline tables). */
  readonly line: number | null;
}

/**
 * Reads a TOML file.
 *
 * @param path named in messages
 * @throws {FailureError} `configuration`, naming file, line and column, never what stands there
 */
export function readToml(text: string, path: string): readonly TomlEntry[] {
  return flat(parsed(text, path), []).map(([keys, value]) => ({
    path: keys,
    value,
    line: lineOf(text, keys),
  }));
}

function parsed(text: string, path: string): unknown {
  try {
    return parse(text, { integersAsBigInt: "asNeeded", unsafeKeyBehaviour: "drop" });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // Only the first line: what follows quotes the file, which may hold keys.
    const reason = error.message.split("\n")[0]?.replace(/^Invalid TOML document: /, "") ?? "";
    throw new FailureError({
      tag: "configuration",
      field: path,
      message: `Cannot read ${path}, line ${error.line}, column ${error.column}: ${reason}; expected TOML`,
    });
  }
}

function flat(value: unknown, path: readonly string[]): (readonly [readonly string[], PyValue])[] {
  if (!isTable(value)) return [[path, valueOf(value)]];
  return Object.entries(value).flatMap(([key, member]) => flat(member, [...path, key]));
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function valueOf(value: unknown): PyValue {
  if (typeof value === "string") return { kind: "str", value };
  if (typeof value === "boolean") return { kind: "bool", value };
  if (typeof value === "bigint") return { kind: "int", digits: String(value) };
  if (typeof value === "number") return numberOf(value);
  if (Array.isArray(value)) return { kind: "list", items: value.map(valueOf) };
  if (value instanceof TomlDate) return { kind: "datetime", iso: value.toISOString() };
  if (!isTable(value)) return { kind: "none" };
  const entries = Object.entries(value).map(([key, member]) =>
    [{ kind: "str", value: key }, valueOf(member)] as const
  );
  return { kind: "dict", entries };
}

function numberOf(value: number): PyValue {
  return Number.isSafeInteger(value) ? { kind: "int", digits: String(value) } : { kind: "float", value };
}

/** Good enough for a message: plain `[section]` headers and `key =` lines. */
function lineOf(text: string, path: readonly string[]): number | null {
  const wanted = path.join(".");
  let section = "";
  for (const [index, line] of text.split("\n").entries()) {
    section = /^\s*\[([^[\]]+)\]/.exec(line)?.[1] ?? section;
    const key = /^\s*([\w."'-]+)\s*=/.exec(line)?.[1];
    if (key !== undefined && plain(section === "" ? key : `${section}.${key}`) === wanted) return index + 1;
  }
  return null;
}

function plain(key: string): string {
  return key.replace(/["'\s]/g, "");
}
