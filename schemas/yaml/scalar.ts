/**
 * Scalars of YAML 1.1 as PyYAML's safe loader types them: `yes` is a boolean and `y` text, `010` is eight, `08` and
 * `1e3` are text, `12:30` is an integer, `2023-01-02` a date.
 *
 * @module
 * @see PyYAML 6.0.3; compared with it on generated documents
 */
import type { PyValue } from "../python/value.ts";
import { timestampOf } from "./timestamp.ts";

const CORE = "tag:yaml.org,2002:";

/** The tags of scalars, without the prefix that all of YAML's own tags share. */
export type ScalarTag =
  | "bool"
  | "float"
  | "int"
  | "merge"
  | "null"
  | "timestamp"
  | "value"
  | "binary"
  | "str";

/** A YAML tag without `tag:yaml.org,2002:`; undefined when it is not one of YAML's own. */
export function shortTag(tag: string): string | undefined {
  return tag.startsWith(CORE) ? tag.slice(CORE.length) : undefined;
}

// The first that matches decides.
const PLAIN: readonly (readonly [ScalarTag, RegExp])[] = [
  ["bool", /^(?:[Yy]es|YES|[Nn]o|NO|[Tt]rue|TRUE|[Ff]alse|FALSE|[Oo]n|ON|[Oo]ff|OFF)$/],
  ["float", /^[-+]?\d[\d_]*\.[\d_]*(?:[eE][-+]\d+)?$/],
  ["float", /^\.\d[\d_]*(?:[eE][-+]\d+)?$/],
  ["float", /^[-+]?\d[\d_]*(?::[0-5]?\d)+\.[\d_]*$/],
  ["float", /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/],
  ["int", /^[-+]?(?:0b[01_]+|0[0-7_]+|0|[1-9][\d_]*|0x[\da-fA-F_]+)$/],
  ["int", /^[-+]?[1-9][\d_]*(?::[0-5]?\d)+$/],
  ["merge", /^<<$/],
  ["null", /^(?:~|null|Null|NULL|)$/],
  ["timestamp", /^\d{4}-\d\d-\d\d$/],
  [
    "timestamp",
    /^\d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?$/,
  ],
  ["value", /^=$/],
];

/** The type of a plain scalar that carries no tag. */
export function plainTag(text: string): ScalarTag {
  return PLAIN.find(([, pattern]) => pattern.test(text))?.[0] ?? "str";
}

/**
 * The value of a scalar under one of YAML's own tags.
 *
 * @returns undefined when the tag makes no scalar, or the text cannot be read under it (`!!int x`, `2023-02-30`, `0x_`)
 */
export function scalarValue(tag: string, text: string): PyValue | undefined {
  switch (tag) {
    case "str":
      return { kind: "str", value: text };
    case "null":
      return { kind: "none" };
    case "bool":
      return booleanOf(text.toLowerCase());
    case "int":
      return integerOf(text.replaceAll("_", ""));
    case "float":
      return floatOf(text.replaceAll("_", "").toLowerCase());
    case "timestamp":
      return timestampOf(text);
    case "binary":
      return bytesOf(text);
    default:
      return undefined;
  }
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ["yes", true],
  ["true", true],
  ["on", true],
  ["no", false],
  ["false", false],
  ["off", false],
]);

function booleanOf(text: string): PyValue | undefined {
  const value = BOOLEANS.get(text);
  return value === undefined ? undefined : { kind: "bool", value };
}

function integerOf(text: string): PyValue | undefined {
  const [, sign = "", body = ""] = /^([-+]?)(.*)$/.exec(text) ?? [];
  const size = magnitude(body);
  return size === undefined ? undefined : { kind: "int", digits: (sign === "-" ? -size : size).toString() };
}

function magnitude(body: string): bigint | undefined {
  if (/^(?:0b[01]+|0x[\da-f]+)$/i.test(body)) return BigInt(body);
  if (/^0[0-7]+$/.test(body)) return BigInt(`0o${body}`);
  if (/^\d+(?::\d+)*$/.test(body) && !/^0\d/.test(body)) return sexagesimal(body);
  return undefined;
}

/** Square work in the number of parts, which the bound on an integer's length keeps small. */
function sexagesimal(body: string): bigint {
  return body.split(":").reduce((sum, part) => sum * 60n + BigInt(part), 0n);
}

function floatOf(text: string): PyValue | undefined {
  const [, sign = "", body = ""] = /^([-+]?)(.*)$/.exec(text) ?? [];
  const size = body.split(":").map(floatPart).reduce((sum, part) => sum * 60 + part, 0);
  if (Number.isNaN(size) && body !== ".nan") return undefined;
  return { kind: "float", value: sign === "-" ? -size : size };
}

function floatPart(text: string): number {
  if (text === ".inf") return Infinity;
  return /^(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/.test(text) ? Number(text) : NaN;
}

function bytesOf(text: string): PyValue | undefined {
  try {
    return { kind: "bytes", bytes: [...atob(text)].map((char) => char.charCodeAt(0)) };
  } catch {
    return undefined;
  }
}
