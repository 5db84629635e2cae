/**
 * Reads the command line: `ecs start`, `fargate start`, the old spelling `start fargate`, and the subcommands that the
 * originals never had.
 *
 * @module
 */

import { Command as Parser, CommanderError } from "commander";
import type { Command, CommandSpecs } from "./command.ts";
import type { Rows, TypedOptions } from "../../schemas/options/typed_options.ts";
import { COMMAND_SPECS } from "./command_rows.ts";
import { addOptions, typedValues } from "./option_parser.ts";
import {
  DEFAULT_INSPECT,
  INSPECT_METAVAR,
  machinesOptionSpecs,
  parseInspectAddress,
} from "../../schemas/options/inspection_options.ts";
import type { OptionSpec } from "../../schemas/options/option.ts";
import {
  commonOptionSpecs,
  explainOptionSpecs,
  foreignOptionSpecs,
  oldSpellingOptionSpecs,
  sandboxOptionSpecs,
} from "./common_options.ts";
import { partPairs, type Spelling } from "./pair_options.ts";
import { readPairs, withTwoDashes } from "./pairs.ts";
import { flagWithValue, fromCommander, shown, usageError } from "../../schemas/options/usage.ts";
import { AGENT_VERSION } from "../../schemas/observability/version.ts";

/** Columns of the usage text. */
const HELP_WIDTH = 110;

/** Where the subcommands leave what they read. */
interface Reading {
  command: Command | undefined;
  help: string;
}

/**
 * Understands a command line. Options cannot be abbreviated; of a repeated single option the last wins.
 *
 * @param argv the words after the program's name
 * @param specs rows of the flavours, those of this program unless given
 * @throws {FailureError} `usage` (exit code 2), naming the option and the accepted values; `configuration` (exit code 1)
 * where the originals start and then fail
 */
export function parseCommandLine(argv: readonly string[], specs: CommandSpecs = COMMAND_SPECS): Command {
  const reading: Reading = { command: undefined, help: "" };
  const program = programOf(specs, reading);
  try {
    program.parse([...normalised(argv, specs)], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError) || error.exitCode !== 0) throw error;
    return { kind: "help", text: reading.help };
  }
  if (reading.command === undefined) throw usageError("Missing command: see --help");
  return reading.command;
}

/** Spellings that mean the same: `start ecs`, `explain ecs start`, `-cluster=x`. */
function normalised(argv: readonly string[], specs: CommandSpecs): readonly string[] {
  const [first, second, third, ...rest] = argv;
  if (first === "start" && second === "ecs") return withBareValues(["ecs", "start", ...argv.slice(2)]);
  const words = withBareValues(
    first === "explain" && third === "start" ? [first, second ?? "", ...rest] : argv,
  );
  if (!words.slice(0, 2).includes("fargate")) return words;
  const known = [...commonOptionSpecs, ...specs.fargate.options, ...(specs.fargate.pairs ?? [])];
  return withTwoDashes(words, new Set(known.map((spec) => spec.name)));
}

/** Options that may stand alone: the next word is never theirs. */
function withBareValues(words: readonly string[]): readonly string[] {
  return words.map((word) => {
    const bare = commonOptionSpecs.find((spec) => word === `--${spec.name}`)?.bare;
    return bare === undefined ? word : `${word}=${bare}`;
  });
}

function programOf(specs: CommandSpecs, reading: Reading): Parser {
  const program = prepared(new Parser("prefect-ecs-agent"), reading)
    .description("Runs Prefect flow runs on Amazon ECS, on Fargate or EC2")
    .version(AGENT_VERSION, "-V, --version", "Print the version");
  addEcs(group(program, "ecs", "The Prefect 0.14 to 1.4 ECS agent"), specs, reading);
  addFargate(group(program, "fargate", "The Prefect 0.x Fargate agent"), specs, reading);
  addOldSpelling(program, specs, reading);
  addTaskEnvironment(
    group(program, "task-environment", "The Fargate Task Environment of Prefect 0.x"),
    specs,
    reading,
  );
  addExplain(
    group(program, "explain", "Show the two ECS requests of a flow run, send nothing"),
    specs,
    reading,
  );
  addPlain(program, reading);
  refuseInOurWords(program, "");
  return program;
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

function group(program: Parser, name: string, description: string): Parser {
  return program.command(name).description(description);
}

function addEcs(parent: Parser, specs: CommandSpecs, reading: Reading): void {
  const leaf = parent.command("start").description("Start the agent");
  takeRows(leaf, withCommon(specs.ecs), (typed) => {
    reading.command = { kind: "start", flavour: "ecs", ...typed };
  });
}

function addFargate(parent: Parser, specs: CommandSpecs, reading: Reading): void {
  const rows = withCommon(specs.fargate);
  takeRows(parent.command("start").description("Start the agent"), rows, (typed) => {
    reading.command = { kind: "start", flavour: "fargate", ...typed };
  });
  const validate = parent.command("validate").description("Register and run a small task with these options");
  takeRows(validate, rows, (typed) => {
    reading.command = { kind: "validate", flavour: "fargate", ...typed };
  });
}

function addTaskEnvironment(parent: Parser, specs: CommandSpecs, reading: Reading): void {
  const steps = [
    ["setup", "Register the task definition, or compare it with the one there is"],
    ["execute", "Run a task of it"],
  ] as const;
  for (const [step, description] of steps) {
    takeRows(parent.command(step).description(description), specs.taskEnvironment, (typed) => {
      reading.command = { kind: "taskEnvironment", step, ...typed };
    });
  }
}

function addExplain(parent: Parser, specs: CommandSpecs, reading: Reading): void {
  for (const flavour of ["ecs", "fargate"] as const) {
    const rows = withCommon(specs[flavour]);
    const leaf = parent.command(flavour).description(`Takes what ${flavour} start takes, and a flow run`);
    takeRows(leaf, { ...rows, options: [...rows.options, ...explainOptionSpecs] }, (typed) => {
      reading.command = { kind: "explain", flavour, ...typed };
    });
  }
}

function addPlain(program: Parser, reading: Reading): void {
  takeRows(
    group(program, "sandbox", "Serve a Prefect 1 API and a local ECS for trying things out"),
    { options: sandboxOptionSpecs, pairs: null },
    ({ values }) => void (reading.command = { kind: "sandbox", values }),
  );
  const none: Rows = { options: [], pairs: null };
  takeRows(
    group(program, "demo", "Show some flow runs going through, with no account"),
    none,
    ({ values }) => void (reading.command = { kind: "demo", values }),
  );
  takeRows(
    group(program, "machines", "Print the state charts as Mermaid, JSON and SVG"),
    { options: machinesOptionSpecs, pairs: null },
    ({ values }) => void (reading.command = { kind: "machines", values }),
  );
  addRecordings(program, reading);
}

/** Subcommands that take a recording. */
function addRecordings(program: Parser, reading: Reading): void {
  const inspect = group(program, "inspect", "Open the inspector's page on a recording");
  inspect.argument("<file>", "recording, as --record FILE wrote it").option(
    `--listen <${INSPECT_METAVAR}>`,
    "where to serve it",
    DEFAULT_INSPECT,
  ).action((file: string, { listen }: { listen: string }) => {
    reading.command = { kind: "inspect", file, address: parseInspectAddress(listen) };
  });
  const trace = group(program, "trace", "Print what happened to a run");
  trace.argument("<run>", "id of the run, or how it begins, or its name").argument("[file]", "recording")
    .action((run: string, file?: string) => {
      reading.command = { kind: "trace", run, file: file ?? null };
    });
  const replay = group(program, "replay", "Drive today's machines through a recording");
  replay.argument("<file>", "recording").argument("[run]", "id of one run, all unless given")
    .action((file: string, run?: string) => {
      reading.command = { kind: "replay", file, run: run ?? null };
    });
}

function withCommon(rows: Rows): Rows {
  return { ...rows, options: [...commonOptionSpecs, ...rows.options] };
}

/** Makes a subcommand read its options and, where it takes them, its pairs. */
function takeRows(leaf: Parser, rows: Rows, done: (typed: TypedOptions) => void): void {
  addOptions(leaf, rows.options);
  const { pairs } = rows;
  if (pairs === null) {
    leaf.argument("[words...]", "", refuseWord).usage("[options]");
    leaf.action(() => done({ values: typedValues(leaf, rows.options), pairs: [], warnings: [] }));
    return;
  }
  takeWords(leaf, pairs);
  leaf.action(() => done(typedOptions(leaf, leaf.args, { ...rows, pairs, spelling: "new" })));
}

function refuseWord(word: string): never {
  throw usageError(`Got unexpected extra argument (${shown(word)}): this command takes options only`);
}

function takeWords(leaf: Parser, pairs: readonly OptionSpec[]): void {
  leaf.allowUnknownOption().allowExcessArguments().usage("[options] [key=value...]");
  const list = pairs.map((spec) => `  ${spec.name}: ${spec.description}`).join("\n");
  leaf.addHelpText("after", `\nKeys (Python literals or JSON; key=value or --key=value):\n${list}`);
}

interface PairRows extends Rows {
  readonly pairs: readonly OptionSpec[];
  readonly spelling: Spelling;
}

function typedOptions(leaf: Parser, words: readonly string[], rows: PairRows): TypedOptions {
  refuseFlagValues(words, rows.options);
  const { values, pairs } = partPairs(readPairs(words, rows.pairs), rows.options, rows.spelling);
  return { values: { ...typedValues(leaf, rows.options), ...values }, pairs, warnings: [] };
}

function refuseFlagValues(words: readonly string[], options: readonly OptionSpec[]): void {
  const flags = options.filter((spec) => spec.type === "flag").map((spec) => `--${spec.name}`);
  const found = flags.find((flag) => words.some((word) => word.startsWith(`${flag}=`)));
  if (found !== undefined) throw flagWithValue(found);
}

/** `start fargate`, as it was until Prefect 0.14. */
function addOldSpelling(program: Parser, specs: CommandSpecs, reading: Reading): void {
  const own = [...oldSpellingOptionSpecs, ...specs.fargate.options];
  const pairs = specs.fargate.pairs ?? [];
  const leaf = group(program, "start", "Old spelling of fargate start: start fargate");
  addOptions(leaf, [...own, ...foreignOptionSpecs]);
  takeWords(leaf, pairs);
  leaf.action(() => {
    const [agent, words] = agentAndWords(leaf.args);
    if (agent !== "fargate") {
      reading.command = notAnAgent(agent);
      return;
    }
    const typed = typedOptions(leaf, words, { options: own, pairs, spelling: "old" });
    reading.command = { kind: "start", flavour: "fargate", ...asNew(typed), warnings: foreignWarnings(leaf) };
  });
}

function agentAndWords(words: readonly string[]): readonly [string, readonly string[]] {
  const at = words.findIndex((word) => !word.startsWith("-") && !word.includes("="));
  const agent = words[at];
  if (agent === undefined) {
    throw usageError("Missing agent after `start`: say `start fargate` or `ecs start`");
  }
  return [agent, words.filter((_, index) => index !== at)];
}

/** The originals said so and ended well. @see recorded: cli/old14-default-is-local */
function notAnAgent(agent: string): Command {
  return { kind: "help", text: `${shown(agent)} is not a valid agent: accepted are fargate and ecs\n` };
}

/** The old spelling set `no_cloud_logs` always, so that it never asked the configuration. */
function asNew({ values, ...rest }: TypedOptions): TypedOptions {
  const { verbose, ...others } = values;
  const logs = { "no-cloud-logs": values["no-cloud-logs"] === true };
  return { ...rest, values: { ...others, ...logs, ...(verbose === true ? { "log-level": "DEBUG" } : {}) } };
}

function foreignWarnings(leaf: Parser): readonly string[] {
  return Object.keys(typedValues(leaf, foreignOptionSpecs)).map((name) =>
    `Option --${name} belongs to another agent and has no effect here`
  );
}

/** Turns commander's refusals into ours, for this command and all below it. */
function refuseInOurWords(parser: Parser, where: string): void {
  const accepted = parser.commands.length > 0
    ? parser.commands.map((command) => command.name()).join(", ")
    : parser.options.map((option) => option.long ?? option.flags).join(", ");
  parser.exitOverride((error) => {
    if (error.exitCode === 0) throw error;
    throw fromCommander(error, where === "" ? "prefect-ecs-agent" : where, accepted);
  });
  for (const command of parser.commands) refuseInOurWords(command, `${where} ${command.name()}`.trim());
}
