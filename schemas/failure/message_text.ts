/**
 * Texts for people: bounded in length and harmless to a terminal, even where they quote other texts.
 *
 * @module
 */

/** Longest message, in characters: more than any that says what to do, less than what a log viewer chokes on. */
export const MAX_MESSAGE = 10_000;

// C0 and C1 but tab and line feed; separators that viewers take for line ends; marks that change the reading direction.
const UNFIT =
  // deno-lint-ignore no-control-regex -- control characters are what must not reach a terminal
  /\r(?=\n)|([\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069])/g;

/** The text without control characters, each shown as `�`; line feeds stay. */
export function printable(text: string): string {
  return text.replace(UNFIT, (_, unfit: string | undefined) => unfit === undefined ? "" : "�");
}

/** The printable text, cut at {@link MAX_MESSAGE} with a note of its whole length. */
export function messageText(text: string): string {
  if (text.length <= MAX_MESSAGE) return printable(text);
  const note = `… (${text.length} characters in all)`;
  // A pair of surrogates that the cut would part goes as a whole.
  const head = text.slice(0, MAX_MESSAGE - note.length).replace(/[\ud800-\udbff]$/, "");
  return printable(head) + note;
}
