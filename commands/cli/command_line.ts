/**
 * Reads the command line: `ecs start`, `fargate start`, the old spelling `start fargate`, and the subcommands that the
 * originals never had.
 *
 * @module
 */

import { Command as Parser, CommanderError } from "commander";
import { usageError } from "../../schemas/options/usage_error.ts";
import { AGENT_VERSION } from "../../schemas/observability/version.ts";
import type { Command, FlavourHelp } from "./command.ts";
import { FLAVOUR_ROWS } from "./flavour_rows.ts";
import { withAgentFirst } from "./old_spelling.ts";
import { withoutOriginalWords } from "./original_words.ts";
import { withTwoDashes } from "./pairs.ts";
import { refuseInOurWords } from "./refusals.ts";
import { refuseMistyped } from "./spelling.ts";
import { teach } from "./subcommand.ts";
import { GROUPS, SUBCOMMANDS } from "./subcommands.ts";

/** Columns of the usage text. */
const HELP_WIDTH = 110;

/** What parsing gives. */
interface Reading {
  command: Command | undefined;
  help: string;
}

/**
 * Understands a command line. Options cannot be abbreviated; of a repeated single option the last wins.
 *
 * @param argv the words after the program's name
 * @throws {FailureError} `usage` (exit code 2), naming the option and the accepted values; `configuration` (exit code 1)
 * where the originals start and then fail
 */
export function parseCommandLine(argv: readonly string[]): Command {
  const reading: Reading = { command: undefined, help: "" };
  const words = normalised(argv);
  try {
    programOf(reading).parse([...words], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError) || error.exitCode !== 0) throw error;
    return { kind: "help", text: reading.help, asked: askedHelp(words) };
  }
  if (reading.command === undefined) throw usageError("Missing command: see --help");
  return reading.command;
}

/** The flavour whose start command is asked for its usage. */
function askedHelp(words: readonly string[]): FlavourHelp | null {
  const rows = FLAVOUR_ROWS.find(({ name }) => words[0] === name && words[1] === "start");
  return rows === undefined ? null : { flavour: rows.name, words: words.slice(2) };
}

/** Spellings that mean the same: `prefect agent`, `start ecs`, `explain ecs start`, `--inspect` alone, `-cluster=x`. */
function normalised(argv: readonly string[]): readonly string[] {
  const words = withDashes(withoutStart(withAgentFirst(withoutOriginalWords(argv))));
  const subcommand = SUBCOMMANDS.find(({ path }) => path.every((word, index) => words[index] === word));
  if (subcommand !== undefined) {
    const { path, options, pairs = null } = subcommand;
    refuseMistyped(words.slice(path.length), { options, pairs, where: path.join(" ") });
  }
  return withBareValues(words);
}

function withDashes(words: readonly string[]): readonly string[] {
  const pairs = FLAVOUR_ROWS.find(({ name, pairs }) => pairs !== null && words.slice(0, 2).includes(name));
  if (pairs === undefined) return words;
  const known = [...pairs.options, ...pairs.pairs ?? []];
  return withTwoDashes(words, new Set(known.map((row) => row.name)));
}

/** `explain` may be put before a whole start command. */
function withoutStart(argv: readonly string[]): readonly string[] {
  const [first, second = "", third, ...rest] = argv;
  return first === "explain" && third === "start" ? [first, second, ...rest] : argv;
}

/** Options that need no value: the next word belongs to them only where it is one of their choices. */
function withBareValues(words: readonly string[]): readonly string[] {
  const options = SUBCOMMANDS.flatMap((subcommand) => subcommand.options);
  return words.flatMap((word, at) => {
    const row = options.find(({ name, bare }) => bare !== undefined && word === `--${name}`);
    const before = options.find(({ name, bare, choices }) =>
      bare !== undefined && choices !== undefined && words[at - 1] === `--${name}`
    );
    if (before?.choices?.includes(word) === true) return [];
    if (row?.bare === undefined) return [word];
    const next = words[at + 1] ?? "";
    return [`${word}=${row.choices?.includes(next) === true ? next : row.bare}`];
  });
}

function programOf(reading: Reading): Parser {
  const program = prepared(new Parser("prefect-ecs-agent"), reading)
    .description("Runs Prefect flow runs on Amazon ECS, on Fargate or EC2, and on Kubernetes")
    .version(AGENT_VERSION, "-V, --version", "Print the version")
    .helpOption("-h, --help", "Print this text")
    .helpCommand("help [command]", "Print the text of a command");
  for (const subcommand of SUBCOMMANDS) {
    const [first, second] = subcommand.path;
    const parent = second === undefined ? program : groupOf(program, first);
    teach(parent.command(second ?? first), subcommand, (command) => void (reading.command = command));
  }
  refuseInOurWords(program);
  return program;
}

function groupOf(program: Parser, name: string): Parser {
  return program.commands.find((command) => command.name() === name) ??
    program.command(name).description(GROUPS[name] ?? "");
}

/** Nothing is written and nothing exits from inside the parser. */
function prepared(parser: Parser, reading: Reading): Parser {
  return parser.configureOutput({
    writeOut: (text) => void (reading.help += text),
    writeErr: () => undefined,
    outputError: () => undefined,
    getOutHelpWidth: () => HELP_WIDTH,
    getErrHelpWidth: () => HELP_WIDTH,
    getOutHasColors: () => false,
    getErrHasColors: () => false,
  });
}
