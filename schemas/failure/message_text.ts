/**
 * Texts for people: bounded in length and harmless to a terminal, even where they quote other texts.
 *
 * @module
 */

/** Longest message, in characters: more than any that says what to do, less than what a log viewer chokes on. */
export const MAX_MESSAGE = 10_000;

/**
 * What does not fit a line that people read, but tab and line feed: control characters (C0, DEL, C1); separators that viewers
 * take for line ends; marks that change the reading direction; characters that nobody sees. The joiners of scripts and of
 * emoji are fit between characters outside of ASCII, where they mean something.
 */
const UNFIT = new RegExp(
  "[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u2028\\u2029" +
    "\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069" +
    "\\u00ad\\u180e\\u200b\\u2060-\\u2065\\u206a-\\u206f\\ufeff\\ufff9-\\ufffb]" +
    "|\\udb40[\\udc00-\\udc7f]" +
    "|[\\u200c\\u200d](?![^\\u0000-\\u007f])|(?<![^\\u0000-\\u007f])[\\u200c\\u200d]",
  "g",
);

/** The text without what does not fit, each shown as `�`; line feeds stay. */
export function printable(text: string): string {
  return text.includes("\r\n") ? text.replaceAll("\r\n", "\n").replace(UNFIT, "�") : text.replace(UNFIT, "�");
}

/** The printable text as one line: line feeds become ` ⏎ `, so that nothing it quotes looks like a line of its own. */
export function printableLine(text: string): string {
  const shown = printable(text);
  return shown.includes("\n") ? shown.replaceAll("\n", " ⏎ ") : shown;
}

/** A text of JSON with what does not fit escaped, so that it stands for the same value. */
export function printableJson(json: string): string {
  return json.replace(UNFIT, (unfit) =>
    Array.from(
      { length: unfit.length },
      (_, at) => `\\u${unfit.charCodeAt(at).toString(16).padStart(4, "0")}`,
    ).join(""));
}

/** The printable text, cut at {@link MAX_MESSAGE} with a note of its whole length. */
export function messageText(text: string): string {
  if (text.length <= MAX_MESSAGE) return printable(text);
  const note = `… (${text.length} characters in all)`;
  // A pair of surrogates that the cut would part goes as a whole.
  const head = text.slice(0, MAX_MESSAGE - note.length).replace(/[\ud800-\udbff]$/, "");
  return printable(head) + note;
}
