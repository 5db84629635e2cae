/**
 * Rewrites commander's refusals into this program's own messages.
 *
 * @module
 */

import type { Command as Parser, CommanderError } from "commander";
import type { FailureError } from "../../schemas/failure/failure.ts";
import { shown, usageError } from "../../schemas/options/usage_error.ts";

/** A flag was given a value. */
export function flagWithValue(option: string): FailureError {
  return usageError(`Option ${option} does not take a value`);
}

/** Makes a command and all below it refuse with our messages; help and version texts pass unchanged. */
export function refuseInOurWords(parser: Parser, where = ""): void {
  parser.exitOverride((error) => {
    if (error.exitCode === 0) throw error;
    throw refusal(error, where === "" ? parser.name() : where, parser);
  });
  for (const command of parser.commands) refuseInOurWords(command, `${where} ${command.name()}`.trim());
}

function refusal(error: CommanderError, where: string, parser: Parser): FailureError {
  const quoted = /'([^']*)/.exec(error.message)?.[1] ?? "";
  switch (error.code) {
    case "commander.unknownOption":
      return unknownOption(error, { option: shown(quoted), where, parser });
    case "commander.optionMissingArgument":
      return usageError(`Missing value after option ${quoted} of \`${where}\``);
    case "commander.missingArgument":
      return usageError(`Missing ${quoted} after \`${where}\`: ${takenWords(parser)}`);
    case "commander.excessArguments":
      return extraWord(where, parser);
    case "commander.unknownCommand":
      return usageError(`Unknown command ${shown(quoted)}: ${accepted(error, commandsOf(parser))}`);
    case "commander.help":
      return usageError(`Missing command after \`${where}\`: ${accepted(error, commandsOf(parser))}`);
    default:
      return usageError(`Cannot read the command line of \`${where}\`: see \`${where} --help\``);
  }
}

interface UnknownOption {
  readonly option: string;
  readonly where: string;
  readonly parser: Parser;
}

/** Commander knows no option `--trace=x` either, where `--trace` takes no value. */
function unknownOption(error: CommanderError, { option, where, parser }: UnknownOption): FailureError {
  const options = parser.createHelp().visibleOptions(parser).map(({ long, flags }) => long ?? flags);
  if (options.includes(option)) return flagWithValue(option);
  return usageError(`Unknown option ${option} of \`${where}\`: ${accepted(error, options)}`);
}

function commandsOf(parser: Parser): readonly string[] {
  return parser.commands.map((command) => command.name());
}

function extraWord(where: string, parser: Parser): FailureError {
  const word = shown(parser.args[parser.registeredArguments.length] ?? "");
  return usageError(`Unexpected word ${word} after \`${where}\`: ${takenWords(parser)}`);
}

function takenWords(parser: Parser): string {
  if (parser.registeredArguments.length === 0) return "it takes options only";
  const words = parser.registeredArguments.map((word) =>
    word.required ? `<${word.name()}>` : `[${word.name()}]`
  );
  return `it takes ${words.join(" ")}`;
}

/** What is accepted, after commander's guess at what was meant. */
function accepted({ message }: CommanderError, names: readonly string[]): string {
  const guess = /Did you mean (?:one of )?([^?)]*)\?/i.exec(message)?.[1];
  const list = `ccepted are ${names.join(", ")}`;
  return guess === undefined ? `a${list}` : `did you mean ${guess}? A${list}`;
}
