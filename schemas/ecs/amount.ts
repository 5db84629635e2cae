/**
 * `cpu` and `memory` of a task, which ECS takes as text.
 *
 * @module
 */

import type { Json, JsonObject } from "../json/json.ts";
import { kindOf } from "../json/shape.ts";

/** An amount as text, nothing at all, or why it cannot be one. */
export type Amount = { readonly text: string | undefined } | { readonly problem: string };

/**
 * Turns an amount into the text ECS takes; units in a text (`1 vcpu`, `2 GB`) go out as they are.
 *
 * @param name how the field is called in the message
 * @see Q-STR-NONE of `tests/golden/ecs/README.md`: null is left out, whole floats are integers, the rest is refused
 */
export function amountText(value: Json | undefined, name: string): Amount {
  if (value === null || value === undefined) return { text: undefined };
  if (typeof value === "string") return { text: value };
  if (typeof value === "number" && Number.isInteger(value)) return { text: String(value) };
  return { problem: `${name} must be a whole number or text, not ${kindOf(value)}` };
}

/** `cpu` and `memory` as text, as far as they are there. */
export function amountTexts({ cpu, memory }: JsonObject): JsonObject {
  const texts = Object.entries({ cpu, memory }).map(([name, value]) =>
    [name, amountText(value, name)] as const
  );
  return Object.fromEntries(texts.flatMap(([name, amount]) => {
    return "text" in amount && amount.text !== undefined ? [[name, amount.text]] : [];
  }));
}
