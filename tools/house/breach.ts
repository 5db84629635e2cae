/**
 * What the gate reports, and what its rules read.
 *
 * @module
 */

/** One source file of the project. */
export interface SourceFile {
  /** Relative to the project, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** The rules by name, as the list of known breaches and the output name them. */
export type RuleName = "casts" | "circles" | "clocks" | "docs" | "folders" | "imports" | "output" | "words";

/** One place where a rule is broken. */
export interface Breach {
  readonly rule: RuleName;
  /** The file; the folder where a rule is about a folder. */
  readonly path: string;
  /** From 1; null where the breach is not in one line. */
  readonly line: number | null;
  /** What is wrong, in one sentence without the place. */
  readonly what: string;
}

/** `path:line: what`, the form that editors turn into a link. */
export function breachText({ path, line, what }: Breach): string {
  return `${path}${line === null ? "" : `:${line}`}: ${what}`;
}
