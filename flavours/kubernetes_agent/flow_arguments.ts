/**
 * The arguments with which a container runs the flow. What stands before them decides their form: a shell's `-c` takes one
 * text, every other command takes words.
 *
 * @module
 */

import type { Json, JsonObject } from "../../schemas/json/json.ts";
import { isList, listItems } from "../../schemas/json/shape.ts";

const SHELLS: ReadonlySet<string> = new Set([
  ...["sh", "bash", "dash", "ash", "ksh", "ksh93", "mksh", "zsh", "fish", "csh", "tcsh", "rbash", "yash"],
]);

/** Letters in one word behind a dash, `c` among them: `-c`, `-lc`, `-ec`, `-euxc`, `-ce`. */
const TAKES_TEXT = /^-[A-Za-z]*c[A-Za-z]*$/;

/** Whether a command ends in a shell's option that takes the next argument for a whole command line. */
function endsInShellText(command: Json | undefined): boolean {
  const words = listItems(command).map((word) => typeof word === "string" ? word : "");
  const last = words.at(-1) ?? "";
  if (!TAKES_TEXT.test(last)) return false;
  const shell = words.findLastIndex((word) => SHELLS.has(word.split("/").at(-1) ?? ""));
  if (shell < 0) return false;
  // Behind an earlier `-c` the last word is an argument of the text.
  return !words.slice(shell + 1, -1).some((word) => TAKES_TEXT.test(word));
}

/** The arguments behind the command of a container. @param flowCommand `prefect execute flow-run` */
export function flowArguments(container: JsonObject, flowCommand: string): readonly string[] {
  return endsInShellText(container.command) ? [flowCommand] : flowCommand.split(" ");
}

/** What is told of arguments that are replaced, once for each template; undefined: there are none, or they are the same. */
export function replacedArguments(container: JsonObject, ours: readonly string[]): string | undefined {
  const { args } = container;
  if (!isList(args) || args.length === 0) return undefined;
  if (args.length === ours.length && args.every((word, index) => word === ours[index])) return undefined;
  return `The args of the template's container are replaced by ${JSON.stringify(ours)}; ` +
    'to run something before the flow, put it into the command: ["/bin/sh", "-c", "…; exec \\"$@\\"", "sh"]';
}
