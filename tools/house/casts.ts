/**
 * The rule that types are asserted at the boundary only: `as` belongs into schemas and tests; `as const` is fine anywhere.
 *
 * @module
 */

import type { Breach, SourceFile } from "./breach.ts";
import { codeOf } from "./code.ts";

const BOUNDARY = /^(schemas|tests|tools|bench|examples)\//;

/** Behind a value: a type, a literal type or a parenthesis. */
const CAST = /[\w)\]}"'`>] as (?!const\b)["'`A-Z{[(a-z]/;

/** An import or a re-export, or one line of a longer one. */
const RENAMES = /^\s*(import\b|export (type )?[{*]|(type )?[\w$]+ as [\w$]+,?$)/;

/** Casts outside the boundary. */
export function castBreaches(files: readonly SourceFile[]): readonly Breach[] {
  return files.filter(({ path }) => !BOUNDARY.test(path)).flatMap(({ path, text }) =>
    codeOf(text).split("\n").flatMap((line, i): readonly Breach[] => {
      if (RENAMES.test(line) || !CAST.test(line)) return [];
      return [{ rule: "casts", path, line: i + 1, what: `cast outside schemas: ${line.trim()}` }];
    })
  );
}
