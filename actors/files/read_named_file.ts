/**
 * Reads files that the operator names, as text.
 *
 * @module
 */

import { FailureError } from "../../schemas/failure/failure.ts";
import type { Locate } from "../../schemas/options/typed_path.ts";
import { decodeText } from "../../schemas/text/decode_text.ts";

/** A file that an option or argument names. */
export interface NamedFile {
  /** As messages show it: `--kwargs-file`. */
  readonly option: string;
  /** As it was typed. */
  readonly path: string;
  /** What messages call it. @param path as it was typed */
  readonly told: (path: string) => string;
  /** What cannot be done with it. @default "read" */
  readonly verb?: string;
  /** Whether its last line may be cut, even within a character; the rest is read then. @default false */
  readonly mayBreakOff?: boolean;
}

/**
 * The text of a file.
 *
 * @throws {FailureError} `configuration`, naming option, path as typed, absolute path and what is wrong
 */
export async function readNamedFile(file: NamedFile, locate: Locate): Promise<string> {
  const at = locate(file.path);
  if (at === "") {
    throw fileRefusal(file, at, "the path is empty; name a file, and check whether a variable is unset");
  }
  const bytes = await Deno.readFile(at).catch((thrown: unknown) => {
    throw fileRefusal(file, at, whyUnreadable(thrown));
  });
  const read = decodeText(bytes);
  if ("text" in read) return read.text;
  if (file.mayBreakOff === true && bytes.indexOf(LINE_END, read.atByte) < 0) {
    const whole = decodeText(bytes.subarray(0, read.atByte));
    if ("text" in whole) return whole.text;
  }
  throw fileRefusal(file, at, read.problem);
}

const LINE_END = 0x0a;

/** What is wrong with a file: option, path as typed, absolute path. @param at absolute, empty for an empty path */
export function fileRefusal(file: NamedFile, at: string, why: string): FailureError {
  const { option, path, told, verb = "read" } = file;
  const shown = told(path === "" ? "''" : path);
  const details = [
    ...(shown.includes(option) ? [] : [option]),
    ...(at === "" || at === path ? [] : [at]),
  ];
  const place = details.length === 0 ? "" : ` (${details.join(", ")})`;
  const message = `Cannot ${verb} ${shown}: ${why}${place}`;
  return new FailureError({ tag: "configuration", field: option, message });
}

/** Why a file gives no bytes; never quotes it. */
export function whyUnreadable(thrown: unknown): string {
  if (thrown instanceof Deno.errors.NotFound || thrown instanceof Deno.errors.NotADirectory) {
    return "there is no such file";
  }
  if (thrown instanceof Deno.errors.IsADirectory) return "it is a folder";
  if (thrown instanceof Deno.errors.PermissionDenied || thrown instanceof Deno.errors.NotCapable) {
    return "this process may not read it";
  }
  return thrown instanceof Error ? thrown.message.split("\n")[0] ?? thrown.name : String(thrown);
}
