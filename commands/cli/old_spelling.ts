/**
 * `start fargate`, as the Fargate agent was started until Prefect 0.14, with the options of the other agents that the
 * same command took; and `start ecs`, which means `ecs start`.
 *
 * @see Prefect 0.14.22, `cli/agent.py`
 * @module
 */

import type { OptionRow, OptionValues } from "../../schemas/options/option.ts";
import type { CommandRows, TypedOptions } from "../../schemas/options/typed_options.ts";
import { shown, usageError } from "../../schemas/options/usage_error.ts";
import type { Command } from "./command.ts";
import { type Subcommand, typedOptions } from "./subcommand.ts";

/** Options of today that the old spelling never had. */
const NOT_IN_OLD_SPELLING: ReadonlySet<string> = new Set(["key", "tenant-id", "log-level"]);

const verboseOption: OptionRow = {
  name: "verbose",
  short: "v",
  type: "flag",
  since: "0.6.7",
  description: "Same as `--log-level DEBUG`",
};

/** Options of other agents (local, Docker, Kubernetes): accepted and of no effect. */
const foreignOptionRows: readonly OptionRow[] = [
  foreign("import-path", "list", "p"),
  foreign("show-flow-logs", "flag", "f"),
  foreign("hostname-label", "flag"),
  foreign("no-hostname-label", "flag"),
  foreign("storage-labels", "flag"),
  foreign("no-storage-labels", "flag"),
  foreign("base-url", "text", "b"),
  foreign("no-pull", "flag"),
  foreign("volume", "list"),
  foreign("network", "list"),
  foreign("no-docker-interface", "flag"),
  foreign("docker-client-timeout", "integer"),
  foreign("namespace", "text"),
  foreign("job-template", "text"),
];

function foreign(name: string, type: OptionRow["type"], short?: string): OptionRow {
  return {
    name,
    ...(short === undefined ? {} : { short }),
    type,
    since: "0.6.0",
    description: "An option of another agent; it has no effect here",
  };
}

/** `start fargate`, made from the rows of `fargate start`. */
export function oldSpelling(fargate: CommandRows): Subcommand {
  const pairs = fargate.pairs ?? [];
  const own = [...fargate.options.filter(({ name }) => !NOT_IN_OLD_SPELLING.has(name)), verboseOption];
  return {
    path: ["start"],
    about: "Old spelling of fargate start: start fargate",
    options: [...own, ...foreignOptionRows],
    pairs,
    understand: (values, words) => {
      const { agent, others } = agentAmong(words);
      if (agent !== "fargate") return notAnAgent(agent);
      const typed = typedOptions(ownOf(values), others, { options: own, pairs, spelling: "old" });
      return { kind: "start", flavour: "fargate", ...asToday(typed), warnings: foreignWarnings(values) };
    },
  };
}

/** Agents whose old spelling took the options of today. */
const SAME_OPTIONS = ["ecs", "kubernetes"];

/** `start ecs …` as `ecs start …`, `install kubernetes …` as `kubernetes install …`. */
export function withAgentFirst(argv: readonly string[]): readonly string[] {
  const [first = "", second = "", ...rest] = argv;
  const isOld = first === "start"
    ? SAME_OPTIONS.includes(second)
    : first === "install" && second === "kubernetes";
  return isOld ? [second, first, ...rest] : argv;
}

/** The agent may stand anywhere among options and pairs. */
function agentAmong(words: readonly string[]) {
  const at = words.findIndex((word) => !word.startsWith("-") && !word.includes("="));
  const agent = words[at];
  if (agent === undefined) {
    throw usageError("Missing agent after `start`: say `start fargate` or `ecs start`");
  }
  return { agent, others: words.filter((_, index) => index !== at) };
}

/** The originals said so and exited with 0. @see recorded: cli/old14-default-is-local */
function notAnAgent(agent: string): Command {
  return {
    kind: "help",
    text: `${shown(agent)} is not a valid agent: accepted are fargate, ecs and kubernetes\n`,
    asked: null,
  };
}

/** The old spelling always set `no_cloud_logs`, so that it never asked the configuration. */
function asToday({ values, ...rest }: TypedOptions): TypedOptions {
  const { verbose, ...others } = values;
  const logs = { "no-cloud-logs": values["no-cloud-logs"] === true };
  return { ...rest, values: { ...others, ...logs, ...(verbose === true ? { "log-level": "DEBUG" } : {}) } };
}

function isForeign(name: string): boolean {
  return foreignOptionRows.some((row) => row.name === name);
}

function ownOf(values: OptionValues): OptionValues {
  return Object.fromEntries(Object.entries(values).filter(([name]) => !isForeign(name)));
}

function foreignWarnings(values: OptionValues): readonly string[] {
  return Object.keys(values).filter(isForeign).map((name) =>
    `Option --${name} belongs to another agent and has no effect here`
  );
}
