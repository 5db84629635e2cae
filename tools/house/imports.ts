/**
 * The rule of who may import whom, by room; types count.
 *
 * @module
 */

import { dirname, join, normalize } from "node:path/posix";
import type { Breach, SourceFile } from "./breach.ts";
import { type Import, importsOf, lineAt } from "./code.ts";
import { isWithin, type Room, roomOf, ROOMS } from "./rooms.ts";

/** Imports that the table of rooms does not allow, and files that are in no room. */
export function importBreaches(
  files: readonly SourceFile[],
  rooms: readonly Room[] = ROOMS,
): readonly Breach[] {
  return files.flatMap(({ path, text }) => {
    const breach = (line: number | null, what: string): Breach => ({ rule: "imports", path, line, what });
    const room = roomOf(path, rooms);
    if (room === undefined) return [breach(null, "its folder is no room: add a row to tools/house/rooms.ts")];
    return importsOf(text).flatMap((imported) => {
      const what = fault(imported, { path, room, rooms });
      return what === null ? [] : [breach(lineAt(text, imported.at), what)];
    });
  });
}

interface Place {
  readonly path: string;
  readonly room: Room;
  readonly rooms: readonly Room[];
}

function fault({ to, dynamic }: Import, { path, room, rooms }: Place): string | null {
  if (!to.startsWith(".")) {
    return room.never?.test(to) === true ? `${room.path} must not import the package ${to}` : null;
  }
  const target = normalize(join(dirname(path), to));
  if (roomOf(target, rooms) === room) return null;
  const covers = (allowed: string): boolean => isWithin(target, allowed);
  if (room.may.some(covers) || (dynamic && (room.mayLoad ?? []).some(covers))) return null;
  return `${room.path} must not import ${target}`;
}
