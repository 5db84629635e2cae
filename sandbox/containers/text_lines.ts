/**
 * Text in lines.
 *
 * @module
 */

/** Longest line that is waited for, in characters; a longer one is cut. */
const MOST = 65_536;

/** Cuts a stream of text into lines, without their ends. */
export function textLines(): TransformStream<string, string> {
  let rest = "";
  return new TransformStream({
    transform: (chunk, controller) => {
      const lines = (rest + chunk).split(/\r?\n/);
      rest = lines.pop() ?? "";
      for (const line of lines) controller.enqueue(line);
      if (rest.length > MOST) {
        controller.enqueue(rest);
        rest = "";
      }
    },
    flush: (controller) => {
      if (rest !== "") controller.enqueue(rest);
    },
  });
}
