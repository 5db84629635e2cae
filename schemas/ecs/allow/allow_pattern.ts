/**
 * What an allow-list holds: a value, in which `*` stands for any text. A role or a cluster is the same thing by its name and by
 * its ARN.
 *
 * @module
 */

/** What is compared. */
export type AllowKind = "role" | "cluster" | "image";

/** A pattern. The work of a match grows with the length of the value. */
export interface AllowPattern {
  readonly kind: AllowKind;
  /** The text between the wildcards; one piece: there is none. */
  readonly pieces: Pieces;
  /** The same of the name in it, with its path, where it is an ARN; else null. */
  readonly resource: Pieces | null;
}

type Pieces = readonly string[];

/** Makes a pattern. @param wildcard what stands for any text; null: nothing does, the text is meant as it stands */
export function allowPattern(kind: AllowKind, text: string, wildcard: "*" | null = "*"): AllowPattern {
  const split = (part: string): Pieces => wildcard === null ? [part] : part.split(wildcard);
  const resource = resourceOfPattern(kind, text);
  return { kind, pieces: split(text), resource: resource === null ? null : split(resource) };
}

/**
 * Whether a value is what the pattern says, as a whole.
 *
 * A name and an ARN that ends in it are the same thing; two ARNs are it only as a whole. The path of a role does not count
 * against a name, because names of roles are unique in an account whatever their path, unless both path and wildcard stand
 * in the pattern.
 */
export function isAllowed(value: string, pattern: AllowPattern): boolean {
  const { kind, pieces, resource } = pattern;
  if (fits(value, pieces)) return true;
  if (kind === "image") return false;
  const ofValue = resourceOf(kind, value);
  if (ofValue !== null) return resource === null && nameFits(ofValue, pieces);
  return !value.includes(":") && nameFits(value, resource ?? pieces);
}

/** Compares two names, each with a path or without. */
function nameFits(name: string, pieces: Pieces): boolean {
  const hasPath = pieces.some((piece) => piece.includes("/"));
  if (!hasPath) return fits(withoutPath(name), pieces);
  if (fits(name, pieces)) return true;
  const [only] = pieces;
  return pieces.length === 1 && only !== undefined && !name.includes("/") && withoutPath(only) === name;
}

function withoutPath(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}

/** @see "IAM ARNs", "Amazon resource names for Amazon ECS": no part of them has a colon */
const ARNS = {
  role: /^arn:[^:]*:iam::[^:]*:role\/([^:]+)$/,
  cluster: /^arn:[^:]*:ecs:[^:]*:[^:]*:cluster\/([^:/]+)$/,
} as const;

/** The name in an ARN, of a role with its path; null: it is none. */
function resourceOf(kind: "role" | "cluster", text: string): string | null {
  return ARNS[kind].exec(text)?.[1] ?? null;
}

/** The same of a pattern, where a wildcard may stand for several parts. */
function resourceOfPattern(kind: AllowKind, text: string): string | null {
  if (kind === "image" || !text.startsWith("arn:")) return null;
  const mark = `:${kind}/`;
  const at = text.lastIndexOf(mark);
  return at < 0 ? null : text.slice(at + mark.length);
}

/** Whether a text is made of the pieces in their order, with anything between them. */
function fits(text: string, pieces: Pieces): boolean {
  const [first = "", ...rest] = pieces;
  const last = rest.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) {
    return false;
  }
  const end = text.length - last.length;
  let at = first.length;
  for (const piece of rest) {
    const found = text.indexOf(piece, at);
    if (found < 0 || found + piece.length > end) return false;
    at = found + piece.length;
  }
  return true;
}
