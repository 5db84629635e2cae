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
  const open: object[] = [];
  let characters = shallowCharacters(value, open);
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    characters += 2;
    if (Array.isArray(one)) {
      characters += Math.max(0, one.length - 1);
      for (const item of one) characters += shallowCharacters(item, open);
    } else {
      // Pairs of names and members would take several times the memory of the object.
      for (const name of Object.keys(one)) {
        characters += name.length + 4 + shallowCharacters(Reflect.get(one, name), open);
      }
    }
  }
  return characters;
}

/** How many values a value holds, itself included. Never recursive, and linear in their number. */
export function jsonValues(value: unknown): number {
  const open: unknown[] = [value];
  let values = 0;
  for (; open.length > 0; values++) {
    const one = open.pop();
    if (typeof one !== "object" || one === null) continue;
    for (const item of Array.isArray(one) ? one : Object.values(one)) open.push(item);
  }
  return values;
}

/** The characters of what holds nothing; what holds something is put among the `open` ones. */
function shallowCharacters(value: unknown, open: object[]): number {
  if (typeof value === "string") return value.length + 2;
  if (value === undefined) return 0;
  if (typeof value !== "object" || value === null) return SHORT;
  open.push(value);
  return 0;
}
