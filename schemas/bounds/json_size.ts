/**
 * How large a JSON value is, measured without writing it.
 *
 * @module
 */

/** Brackets, quotes or the words `true` and `null`, roughly; numbers are counted as if they had as many digits. */
const SHORT = 4;

/**
 * The characters that a value takes as JSON without blanks. Escapes count as what they stand for, and each number, boolean
 * and null as four characters.
 *
 * Never recursive, so that values may nest without end; linear in the number of values.
 */
export function jsonCharacters(value: unknown): number {
  if (typeof value === "string") return value.length + 2;
  let characters = 0;
  const open: unknown[] = [value];
  while (open.length > 0) {
    const one = open.pop();
    if (typeof one === "string") characters += one.length + 2;
    else if (Array.isArray(one)) {
      characters += 2 + Math.max(0, one.length - 1);
      for (const item of one) open.push(item);
    } else if (typeof one === "object" && one !== null) characters += openMembers(one, open);
    else if (one !== undefined) characters += SHORT;
  }
  return characters;
}

function openMembers(holder: object, open: unknown[]): number {
  let characters = 2;
  for (const [name, member] of Object.entries(holder)) {
    characters += name.length + 4;
    open.push(member);
  }
  return characters;
}
