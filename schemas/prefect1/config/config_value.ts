/**
 * Single settings out of the layered configuration, in the type that the setting wants.
 *
 * @module
 */

import { type Config, type ConfigEntry, pythonText } from "./config.ts";
import { FailureError } from "../../failure/failure.ts";
import { hasControl, scalarText } from "../../options/scalar_text.ts";
import { shownValue } from "../../options/usage_error.ts";

/**
 * A setting that is always text: a key of digits stays a text (Q-TYPED-ENV).
 *
 * @returns empty when it is not set
 */
export function textSetting(config: Config, name: string): string {
  const entry = config.get(name);
  if (entry === undefined || entry.value.kind === "none") return "";
  if (entry.value.kind === "str") return scalarText(entry.value.value);
  return entry.text ?? pythonText(entry.value);
}

/**
 * The same, for a setting that is sent or printed.
 *
 * @throws {FailureError} `configuration` for control characters inside of it
 */
export function nameSetting(config: Config, name: string): string {
  const text = textSetting(config, name);
  if (!hasControl(text)) return text;
  throw badSetting(config, name, "texts without control characters", text);
}

/**
 * A setting that is a switch: true and false in any case, 1 and 0 (Q-LOGS-TYPE).
 *
 * @throws {FailureError} `configuration`, naming the place and the accepted values
 */
export function switchSetting(config: Config, name: string): boolean {
  const entry = config.get(name);
  const value = entry?.value ?? { kind: "none" as const };
  const word = textSetting(config, name);
  if (value.kind === "bool") return value.value;
  if (value.kind === "none" || (value.kind === "str" && value.value === "")) return false;
  if (value.kind === "int" && /^[01]$/.test(value.digits)) return value.digits === "1";
  throw badSetting(config, name, "true, false, 1 and 0", word);
}

/**
 * A setting that is a number above zero.
 *
 * @throws {FailureError} `configuration`, naming the place and the accepted values
 */
export function numberSetting(config: Config, name: string): number {
  const number = Number(textSetting(config, name).replaceAll("_", "") || "NaN");
  if (Number.isFinite(number) && number > 0) return number;
  throw badSetting(config, name, "numbers above 0", textSetting(config, name));
}

/**
 * A failure about a configured value.
 *
 * @param shown the value, where it is no secret. @default the value is not shown
 */
export function badSetting(config: Config, name: string, accepted: string, shown?: string): FailureError {
  const place = placeOf(name, config.get(name));
  const value = shown === undefined || shown === "" ? "the value" : `the value ${shownValue(shown)}`;
  return new FailureError({
    tag: "configuration",
    field: place,
    message: `Cannot use ${value} of ${place}: accepted are ${accepted}`,
  });
}

/** Where a value stands, for messages: the variable, or file, line and key. */
export function placeOf(name: string, entry: ConfigEntry | undefined): string {
  const origin = entry?.origin ?? { from: "default" as const };
  switch (origin.from) {
    case "variable":
      return origin.name;
    case "file":
      return `${name} in ${origin.path}${origin.line === null ? "" : `, line ${origin.line}`}`;
    case "default":
      return `PREFECT__${name.toUpperCase().replaceAll(".", "__")}`;
  }
}
