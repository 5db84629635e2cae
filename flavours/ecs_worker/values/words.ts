/**
 * Words of a command: a list is taken as it is, a text is split as a shell does.
 *
 * @module
 */

import { split } from "shlex";
import type { Json } from "../../../schemas/json/json.ts";
import { isList, kindOf } from "../../../schemas/json/shape.ts";
import { parsedObject } from "./members.ts";
import { refusal } from "./place.ts";

/**
 * The words of a list (numbers become text), of a JSON list in a text, or of a text split as Python's `shlex.split` does.
 *
 * @param field for messages, such as `command`
 * @returns null where nothing is given: null, an empty text or list
 * @throws {FailureError} `badFlowRun`
 */
export function wordsOf(
  run: { readonly id: string },
  field: string,
  value: Json | undefined,
): readonly string[] | null {
  if (value === undefined || value === null) return null;
  if (typeof value === "string") return filledWords(wordsOfText(run, field, value));
  if (isList(value)) return filledWords(wordsOfList(run, field, value));
  throw refusal(run, field, `is ${kindOf(value)}, but must be text or a list of words`);
}

function filledWords(words: readonly string[]): readonly string[] | null {
  return words.length === 0 ? null : words;
}

function wordsOfText(run: { readonly id: string }, field: string, text: string): readonly string[] {
  const list = parsedObject(text);
  if (isList(list) && list.every((word) => typeof word === "string")) return list;
  try {
    return split(text);
  } catch {
    throw refusal(run, field, "cannot be split into words: a quote or a backslash is left open");
  }
}

function wordsOfList(run: { readonly id: string }, field: string, list: readonly Json[]): readonly string[] {
  return list.filter((word) => word !== null).map((word) => {
    if (typeof word === "string") return word;
    if (typeof word === "number") return String(word);
    throw refusal(run, field, `holds ${kindOf(word)}, but must be a list of words`);
  });
}
