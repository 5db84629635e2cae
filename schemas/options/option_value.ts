/**
 * Checks of single option values, before any flavour looks at them.
 *
 * @module
 */

import type { OptionSpec } from "./option.ts";
import { shownValue, usageError } from "./usage.ts";

/** Whole numbers as Python's `int()` reads them from a command line. */
const INTEGER = /^\s*[+-]?\d+(_\d+)*\s*$/;

const NUMBER = /^\s*\d+(\.\d+)?\s*$/;

/**
 * A value in the form its option wants: choices in their canonical spelling, all else unchanged.
 *
 * @throws {FailureError} `usage`, naming the option and the accepted values
 */
export function checkedValue(spec: OptionSpec, value: string): string {
  switch (spec.type) {
    case "integer":
      return matching(spec, value, INTEGER, "a whole number");
    case "number":
      return matching(spec, value, NUMBER, "a number of 0 or more");
    case "choice":
      return chosen(spec, value);
    default:
      return value;
  }
}

function matching(spec: OptionSpec, value: string, form: RegExp, accepted: string): string {
  if (form.test(value)) return value;
  throw usageError(`Invalid value for '--${spec.name}': ${shownValue(value)} is not ${accepted}`);
}

function chosen(spec: OptionSpec, value: string): string {
  const choices = spec.choices ?? [];
  const found = choices.find((choice) => choice.toLowerCase() === value.toLowerCase());
  if (found !== undefined) return found;
  const list = choices.map((choice) => `'${choice}'`).join(", ");
  throw usageError(
    `Invalid value for '--${spec.name}': ${shownValue(value)} is not one of ${list} (in any case)`,
  );
}
