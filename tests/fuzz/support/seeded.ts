/** Hostile values from a seed: the same seed gives the same case on every machine. @module */

import type { Json, JsonObject } from "../../../schemas/json/json.ts";

/** Numbers, choices and values that follow from one seed. */
export interface Seeded {
  /** 0 up to, not including, 1. */
  readonly next: () => number;
  /** A whole number below `n`. */
  readonly below: (n: number) => number;
  /** True with this probability. */
  readonly chance: (p: number) => boolean;
  readonly pick: <T>(from: readonly T[]) => T;
}

/** @param seed any whole number */
export function seeded(seed: number): Seeded {
  let state = (seed ^ 0x9e3779b9) >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (n: number) => Math.floor(next() * n);
  return {
    next,
    below,
    chance: (p) => next() < p,
    pick: <T>(from: readonly T[]) => from[below(from.length)] as T,
  };
}

/** Texts that have broken programs before. */
export const HOSTILE_TEXTS: readonly string[] = [
  "",
  " ",
  "\u0000",
  "\u001b[2J\u001b[31mred\u001b[0m",
  "\u001b]0;title\u0007",
  "a\nb",
  "[2023-01-02 03:04:05.678+0000] ERROR - agent | forged",
  "line\r\n[2023-01-02 03:04:05.678+0000] ERROR - agent | forged",
  "x".repeat(10_000),
  "\u202egnp.exe",
  "\u2066hidden\u2069",
  "שלום עולם",
  "مرحبا",
  "👩‍👩‍👧‍👦🏳️‍🌈",
  "\ud800",
  "\udfff tail",
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "${HOME}",
  "${}",
  "$(id)",
  "`id`",
  "{{flow}}",
  "%s%n%d",
  "../../../etc/passwd",
  "'; drop table flow_run; --",
  '"}]}) { id } }',
  "null",
  "NaN",
  "-0",
  "1e999",
  "\u2028\u2029",
  "ß".repeat(300),
  "\ufeffbom",
  "arn:aws:ecs:us-east-1:123456789012:task/default/0",
  "a:b:c:d:e:f",
  "s3://",
  "s3://bucket/key",
  "http://[::1",
  "file:///nowhere",
  "~",
  "\\\\host\\share",
  "a".repeat(256),
  "İi",
];

const NUMBERS = [0, -0, -1, 1, 1.5, 1e308, -1e308, 5e-324, 2 ** 31, 2 ** 53, 2 ** 53 + 2, -(2 ** 63), 255];

/** A text, hostile more often than not. */
export function hostileText(from: Seeded): string {
  if (from.chance(0.7)) return from.pick(HOSTILE_TEXTS);
  const length = from.below(12);
  return Array.from({ length }, () => String.fromCharCode(from.below(0x300))).join("");
}

/** Any JSON value; `depth` bounds how far it nests. */
export function anyJson(from: Seeded, depth = 3): Json {
  const kind = from.below(depth > 0 ? 8 : 5);
  switch (kind) {
    case 0:
      return null;
    case 1:
      return from.chance(0.5);
    case 2:
      return from.pick(NUMBERS);
    case 3:
    case 4:
      return hostileText(from);
    case 5:
      return from.chance(0.05) ? deeply(from.pick([100, 250, 3_000])) : [];
    case 6:
      return Array.from({ length: from.below(4) }, () => anyJson(from, depth - 1));
    default:
      return anyObject(from, depth - 1);
  }
}

/** An object with hostile names; `__proto__` is a member of its own, as JSON.parse makes it. */
export function anyObject(from: Seeded, depth = 2): JsonObject {
  const members = Array.from({ length: from.below(5) }, () => [hostileText(from), anyJson(from, depth)]);
  return Object.fromEntries(members);
}

/** Lists within lists. */
export function deeply(levels: number): Json {
  let value: Json = [];
  for (let i = 0; i < levels; i++) value = i % 2 === 0 ? [value] : { a: value };
  return value;
}

/** The value with up to three places changed: members dropped, added, renamed, retyped, doubled. */
export function damaged(value: Json, from: Seeded): Json {
  let result = value;
  for (let i = 1 + from.below(3); i > 0; i--) result = damageOnce(result, from);
  return result;
}

function damageOnce(value: Json, from: Seeded): Json {
  const isOpen = typeof value === "object" && value !== null;
  if (!isOpen || from.chance(0.12)) return anyJson(from);
  if (Array.isArray(value)) return damagedList(value, from);
  return damagedObject(value as JsonObject, from);
}

function damagedList(list: readonly Json[], from: Seeded): Json {
  const at = from.below(list.length);
  const item = list[at];
  if (item === undefined || from.chance(0.1)) return [...list, anyJson(from)];
  if (from.chance(0.1)) return [...list, item];
  if (from.chance(0.1)) return list.toSpliced(at, 1);
  return list.with(at, damageOnce(item, from));
}

function damagedObject(object: JsonObject, from: Seeded): Json {
  const entries = Object.entries(object);
  const at = from.below(entries.length);
  const entry = entries[at];
  if (entry === undefined || from.chance(0.08)) {
    return Object.fromEntries([...entries, [hostileText(from), anyJson(from)]]);
  }
  const [name, member = null] = entry;
  if (from.chance(0.12)) return Object.fromEntries(entries.toSpliced(at, 1));
  if (from.chance(0.05)) return Object.fromEntries(entries.with(at, [hostileText(from), member]));
  return Object.fromEntries(entries.with(at, [name, damageOnce(member, from)]));
}
