/**
 * Plain JSON of anything, with its secret members hidden. The one place that knows by their structure which members are secret.
 *
 * @module
 */

import { toFailure } from "../failure/failure.ts";
import type { Json } from "../json/json.ts";
import { remembered } from "./remembered.ts";
import { isReference, nameKind } from "./secret_names.ts";

/** What becomes of texts and of secret values. */
export interface View {
  readonly text: (text: string) => string;
  /** @param name of the variable or member */
  readonly hidden: (value: unknown, name: string) => Json;
}

/** Members whose values come from an environment, with any name. */
const ENVIRONMENT_NAME = /^(env|environ|environment|env[-_]?vars|environmentvariables|variables)$/i;

/** Deeper than anything that is shown. */
export const DEEPEST = 12;

/** What the name of a member says about its value. `key` alone may be a key; page tokens are hidden, nobody needs them. */
export const kindOf = remembered((name: string): "secret" | "environment" | "plain" => {
  if (/^key$/i.test(name) || nameKind(name) !== "none") return "secret";
  return ENVIRONMENT_NAME.test(name) ? "environment" : "plain";
});

/** Plain JSON of anything. @param depth of the value below what is shown */
export function plain(value: unknown, view: View, depth: number): Json {
  if (typeof value === "string") return view.text(value);
  if (typeof value === "number" || typeof value === "boolean" || value === null) return value;
  if (typeof value === "bigint") return view.text(String(value));
  if (typeof value !== "object" || depth > DEEPEST) return null;
  if (value instanceof Error) return { name: value.name, failure: plain(toFailure(value), view, depth + 1) };
  if (Array.isArray(value)) return list(value, view, depth);
  if ("toJSON" in value && typeof value.toJSON === "function") return plain(value.toJSON(), view, depth + 1);
  return members(value, view, depth);
}

/** Words of a command: a secret may follow its flag as a word of its own. */
function list(items: readonly unknown[], view: View, depth: number): Json {
  return items.map((item, at) => {
    const before = items[at - 1];
    if (typeof item !== "string" || typeof before !== "string") return plain(item, view, depth + 1);
    if (isSecretFlag(before) && !/^--?[A-Za-z]/.test(item)) return view.hidden(item, before);
    // Headers are listed as a name and a value, too.
    if (items.length === 2 && nameKind(before) !== "none") return view.hidden(item, before);
    if (!/^(?:-u|--user|--proxy-user)$/.test(before)) return view.text(item);
    const [name = "", ...password] = item.split(":");
    return password.length === 0
      ? view.text(item)
      : `${name}:${String(view.hidden(password.join(":"), before))}`;
  });
}

function isSecretFlag(word: string): boolean {
  return /^--?[\w.-]{2,80}$/.test(word) && nameKind(word) !== "none";
}

function members(value: object, view: View, depth: number): Json {
  const shown: Record<string, Json> = {};
  const pair = pairOf(value);
  for (const [name, member] of Object.entries(value)) {
    if (isNothing(name, member)) continue;
    if (pair === null || !PAIR_VALUE.test(name)) {
      shown[view.text(name)] = pair !== null && name === pair.member
        ? plain(member, view, depth + 1)
        : byName(name, member, view, depth);
    } else shown[name] = pair.isHidden ? view.hidden(member, pair.name) : plain(member, view, depth + 1);
  }
  return shown;
}

const PAIR_VALUE = /^values?$/i;
const PAIR_NAME = /^(?:name|key|header|variable)$/i;

interface Pair {
  /** The member that holds the name. */
  readonly member: string;
  readonly name: string;
  readonly isHidden: boolean;
}

/** Whether an object may be one half of a pair. */
export function isPair(value: object): boolean {
  return "value" in value || "Value" in value || "values" in value || "Values" in value;
}

/** Variables are listed as `{name, value}`: hidden with any name. What is listed with a `key`, only if that is secret. */
function pairOf(value: object): Pair | null {
  if (!isPair(value)) return null;
  for (const [member, name] of Object.entries(value)) {
    if (!PAIR_NAME.test(member) || typeof name !== "string") continue;
    return { member, name, isHidden: /^name$/i.test(member) || nameKind(name) !== "none" };
  }
  return null;
}

/** What JSON leaves out, and the one name that cannot be set. */
export function isNothing(name: string, member: unknown): boolean {
  return member === undefined || typeof member === "function" || name === "__proto__";
}

/** A member, as its name says. Where a secret is may be shown. */
export function byName(name: string, member: unknown, view: View, depth: number): Json {
  switch (kindOf(name)) {
    case "secret":
      return isReference(member) ? plain(member, view, depth + 1) : view.hidden(member, name);
    case "environment":
      return hiddenValues(member, { ...view, name }, depth + 1);
    case "plain":
      return plain(member, view, depth + 1);
  }
}

/** Names are kept, values are not. */
function hiddenValues(value: unknown, view: View & { readonly name: string }, depth: number): Json {
  if (value === null || typeof value === "boolean") return value;
  if (Array.isArray(value)) return value.map((item) => hiddenValues(item, view, depth + 1));
  if (typeof value !== "object" || depth > DEEPEST) return view.hidden(value, view.name);
  if (pairOf(value) !== null) return members(value, view, depth);
  const entries = Object.entries(value).filter(([name, member]) => !isNothing(name, member));
  return Object.fromEntries(entries.map(([name, member]) => [view.text(name), view.hidden(member, name)]));
}
