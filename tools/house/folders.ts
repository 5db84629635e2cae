/**
 * The rule that a folder can be taken in at a glance.
 *
 * @module
 */

import { dirname } from "node:path/posix";
import type { Breach, SourceFile } from "./breach.ts";

/** Most sources in one folder, those in the folders below it apart. */
export const MOST_SOURCES = 25;

/** Folders that hold more sources. */
export function folderBreaches(files: readonly SourceFile[]): readonly Breach[] {
  const folders = Map.groupBy(files, ({ path }) => dirname(path));
  return [...folders].filter(([, inside]) => inside.length > MOST_SOURCES).map(([path, inside]) => ({
    rule: "folders",
    path,
    line: null,
    what: `${inside.length} sources in one folder, at most ${MOST_SOURCES}: split it by subject`,
  }));
}
