/**
 * The rule that time and chance come in through a port: a test, or the simulation, that provides a `Clock` and a `Random`
 * then drives everything.
 *
 * @module
 */

import type { Breach, SourceFile } from "./breach.ts";
import { codeOf, importsOf, lineAt } from "./code.ts";
import { isWithin } from "./rooms.ts";

/** Where the clock of the machine may be read: the one place that makes it, the page, and programs for developers. */
const MAY_READ_TIME = ["actors/time", "inspector/page", "bench", "tools", "tests"];

/** Where `Math.random` may be named: the place that gives it to everything else, and programs for developers. */
const MAY_ROLL_DICE = ["commands/wiring", "bench", "tools", "tests"];

/** A key of an object or a member of another object (`clock.setTimeout`) is no timer of the runtime; a type is none. */
const TIMER = /(?:(?<![.\w])(?<!typeof )|\bglobalThis\.)(?:setTimeout|setInterval|setImmediate)\b(?!\s*:)/g;
const CLOCK =
  /\bDate\.now\b|\bperformance\.(?:now|timeOrigin)\b|\bnew Date(?:\(\s*\)|(?!\s*\())|(?<!new )(?<![.\w])Date\(|\bAbortSignal\.timeout\b|\bTemporal\.Now\b/g;
const CHANCE = /\bMath\.random\b/g;

/** Readings of the clock, timers and random numbers outside the rooms that provide them. */
export function clockBreaches(files: readonly SourceFile[]): readonly Breach[] {
  return files.flatMap((file) => {
    const patterns = [
      ...(isIn(file.path, MAY_READ_TIME) ? [] : [TIMER, CLOCK]),
      ...(isIn(file.path, MAY_ROLL_DICE) ? [] : [CHANCE]),
    ];
    const code = codeOf(file.text);
    const found = patterns.flatMap((pattern) =>
      [...code.matchAll(pattern)].map((m) => breach(file, m.index, m[0]))
    );
    const imported = isIn(file.path, MAY_READ_TIME) ? [] : importsOf(file.text)
      .filter(({ to }) => /^node:(timers|perf_hooks)/.test(to));
    return [...found, ...imported.map(({ at, to }) => breach(file, at, to))];
  });
}

function isIn(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => isWithin(path, folder));
}

function breach({ path, text }: SourceFile, at: number, name: string): Breach {
  const what = `${name} is read here: take a Clock or a Random from the caller, or wait with actors/time`;
  return { rule: "clocks", path, line: lineAt(text, at), what };
}
