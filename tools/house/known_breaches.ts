/**
 * Breaches that the gate knows and still lets pass, counted for each rule and file. The list can only shrink: a file with
 * more breaches than listed fails the gate, and so does one with fewer, until its line says so.
 *
 * @module
 */

import { type Breach, breachText, type RuleName } from "./breach.ts";

/** One line of the list: rule, path and count, parted by tabs. */
export interface KnownBreaches {
  readonly rule: string;
  readonly path: string;
  readonly count: number;
}

/** Reads the list; lines that begin with `#` and empty ones say nothing. @throws {SyntaxError} for any other line */
export function readKnownBreaches(text: string): readonly KnownBreaches[] {
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#")).map((line) => {
    const [rule = "", path = "", count = ""] = line.split("\t");
    if (!/^[1-9]\d*$/.test(count)) throw new SyntaxError(`Cannot read the line of known breaches: ${line}`);
    return { rule, path, count: Number(count) };
  });
}

/** What the gate complains about: breaches that are not listed, and listed ones that have gone. */
export function complaints(
  found: readonly Breach[],
  known: readonly KnownBreaches[],
): readonly string[] {
  const groups = grouped(found);
  const listed = new Map(known.map((line) => [keyOf(line), line.count]));
  const fresh = [...groups].flatMap(([key, breaches]) => {
    const count = listed.get(key) ?? 0;
    if (breaches.length <= count) return [];
    const texts = breaches.map(breachText);
    return count === 0 ? texts : [...texts, `  of these ${breaches.length}, ${count} are known`];
  });
  const gone = known.flatMap((line) => {
    const count = groups.get(keyOf(line))?.length ?? 0;
    return count >= line.count
      ? []
      : [`${line.path}: ${line.count - count} known breach(es) of "${line.rule}" have gone`];
  });
  return gone.length === 0 ? fresh : [...fresh, ...gone, "  lower the counts: deno task house:shrink"];
}

/** The list with every count lowered to what is there; lines without a breach go. Counts never rise. */
export function shrunk(found: readonly Breach[], text: string): string {
  const groups = grouped(found);
  return text.split("\n").flatMap((line) => {
    const [known] = readKnownBreaches(line);
    if (known === undefined) return [line];
    const count = Math.min(known.count, groups.get(keyOf(known))?.length ?? 0);
    return count === 0 ? [] : [[known.rule, known.path, count].join("\t")];
  }).join("\n");
}

function grouped(found: readonly Breach[]): ReadonlyMap<string, readonly Breach[]> {
  return Map.groupBy(found, keyOf);
}

function keyOf({ rule, path }: { readonly rule: RuleName | string; readonly path: string }): string {
  return `${rule}\t${path}`;
}
