/**
 * Options that an environment variable may say as well: which of the two counts, and numbers within a range.
 *
 * @module
 */

import { FailureError } from "../failure/failure.ts";
import type { OptionRow, OptionValues } from "./option.ts";
import { textOf } from "./option_value.ts";
import { scalarText } from "./scalar_text.ts";
import { escaped } from "./usage_error.ts";

/** Rows with the variable that says the same: `PREFECT_AGENT_START_DEADLINE` for `start-deadline`. */
export function withVariables(rows: readonly OptionRow[]): readonly OptionRow[] {
  return rows.map((row) => ({
    ...row,
    variable: `PREFECT_AGENT_${row.name.replaceAll("-", "_").toUpperCase()}`,
  }));
}

/** Where the values of options come from. */
export interface OptionSources {
  /** Values that were typed; they count before variables. */
  readonly typed: OptionValues;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Reads options, each from the command line or else from the variable of its row.
 *
 * @param read makes settings of the values; throws what {@link refusedOption} makes
 * @throws {FailureError} `configuration` that names the variable too, where the value came from one
 */
export function readOptions<Settings>(
  rows: readonly OptionRow[],
  { typed, env }: OptionSources,
  read: (values: OptionValues) => Settings,
): Settings {
  try {
    return read({ ...fromVariables(rows, env), ...typed });
  } catch (thrown) {
    throw namingVariable(thrown, rows, typed);
  }
}

/** An empty variable counts as not set. */
function fromVariables(rows: readonly OptionRow[], env: OptionSources["env"]): OptionValues {
  return Object.fromEntries(rows.flatMap((row): [string, string | boolean][] => {
    const value = scalarText(env[row.variable ?? ""] ?? "");
    return value === "" ? [] : [[row.name, valueOf(row, value)]];
  }));
}

function valueOf({ name, type, choices }: OptionRow, given: string): string | boolean {
  const lower = given.toLowerCase();
  if (type === "flag") {
    if (["1", "true", "yes"].includes(lower)) return true;
    if (["0", "false", "no"].includes(lower)) return false;
    throw refusedOption(name, given, "true or false");
  }
  if (choices === undefined) return given;
  if (choices.includes(lower)) return lower;
  throw refusedOption(name, given, choices.join(", "));
}

/** A user who set a variable looks for its name in the message. */
function namingVariable(thrown: unknown, rows: readonly OptionRow[], typed: OptionValues): unknown {
  const failure = thrown instanceof FailureError ? thrown.failure : null;
  if (failure?.tag !== "configuration") return thrown;
  const row = rows.find(({ name }) => `--${name}` === failure.field);
  if (row?.variable === undefined || typed[row.name] !== undefined) return thrown;
  const message = failure.message.replace(failure.field, `${row.variable} (${failure.field})`);
  return new FailureError({ ...failure, message });
}

/** Which numbers an option takes. */
export interface NumberRange {
  readonly least: number;
  /** @default Infinity */
  readonly most?: number;
  /** Value when the option is not given. */
  readonly otherwise: number;
}

/**
 * A number, in the unit of the option; `1_000` is 1000.
 *
 * @throws {FailureError} `configuration` for what is no number within the range
 */
export function numberOption(
  values: OptionValues,
  name: string,
  { least, most = Infinity, otherwise }: NumberRange,
): number {
  const given = textOf(values, name);
  if (given === null) return otherwise;
  const value = Number(given.replaceAll("_", ""));
  if (Number.isFinite(value) && value >= least && value <= most) return value;
  const range = most === Infinity ? `${least} or more` : `from ${least} to ${most}`;
  throw refusedOption(name, given, `a number ${range}`);
}

/** A value that its option does not take. */
export function refusedOption(name: string, given: string, accepted: string): FailureError {
  const message = `Cannot use --${name} '${escaped(given)}': expected ${accepted}`;
  return new FailureError({ tag: "configuration", field: `--${name}`, message });
}
