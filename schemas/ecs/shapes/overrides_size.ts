/**
 * The bound on what RunTask may override.
 *
 * @module
 */

import type { JsonObject } from "../../json/json.ts";
import { mappings } from "../../json/shape.ts";

/**
 * Most characters of the JSON of RunTask's `overrides`.
 *
 * @see AWS: "Container Overrides length must be at most 8192"
 */
export const MAX_OVERRIDES = 8192;

/** How many variables a message names. */
const NAMED = 5;

/**
 * Says why overrides are too large: which variables take the most room, by name and size.
 *
 * @returns undefined when ECS takes them
 */
export function overridesProblem(overrides: JsonObject): string | undefined {
  const size = JSON.stringify(overrides).length;
  if (size <= MAX_OVERRIDES) return undefined;
  const biggest = variableSizes(overrides).slice(0, NAMED).map(([name, length]) =>
    `${name} (${length} characters)`
  );
  return `take ${size} characters, ECS accepts at most ${MAX_OVERRIDES}; the largest variables are ` +
    `${biggest.join(", ")}: shorten them, or put them into the task definition or an environment file`;
}

function variableSizes(overrides: JsonObject): [string, number][] {
  const entries = mappings(overrides.containerOverrides).flatMap(({ environment }) => mappings(environment));
  const sizes = entries.map((
    { name, value },
  ): [string, number] => [String(name), String(value ?? "").length]);
  return sizes.sort(([, one], [, other]) => other - one);
}
