/**
 * Values of environment variables of run configs, which platforms take as text.
 *
 * @module
 */

import type { Json } from "../json/json.ts";
import { kindOf } from "../json/shape.ts";

/** A value as text, nothing at all (null), or why it cannot be one. */
export type EnvironmentText = { readonly text: string | undefined } | { readonly problem: string };

/**
 * Turns the value of a variable into text: numbers as they are written, booleans as `true` and `false`, null as nothing.
 *
 * @see Q-ENV-NONSTR of `tests/golden/ecs/README.md`
 */
export function environmentText(value: Json | undefined): EnvironmentText {
  if (value === null || value === undefined) return { text: undefined };
  if (typeof value === "string") return { text: value };
  if (typeof value === "number" || typeof value === "boolean") return { text: String(value) };
  return { problem: `must be text, a number, or true or false, not ${kindOf(value)}` };
}
