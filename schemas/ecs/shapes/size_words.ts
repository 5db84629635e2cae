/**
 * Sizes of tasks and containers as people write them: numbers, numbers in text, and AWS's words `1 vCPU` and `2 GB`.
 *
 * @module
 */

import type { Json } from "../../json/json.ts";

/** What a size measures. */
export type SizeKind = "cpu" | "memory";

/** Accepted forms, for messages: they follow the path of the member. */
export const SIZE_FORMS: Readonly<Record<SizeKind, string>> = {
  cpu: "must be a whole number of CPU units (1024 are one vCPU), as a number or text, or text such as 1 vCPU",
  memory: "must be a whole number of MiB, as a number or text, or text such as 2 GB",
};

const WORDS: Readonly<Record<SizeKind, RegExp>> = {
  cpu: /^(\d+|\d*\.\d+)\s*vcpu$/i,
  memory: /^(\d+|\d*\.\d+)\s*gb$/i,
};

/** CPU units or MiB in one of AWS's words. */
const UNITS = 1024;

/** CPU units or MiB; null: the value is no such size. @see "Task definition parameters", Amazon ECS developer guide */
export function sizeOf(kind: SizeKind, value: Json): number | null {
  const whole = wholeNumber(value);
  if (whole !== null) return whole >= 0 ? whole : null;
  const [, amount] = typeof value === "string" ? WORDS[kind].exec(value.trim()) ?? [] : [];
  const units = amount === undefined ? NaN : Number(amount) * UNITS;
  return Number.isInteger(units) && units <= LARGEST ? units : null;
}

/** Integers of ECS have 32 bits. */
export const LARGEST = 2 ** 31 - 1;

/** A whole number, or one in text, that AWS can take; null: it is none. */
export function wholeNumber(value: Json): number | null {
  const number = typeof value === "string" && /^\s*[+-]?\d+(\.0+)?\s*$/.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isInteger(number) && Math.abs(number) <= LARGEST
    ? number
    : null;
}
