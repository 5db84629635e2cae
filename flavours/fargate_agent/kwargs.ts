/**
 * The keyword arguments of the Fargate agent, sorted into those of the task definition, of the run and of the container.
 *
 * @module
 */

import { BOUNDS } from "../../schemas/bounds/bounds.ts";
import type { Json, JsonObject } from "../../schemas/json/json.ts";
import type { FieldSource } from "../../schemas/plan/field_source.ts";
import {
  awsKwargs,
  containerKwargs,
  containerPair,
  containerVariable,
  type KwargGroup,
  type KwargRow,
} from "./kwarg_rows.ts";
import { containerProblem, shapeProblem } from "./shapes.ts";
import { kindName, literal, readValue } from "./kwarg_value.ts";
import { closeName, nearName, sameName, shortened } from "../../schemas/options/near_name.ts";
import { scalarText } from "../../schemas/options/scalar_text.ts";
import type { PyValue } from "../../schemas/python/value.ts";

/** One argument as it was given, with where it was written. */
export interface GivenKwarg {
  readonly value: PyValue;
  readonly source: FieldSource;
}

/** What a set of arguments says. */
export interface Kwargs {
  readonly definition: JsonObject;
  readonly run: JsonObject;
  readonly container: JsonObject;
  /** By argument name; container members as `containerDefinitions_<member>`. */
  readonly sources: Readonly<Record<string, FieldSource>>;
  /** Arguments that are ignored, without their values. */
  readonly warnings: readonly string[];
}

/** What is wrong with one argument. */
export interface KwargProblem {
  /** Name of the argument, or of the variable that stands for it. */
  readonly field: string;
  readonly message: string;
}

/** Arguments and everything that is wrong with them. */
export interface ParsedKwargs extends Kwargs {
  readonly problems: readonly KwargProblem[];
}

/** The values to parse. */
export interface KwargInput {
  readonly given: ReadonlyMap<string, GivenKwarg>;
  /** Variables that fill what is not given; empty ones count as unset. Empty for the external file. */
  readonly env: Readonly<Record<string, string>>;
  /** Further names that may be meant by an unknown one. @default none */
  readonly others?: Iterable<string>;
}

interface Parsing {
  readonly groups: Readonly<Record<KwargGroup, Record<string, Json>>>;
  readonly sources: Record<string, FieldSource>;
  readonly warnings: string[];
  readonly problems: KwargProblem[];
}

/**
 * Parses arguments by the tables of {@link awsKwargs} and {@link containerKwargs}. What is given wins over the variable of
 * the same name, also when it is `False`, `0` or empty (F-FALSY-ENV); `None` counts as not given (F-NONE-PASSED).
 *
 * @see Prefect 0.15.13, FargateAgent; recorded: agent_init, agent_env, external_kwargs
 */
export function parseKwargs({ given, env, others = [] }: KwargInput): ParsedKwargs {
  const parsing: Parsing = {
    groups: { definition: {}, run: {}, container: {} },
    sources: {},
    warnings: [],
    problems: [],
  };
  const members = new Map([
    ...containerMembers(given.get("containerDefinitions"), parsing),
    ...namedMembers(given),
  ]);
  for (const row of awsKwargs.values()) {
    take(parsing, row, candidates(row.name, given.get(row.name), env));
  }
  for (const row of containerKwargs.values()) {
    take(parsing, row, candidates(containerVariable(row.name), members.get(row.name), env));
  }
  warnUnknown(parsing, given.keys(), [...KNOWN_PAIRS, ...others]);
  const { groups, ...rest } = parsing;
  return { ...groups, ...rest };
}

/** Takes the file's members over the agent's, whole member by whole member. */
export function mergeKwargs(base: Kwargs, over: Kwargs): Kwargs {
  return {
    definition: { ...base.definition, ...over.definition },
    run: { ...base.run, ...over.run },
    container: { ...base.container, ...over.container },
    sources: { ...base.sources, ...over.sources },
    warnings: [...base.warnings, ...over.warnings],
  };
}

interface Candidate extends GivenKwarg {
  /** What a message calls it. */
  readonly field: string;
}

function candidates(
  name: string,
  given: GivenKwarg | undefined,
  env: Readonly<Record<string, string>>,
): readonly Candidate[] {
  const text = env[name];
  const variable: Candidate[] = text === undefined || scalarText(text) === ""
    ? []
    : [{ field: name, value: { kind: "str", value: text }, source: { from: "variable", name } }];
  return given === undefined ? variable : [{ ...given, field: name }, ...variable];
}

function take(parsing: Parsing, row: KwargRow, from: readonly Candidate[]): void {
  const key = row.groups.includes("container") ? containerVariable(row.name) : row.name;
  for (const candidate of from) {
    const read = readValue(row.kind, candidate.value);
    if (read.outcome === "absent") continue;
    const wrong = read.outcome === "problem" ? read.problem : shapeProblem(row.name, read.value);
    if (wrong !== undefined || read.outcome === "problem") {
      parsing.problems.push({ field: candidate.field, message: describeProblem(candidate, wrong ?? "") });
      return;
    }
    for (const group of row.groups) parsing.groups[group][row.name] = read.value;
    parsing.sources[key] = candidate.source;
    return;
  }
}

function describeProblem({ field, source }: Candidate, problem: string): string {
  return `Cannot use ${field} (${source.from} ${source.name}): ${problem}`;
}

function containerMembers(
  given: GivenKwarg | undefined,
  parsing: Parsing,
): ReadonlyMap<string, GivenKwarg> {
  const value = given === undefined ? undefined : literal(given.value);
  if (given === undefined || value === undefined || value.kind === "none") return new Map();
  const wrong = containerProblem(value);
  if (wrong !== undefined) {
    parsing.problems.push({ field: "containerDefinitions", message: wrong });
    return new Map();
  }
  return membersOf(value, given.source, parsing);
}

/** Members that have a pair of their own: `containerDefinitions[0].secrets` or, as the variable, `containerDefinitions_secrets`. */
function namedMembers(given: ReadonlyMap<string, GivenKwarg>): readonly (readonly [string, GivenKwarg])[] {
  return [...containerKwargs.keys()].flatMap((member) => {
    const own = given.get(containerPair(member)) ?? given.get(containerVariable(member));
    return own === undefined ? [] : [[member, own] as const];
  });
}

function membersOf(value: PyValue, source: FieldSource, parsing: Parsing): ReadonlyMap<string, GivenKwarg> {
  const members = new Map<string, GivenKwarg>();
  const only = value.kind === "list" || value.kind === "tuple" ? value.items[0] : undefined;
  if (only?.kind !== "dict") return members;
  for (const [key, member] of only.entries) {
    const name = key.kind === "str" ? key.value : kindName(key);
    const row = containerKwargs.get(name);
    if (row !== undefined) members.set(name, { value: emptied(row, member), source });
    else warn(parsing, `containerDefinitions[0].${name}`, [...containerKwargs.keys()]);
  }
  return members;
}

// The original leaves out every member, of any type, that Python treats as false.
function emptied(row: KwargRow, member: PyValue): PyValue {
  const falsy = (member.kind === "str" && member.value === "") || (member.kind === "bool" && !member.value) ||
    (member.kind === "int" && member.digits === "0") ||
    (member.kind === "list" && member.items.length === 0) ||
    (member.kind === "dict" && member.entries.length === 0);
  if (!falsy) return member;
  return row.kind === "list" ? { kind: "list", items: [] } : { kind: "dict", entries: [] };
}

const KNOWN_PAIRS: readonly string[] = [
  ...awsKwargs.keys(),
  "containerDefinitions",
  ...[...containerKwargs.keys()].map(containerPair),
];

function warnUnknown(parsing: Parsing, names: Iterable<string>, known: readonly string[]): void {
  const variables = [...containerKwargs.keys()].map(containerVariable);
  for (const name of names) {
    if (KNOWN_PAIRS.includes(name) || variables.includes(name)) continue;
    warn(parsing, name, known);
  }
}

/** Warns of the first arguments that are ignored; one more warning says that there are others. */
function warn({ warnings }: Parsing, name: string, known: readonly string[]): void {
  const { most } = BOUNDS.faults;
  if (warnings.length < most) warnings.push(ignored(name, known));
  else if (warnings.length === most) {
    warnings.push("Ignored more arguments that the Fargate agent does not know");
  }
}

/** One guess; the accepted names only where they are few. */
function ignored(name: string, known: readonly string[]): string {
  const near = closeName(name, known) ?? memberPair(name) ?? nearName(name, known);
  const list = known.join(", ");
  const accepted = list.length > 200 ? "" : `; accepted are ${list}`;
  const hint = near === null ? accepted : `; did you mean ${near}`;
  return `Ignored ${shortened(name)}: the Fargate agent passes no such parameter to AWS${hint}`;
}

/** `secrets` belongs to the container. */
function memberPair(name: string): string | null {
  const member = sameName(name, [...containerKwargs.keys()]);
  return member === null ? null : containerPair(member);
}
