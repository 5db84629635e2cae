/**
 * Rewrites commander's refusals into this program's own messages.
 *
 * @module
 */

import type { Command as Parser, CommanderError } from "commander";
import type { FailureError } from "../../schemas/failure/failure.ts";
import { nearName, sameName } from "../../schemas/options/near_name.ts";
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
      return unknownOption({ option: shown(quoted), where, parser });
    case "commander.optionMissingArgument":
      return usageError(
        `Missing value after option ${quoted} of \`${where}\`: nothing follows it; is a shell variable empty?`,
      );
    case "commander.missingArgument":
      return usageError(`Missing ${quoted} after \`${where}\`: ${takenWords(parser)}`);
    case "commander.unknownCommand":
      return usageError(`Unknown command ${shown(quoted)}: ${guessed(quoted, commandsOf(parser))}`);
    case "commander.help":
      return usageError(`Missing command after \`${where}\`: accepted are ${commandsOf(parser).join(", ")}`);
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
function unknownOption({ option, where, parser }: UnknownOption): FailureError {
  const options = optionsOf(parser);
  if (options.includes(option)) return flagWithValue(option);
  return usageError(`Unknown option ${option} of \`${where}\`: ${meant(option, options, where)}`);
}

/** One guess at what was meant; without one, where the options are listed. */
function meant(option: string, options: readonly string[], where: string): string {
  const near = nearName(option, options);
  return near === null ? `see \`${where} --help\`` : `did you mean ${near}?`;
}

function optionsOf(parser: Parser): readonly string[] {
  return parser.createHelp().visibleOptions(parser).map(({ long, flags }) => long ?? flags);
}

function commandsOf(parser: Parser): readonly string[] {
  return parser.commands.map((command) => command.name());
}

/** @throws {FailureError} `usage` for the first word that a command does not take */
export function refuseExtraWords(parser: Parser, where: string): void {
  const word = parser.args[parser.registeredArguments.length];
  if (word === undefined) return;
  const same = sameName(word.split("=")[0] ?? "", optionsOf(parser));
  const hint = same === null ? takenWords(parser) : `did you mean ${same}?`;
  throw usageError(`Unexpected word ${shown(word)} after \`${where}\`: ${hint}`);
}

function takenWords(parser: Parser): string {
  if (parser.registeredArguments.length === 0) return "it takes options only";
  const words = parser.registeredArguments.map((word) =>
    word.required ? `<${word.name()}>` : `[${word.name()}]`
  );
  return `it takes ${words.join(" ")}`;
}

/** What was meant; where nothing is alike, the list, which is short for commands. */
function guessed(word: string, names: readonly string[]): string {
  const near = nearName(word, names);
  return near === null ? `accepted are ${names.join(", ")}` : `did you mean ${near}?`;
}
