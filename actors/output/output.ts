/**
 * The one place that writes to the terminal. Whatever a line quotes, nothing in it steers a terminal or looks like another line.
 *
 * @module
 */

import { printableJson, printableLine } from "../../schemas/failure/message_text.ts";

/** Takes what people and their tools read. */
export interface Output {
  /** One line; a line end within it is shown as ` ⏎ `. */
  readonly line: (line: string) => void;
  /** The lines of a text that this program made. */
  readonly text: (text: string) => void;
  /** JSON, indented. What does not fit a terminal is escaped, so that the value stays what it is. */
  readonly json: (value: unknown) => void;
  /** Lines that replace those of the last call, on a terminal. */
  readonly redraw: (lines: readonly string[]) => void;
}

/** @param put takes one line with its line end */
export function makeOutput(put: (line: string) => void): Output {
  const line = (text: string): void => put(`${printableLine(text)}\n`);
  const text = (whole: string): void => whole.split("\n").forEach(line);
  let height = 0;
  return {
    line,
    text,
    json: (value) =>
      printableJson(JSON.stringify(value, null, 2)).split("\n").forEach((each) => put(`${each}\n`)),
    redraw: (lines) => {
      // Up, and clear from there to the end.
      const up = height === 0 ? "" : `\x1b[${height}A\x1b[J`;
      height = lines.length;
      lines.forEach((each, at) => put(`${at === 0 ? up : ""}${printableLine(each)}\n`));
    },
  };
}

/** Standard output. */
export const standardOutput: Output = makeOutput((line) => writeAll(Deno.stdout, line));

/** Standard error. */
export const standardError: Output = makeOutput((line) => writeAll(Deno.stderr, line));

const encoder = new TextEncoder();

/** Writes all bytes, or none when the reading end is closed. */
function writeAll(to: { writeSync: (bytes: Uint8Array) => number }, line: string): void {
  const bytes = encoder.encode(line);
  try {
    for (let at = 0; at < bytes.length;) at += to.writeSync(bytes.subarray(at));
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.BrokenPipe)) throw thrown;
  }
}
