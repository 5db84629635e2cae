/**
 * The rule that one place writes to the terminal: what it writes is made fit to print there, and nowhere else can that be
 * forgotten.
 *
 * @module
 */

import type { Breach, SourceFile } from "./breach.ts";
import { codeOf, lineAt } from "./code.ts";
import { isWithin } from "./rooms.ts";

/** The one place, and programs for developers. */
const MAY_WRITE = ["actors/output", "tools", "tests"];

const WRITES =
  /\bDeno\s*\.\s*(?:stdout|stderr)\b(?!\s*\.\s*isTerminal\b)|(?<![.\w])(?:globalThis\s*\.\s*)?console\s*\.|\bnode:process\b/g;

/** Writers to the terminal outside of the room that provides one. */
export function outputBreaches(files: readonly SourceFile[]): readonly Breach[] {
  return files.filter(({ path }) => !MAY_WRITE.some((room) => isWithin(path, room))).flatMap((
    { path, text },
  ) =>
    [...codeOf(text).matchAll(WRITES)].map((found): Breach => {
      const what = `${found[0]} is used here: write through the Io of the command, or actors/output`;
      return { rule: "output", path, line: lineAt(text, found.index), what };
    })
  );
}
