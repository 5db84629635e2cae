/**
 * The rule that every export says what it is.
 *
 * @module
 */

import type { Breach, SourceFile } from "./breach.ts";

const EXPORT = /^export (?:async )?(?:abstract )?(?:function\*?|const|class|interface|type|enum) (\w+)/;

/** Exports without a comment `/** … *\/` in front of them; tests need none. */
export function docBreaches(files: readonly SourceFile[]): readonly Breach[] {
  return files.filter(({ path }) => !path.startsWith("tests/")).flatMap(({ path, text }) => {
    const lines = text.split("\n");
    return lines.flatMap((line, i): readonly Breach[] => {
      const name = EXPORT.exec(line)?.[1];
      if (name === undefined || isDocumented(lines, i)) return [];
      return [{ rule: "docs", path, line: i + 1, what: `export ${name} has no doc comment` }];
    });
  });
}

function isDocumented(lines: readonly string[], at: number): boolean {
  const before = lines.slice(0, at).findLast((line) => !line.trim().startsWith("// deno-lint-ignore"));
  return before?.trim().endsWith("*/") ?? false;
}
