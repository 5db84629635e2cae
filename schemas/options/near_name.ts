/**
 * The name that was meant by one that is unknown.
 *
 * @module
 */

/** Longer names than any that is known are not compared. */
const LONGEST = 80;

/**
 * Finds the one known name that an unknown one most likely means. The rules, first one wins: those of {@link closeName};
 * the beginning of a known name, or of each of its words; a known name with more behind it; a spelling that is alike for
 * the most part.
 *
 * @returns null where no known name is alike; the work is bounded by the number of known names
 */
export function nearName(name: string, known: readonly string[]): string | null {
  const close = closeName(name, known);
  const plain = plainName(name);
  if (close !== null || plain.length < 3 || name.length > LONGEST) return close;
  const begun = known.filter((other) => plainName(other).startsWith(plain) || isAbbreviated(name, other));
  const longer = known.filter((other) => plainName(other).length > 2 && plain.startsWith(plainName(other)));
  return shortest(begun) ?? longest(longer) ?? mostlyAlike(plain, known);
}

/**
 * The known name that an unknown one surely means: the same letters in other case or with other separators, or at most two
 * mistakes of typing.
 */
export function closeName(name: string, known: readonly string[]): string | null {
  const plain = plainName(name);
  if (plain === "" || name.length > LONGEST) return null;
  const same = sameName(name, known);
  if (same !== null) return same;
  const best = fewestMistakes(plain, known);
  return best !== null && best.mistakes <= few(plain) ? best.name : null;
}

function mostlyAlike(plain: string, known: readonly string[]): string | null {
  const best = fewestMistakes(plain, known);
  if (best === null || plain.length < 4) return null;
  return best.mistakes <= Math.max(plain.length, plainName(best.name).length) * 0.4 ? best.name : null;
}

function fewestMistakes(plain: string, known: readonly string[]) {
  let best: { readonly name: string; readonly mistakes: number } | null = null;
  for (const name of known) {
    const mistakes = typingMistakes(plain, plainName(name));
    if (best === null || mistakes < best.mistakes) best = { name, mistakes };
  }
  return best;
}

/** `max-pol` for `maximal-polls`. */
function isAbbreviated(name: string, other: string): boolean {
  const words = wordsOf(name);
  const others = wordsOf(other);
  return words.length > 1 && words.length === others.length &&
    words.every((word, index) => others[index]?.startsWith(word));
}

function wordsOf(name: string): readonly string[] {
  return name.replaceAll(/([a-z])([A-Z])/g, "$1-$2").toLowerCase().split(/[-_.\s]+/).filter((word) =>
    word !== ""
  );
}

/** A name as a message may show it, so that the message stays short. */
export function shortened(name: string): string {
  return name.length <= LONGEST_SHOWN ? name : `${name.slice(0, LONGEST_SHOWN)}…`;
}

/** Characters of a name that a message shows. */
const LONGEST_SHOWN = 60;

/** The known name with the same letters, in any case and with any separators; null where there is none. */
export function sameName(name: string, known: readonly string[]): string | null {
  const plain = plainName(name);
  return plain === "" || name.length > LONGEST
    ? null
    : known.find((other) => plainName(other) === plain) ?? null;
}

/** Without case and separators: `Launch-Type`, `launch_type` and `launchType` are the same. */
function plainName(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.\s]/g, "");
}

/** Mistakes that a word of this length may have. */
function few({ length }: string): number {
  return length < 3 ? 0 : length < 7 ? 1 : 2;
}

function shortest(names: readonly string[]): string | null {
  return [...names].sort((a, b) => a.length - b.length)[0] ?? null;
}

function longest(names: readonly string[]): string | null {
  return [...names].sort((a, b) => b.length - a.length)[0] ?? null;
}

/** Letters that were left out, added, exchanged or swapped with the next one. */
function typingMistakes(typed: string, meant: string): number {
  let before: number[] = [];
  let last = Array.from({ length: meant.length + 1 }, (_, index) => index);
  for (let row = 1; row <= typed.length; row++) {
    const next = [row];
    for (let column = 1; column <= meant.length; column++) {
      const exchanged = (last[column - 1] ?? 0) + (typed[row - 1] === meant[column - 1] ? 0 : 1);
      const swapped = row > 1 && column > 1 && typed[row - 1] === meant[column - 2] &&
          typed[row - 2] === meant[column - 1]
        ? (before[column - 2] ?? 0) + 1
        : Infinity;
      next.push(Math.min((last[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1, exchanged, swapped));
    }
    [before, last] = [last, next];
  }
  return last[meant.length] ?? 0;
}
