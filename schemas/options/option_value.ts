/**
 * Single option values: checks the form that their option takes, and picks them out.
 *
 * @module
 */

import type { OptionRow, OptionValues } from "./option.ts";
import type { FailureError } from "../failure/failure.ts";
import { hasControl, scalarText } from "./scalar_text.ts";
import { shownValue, usageError } from "./usage_error.ts";

/** Whole numbers as Python's `int()` reads them from a command line. */
const INTEGER = /^\s*[+-]?\d+(_\d+)*\s*$/;

const NUMBER = /^\s*\d+(\.\d+)?\s*$/;

/** Rows whose value is never shown: later checks refuse what a header cannot hold. */
const SECRET_ROWS: ReadonlySet<string> = new Set(["key", "token"]);

/**
 * A value in the form its option wants: without white space around it, choices in their canonical spelling.
 *
 * @throws {FailureError} `usage`, naming the option and the accepted values
 */
export function checkedValue(row: OptionRow, given: string): string {
  const value = scalarText(given);
  if (hasControl(value) && !SECRET_ROWS.has(row.name)) {
    throw invalidValue(row, value, "text without control characters");
  }
  switch (row.type) {
    case "integer":
      return matching(row, value, INTEGER, "a whole number");
    case "number":
      return matching(row, value, NUMBER, "a number of 0 or more");
    case "port":
      if (isPort(value)) return value;
      throw invalidValue(row, value, `a port from 0 to ${HIGHEST_PORT}`);
    case "choice":
      return chosen(row, value);
    default:
      return value;
  }
}

function matching(row: OptionRow, value: string, form: RegExp, accepted: string): string {
  if (form.test(value)) return value;
  throw invalidValue(row, value, accepted);
}

function invalidValue(row: OptionRow, value: string, accepted: string): FailureError {
  return usageError(`Invalid value for '--${row.name}': ${shownValue(value)} is not ${accepted}`);
}

function chosen(row: OptionRow, value: string): string {
  const choices = row.choices ?? [];
  const found = choices.find((choice) => choice.toLowerCase() === value.toLowerCase());
  if (found !== undefined) return found;
  const list = choices.map((choice) => `'${choice}'`).join(", ");
  throw invalidValue(row, value, `one of ${list} (in any case)`);
}

/** The highest TCP port. */
export const HIGHEST_PORT = 65_535;

/** Whether a text is a port from 0 to {@link HIGHEST_PORT}. */
export function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) <= HIGHEST_PORT;
}

/** The value of an option; null when it was not given or is empty. */
export function textOf(values: OptionValues, name: string): string | null {
  const value = values[name];
  return typeof value === "string" && value !== "" ? value : null;
}

/** The values of a repeatable option, none when it was not given. */
export function listOf(values: OptionValues, name: string): readonly string[] {
  const value = values[name];
  return typeof value === "object" ? value : [];
}

/** The path that an option names, as it was typed; null: not given. @throws {FailureError} `usage` for an empty path */
export function pathOf(values: OptionValues, name: string): string | null {
  if (values[name] !== "") return textOf(values, name);
  throw usageError(`Invalid value for '--${name}': the path is empty; is a shell variable unset?`);
}
