/**
 * Messages about a wrong command line: they name the option and what is accepted, never a value that may be secret.
 *
 * @module
 */

import type { CommanderError } from "commander";
import { FailureError } from "../failure/failure.ts";

/** Longest word that is shown in a message: keys and tokens are longer. */
const SHOWN_LENGTH = 20;

/** A failure with exit code 2. */
export function usageError(message: string): FailureError {
  return new FailureError({ tag: "usage", message });
}

/** A word of the command line as a message may show it: options without their value, long words not at all. */
export function shown(word: string): string {
  if (word.startsWith("--")) return word.split("=")[0] ?? word;
  if (word.startsWith("-")) return word.slice(0, 2);
  const key = word.split("=")[0] ?? word;
  return key.length > SHOWN_LENGTH ? `a word of ${word.length} characters` : `'${key}'`;
}

/** A value of an option that takes no secrets, as a message may show it: the next word may have slipped into its place. */
export function shownValue(value: string): string {
  return value.length <= SHOWN_LENGTH && !/=|^-\D/.test(value) ? `'${value}'` : shown(value);
}

/** A flag was given a value. */
export function flagWithValue(option: string): FailureError {
  return usageError(`Option ${option} does not take a value`);
}

/**
 * What commander refused, in our words.
 *
 * @param where the subcommand, such as `ecs start`
 * @param accepted what may stand there: options or subcommands
 */
export function fromCommander(error: CommanderError, where: string, accepted: string): FailureError {
  const quoted = /'([^']*)/.exec(error.message)?.[1] ?? "";
  const guess = /Did you mean (?:one of )?([^?)]*)\?/i.exec(error.message)?.[1];
  const hint = guess === undefined ? "" : `did you mean ${guess}? `;
  switch (error.code) {
    case "commander.unknownOption":
      if (accepted.split(", ").includes(shown(quoted))) return flagWithValue(shown(quoted));
      return usageError(`Unknown option ${shown(quoted)} of \`${where}\`: ${hint}Accepted are ${accepted}`);
    case "commander.optionMissingArgument":
      return usageError(`Missing value after option ${quoted} of \`${where}\``);
    case "commander.missingArgument":
      return usageError(`Missing ${quoted} after \`${where}\``);
    case "commander.unknownCommand":
      return usageError(`Unknown command ${shown(quoted)}: ${hint}Accepted are ${accepted}`);
    case "commander.help":
      return usageError(`Missing command after \`${where}\`: accepted are ${accepted}`);
    default:
      return usageError(`Cannot read the command line of \`${where}\`: accepted are ${accepted}`);
  }
}
