/**
 * The job variables of a flow run: defaults of the pool's template, then those of the deployment, then those of the run.
 *
 * @module
 */

import { isJsonObject, type Json, type JsonObject } from "../../../schemas/json/json.ts";
import { isFilled, kindOf, mapping } from "../../../schemas/json/shape.ts";
import { keepNumbers } from "../../../schemas/json/number_source.ts";
import { shortened } from "../../../schemas/options/near_name.ts";
import type { Deployment, FlowRun } from "../../../schemas/prefect3/flow_run.ts";
import { type Found, keysOf } from "./paths.ts";
import type { SourceOf } from "./origins.ts";
import { refusal } from "./place.ts";
import { sourceOfVariable } from "./variable_sources.ts";

/** What placeholders of kind `job` are filled in from. */
export interface JobVariables {
  /** `job_configuration` of the template, its `env` merged with the variables of that name where it is an object. */
  readonly configuration: JsonObject;
  readonly values: JsonObject;
  /** The names that deployment and run give, in their order, without what follows a dot. */
  readonly given: readonly string[];
  /** Where a variable, or a member of one, was stated. @param keys the name, and the members that lead to the value */
  readonly sourceOf: SourceOf;
}

/** Dots of a name such as `env.A`; deeper ones are no names. */
const DEEPEST_NAME = 32;

/** @throws {FailureError} `badFlowRun` where the template has no job configuration, or variables contradict each other */
export function jobVariables(run: FlowRun): JobVariables {
  const { template, templateProblem, name: pool } = run.pool;
  if (templateProblem !== undefined) {
    const advice = "save a base job template that can be taken, then start the flow run again";
    throw refusal(run, "base_job_template", `of work pool ${pool} ${templateProblem}: ${advice}`);
  }
  const configuration = template.job_configuration;
  if (!isJsonObject(configuration)) {
    throw refusal(
      run,
      "job_configuration",
      `of the base job template of work pool ${pool} is ${
        kindOf(configuration)
      }: save a base job template with a mapping there`,
    );
  }
  const defaults = defaultsOf(template);
  const given = givenVariables(run);
  const nested = nestedVariables(run, given);
  const values = merged(defaults, nested);
  return {
    configuration: withEnvironment(run, configuration, defaults.env, values.env),
    values,
    given: [...new Set(Object.keys(given).map((name) => keysOf(name)[0] ?? name))],
    sourceOf: (keys) => sourceOfVariable(run, deploymentOf(run), keys),
  };
}

/** The deployment of a run, where it has one that is known. */
export function deploymentOf(run: FlowRun): Deployment | null {
  return run.deployment === "gone" ? null : run.deployment;
}

/** By template: all runs of a work pool have the same. */
const DEFAULTS = new WeakMap<JsonObject, JsonObject>();

function defaultsOf(template: JsonObject): JsonObject {
  const known = DEFAULTS.get(template) ?? statedDefaults(template);
  DEFAULTS.set(template, known);
  return known;
}

/** Defaults that are null count as absent. */
function statedDefaults(template: JsonObject): JsonObject {
  const properties = Object.entries(mapping(mapping(template.variables).properties));
  const stated = properties.filter(([, property]) => (mapping(property).default ?? null) !== null);
  const result = Object.fromEntries(stated.map(([name, property]) => [name, mapping(property).default]));
  for (const [name, property] of stated) keepNumbers(mapping(property), result, "default", name);
  return result;
}

/** Variables of deployment and run; the run's win whole, but for `env`, which is merged where both are objects. */
function givenVariables(run: FlowRun): JsonObject {
  const deployed = deploymentOf(run)?.jobVariables ?? {};
  const given = merged(deployed, run.jobVariables);
  if (!isJsonObject(deployed.env) || run.jobVariables.env === undefined) return given;
  const env = run.jobVariables.env ?? {};
  if (!isJsonObject(env)) throw notAnObject(run, env);
  return merged(given, { env: merged(deployed.env, env) });
}

/** Mappings on their way: names with dots make them, and other names add to them. */
type Tree = Map<string, Found | Tree>;

/** `env.A` becomes the member `A` of `env`; what is given whole wins over what is given by dots. */
function nestedVariables(run: FlowRun, given: JsonObject): JsonObject {
  const tree: Tree = new Map();
  for (const [name, value] of Object.entries(given)) {
    if (name.includes(".") && value !== undefined) {
      setAt(run, tree, name, { value, holder: given, key: name });
    }
  }
  const dotted = objectOf(tree);
  const whole = Object.entries(given).filter(([name, value]) => !name.includes(".") && value !== undefined);
  const members = whole.map(([name, value = null]): [string, Json] => {
    const other = Object.hasOwn(dotted, name) ? dotted[name] : undefined;
    if (name === "env" && value === null) return [name, other ?? {}];
    return [name, isJsonObject(other) && isJsonObject(value) ? deeplyMerged(other, value) : value];
  });
  const result = { ...dotted, ...Object.fromEntries(members) };
  for (const [name] of whole) keepNumbers(given, result, name);
  return result;
}

function setAt(run: FlowRun, root: Tree, name: string, found: Found): void {
  const keys = keysOf(name);
  if (keys.length > DEEPEST_NAME) throw refusal(run, "job_variables", "have a name with too many dots");
  let at = root;
  for (const key of keys.slice(0, -1)) at = treeAt(run, at, key, name);
  at.set(keys.at(-1) ?? "", found);
}

function treeAt(run: FlowRun, tree: Tree, key: string, name: string): Tree {
  const member = tree.get(key);
  if (member instanceof Map) return member;
  const holder = member?.value ?? {};
  if (!isJsonObject(holder)) {
    throw refusal(
      run,
      `job_variables.${shortened(name)}`,
      `cannot be given beside ${shortened(key)}, which is ${kindOf(holder)} and has no members`,
    );
  }
  const made: Tree = new Map();
  for (const [key, value] of Object.entries(holder)) {
    if (value !== undefined) made.set(key, { value, holder, key });
  }
  tree.set(key, made);
  return made;
}

function objectOf(tree: Tree): JsonObject {
  const result = Object.fromEntries(
    [...tree].map(([name, member]) => [name, member instanceof Map ? objectOf(member) : member.value]),
  );
  for (const [name, member] of tree) {
    if (!(member instanceof Map)) keepNumbers(member.holder, result, member.key, name);
  }
  return result;
}

function deeplyMerged(first: JsonObject, second: JsonObject): JsonObject {
  const members = Object.entries(second).map(([name, member]): [string, Json | undefined] => {
    const other = Object.hasOwn(first, name) ? first[name] : undefined;
    return [name, isJsonObject(other) && isJsonObject(member) ? deeplyMerged(other, member) : member];
  });
  const result = merged(first, Object.fromEntries(members));
  for (const name of Object.keys(second)) keepNumbers(second, result, name);
  return result;
}

/** The members of both, those of the second win; never sets a prototype. */
function merged(first: JsonObject, second: JsonObject): JsonObject {
  const result = { ...first, ...second };
  for (const name of Object.keys(result)) {
    keepNumbers(Object.hasOwn(second, name) ? second : first, result, name);
  }
  return result;
}

/** The template's own `env`, the default of the variable and the variable: later wins, where they are objects. */
function withEnvironment(
  run: FlowRun,
  configuration: JsonObject,
  byDefault: Json | undefined,
  given: Json | undefined,
): JsonObject {
  let { env } = configuration;
  if (isFilled(byDefault)) {
    if (isJsonObject(env) && !isJsonObject(byDefault)) throw notAnObject(run, byDefault);
    env = isJsonObject(env) ? merged(env, mapping(byDefault)) : byDefault;
  }
  if (isJsonObject(env) && isFilled(given)) {
    if (!isJsonObject(given)) throw notAnObject(run, given);
    env = merged(env, given);
  }
  return env === configuration.env || env === undefined ? configuration : merged(configuration, { env });
}

function notAnObject(run: FlowRun, found: Json | undefined) {
  return refusal(
    run,
    "job_variables.env",
    `is ${kindOf(found)}, but must be a mapping of names to values, since it is merged with other variables`,
  );
}
