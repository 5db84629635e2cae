/**
 * Checks that planning can read a task definition template or RunTask arguments. The complete check of the finished requests
 * comes later; this one covers only the members that planning itself reads.
 *
 * @module
 */

import { taskSize } from "../../schemas/ecs/task_size.ts";
import { isJsonObject, type Json, type JsonObject } from "../../schemas/json/json.ts";
import { isList, kindOf } from "../../schemas/json/shape.ts";
import { shortened } from "../../schemas/options/near_name.ts";

/** What is wrong, beginning with the place; undefined: nothing. */
export type Problem = string | undefined;

/** Whether a problem may name variables, or nothing of the source. */
type Manner = "frank" | "discreet";

/**
 * Checks a template: containers, their environments, tags, `cpu` and `memory`.
 *
 * @see Q-YAML11, Q-STR-NONE of `tests/golden/ecs/README.md`
 */
export function templateProblem(template: JsonObject, manner: Manner = "frank"): Problem {
  return first([
    () => sizeProblem(template.cpu, "cpu"),
    () => sizeProblem(template.memory, "memory"),
    () => mappingsProblem(template.tags, "tags"),
    () => containersProblem(template.containerDefinitions, "containerDefinitions", manner),
  ]);
}

/** Checks RunTask arguments: overrides, their containers and environments, `cpu` and `memory`. */
export function kwargsProblem(kwargs: JsonObject): Problem {
  const overrides = kwargs.overrides ?? {};
  if (!isJsonObject(overrides)) return `overrides must be a mapping, not ${kindOf(overrides)}`;
  return first([
    () => sizeProblem(overrides.cpu, "overrides.cpu"),
    () => sizeProblem(overrides.memory, "overrides.memory"),
    () => containersProblem(overrides.containerOverrides, "overrides.containerOverrides"),
  ]);
}

function containersProblem(containers: Json | undefined, at: string, manner: Manner = "frank"): Problem {
  return mappingsProblem(containers, at) ?? firstIn(containers, at, (container, place) => {
    return environmentProblem(
      isJsonObject(container) ? container.environment : null,
      `${place}.environment`,
      manner,
    );
  });
}

function environmentProblem(environment: Json | undefined, at: string, manner: Manner): Problem {
  return mappingsProblem(environment, at) ?? firstIn(environment, at, (entry, place) => {
    return isJsonObject(entry) ? entryProblem(entry, place, manner) : undefined;
  });
}

/** The value is not shown: it may be secret. */
function entryProblem(entry: JsonObject, at: string, manner: Manner): Problem {
  if (typeof entry.name !== "string") return `${at}.name must be text, not ${kindOf(entry.name)}`;
  if (entry.value === undefined || typeof entry.value === "string") return undefined;
  const hint = entry.value === null ? "" : "; put it in quotes";
  const whose = manner === "frank" ? `, of variable ${shortened(entry.name)},` : "";
  return `${at}.value${whose} must be text, not ${kindOf(entry.value)}${hint}`;
}

function mappingsProblem(list: Json | undefined, at: string): Problem {
  if (list === null || list === undefined) return undefined;
  if (!isList(list)) return `${at} must be a list of mappings, not ${kindOf(list)}`;
  return firstIn(list, at, (item, place) => {
    return isJsonObject(item) ? undefined : `${place} must be a mapping, not ${kindOf(item)}`;
  });
}

function sizeProblem(value: Json | undefined, name: string): Problem {
  const size = taskSize(value, name);
  return "problem" in size ? size.problem : undefined;
}

function firstIn(list: Json | undefined, at: string, look: (item: Json, place: string) => Problem): Problem {
  if (!isList(list)) return undefined;
  return first(list.map((item, index) => () => look(item, `${at}[${index}]`)));
}

function first(looks: readonly (() => Problem)[]): Problem {
  for (const look of looks) {
    const problem = look();
    if (problem !== undefined) return problem;
  }
  return undefined;
}
