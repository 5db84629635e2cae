/**
 * `cpu` and `memory` of a task, which ECS takes as text.
 *
 * @module
 */

import type { Json, JsonObject } from "../json/json.ts";
import { kindOf } from "../json/shape.ts";

/** A size as text, undefined where none is given, or why the value is no size. */
export type TaskSize = { readonly text: string | undefined } | { readonly problem: string };

/**
 * `cpu` or `memory` as the text that ECS takes; units in a text (`1 vcpu`, `2 GB`) go out as they are.
 *
 * @param name how the field is called in the message
 * @see Q-STR-NONE of `tests/golden/ecs/README.md`: null is left out, whole floats are integers, the rest is refused
 */
export function taskSize(value: Json | undefined, name: string): TaskSize {
  if (value === null || value === undefined) return { text: undefined };
  if (typeof value === "string") return { text: value };
  if (typeof value === "number" && Number.isInteger(value)) return { text: String(value) };
  return { problem: `${name} must be a whole number or text, not ${kindOf(value)}` };
}

/** `cpu` and `memory` as text, as far as they are there. */
export function taskSizes({ cpu, memory }: JsonObject): JsonObject {
  const texts = Object.entries({ cpu, memory }).map(([name, value]) =>
    [name, taskSize(value, name)] as const
  );
  return Object.fromEntries(texts.flatMap(([name, size]) => {
    return "text" in size && size.text !== undefined ? [[name, size.text]] : [];
  }));
}
