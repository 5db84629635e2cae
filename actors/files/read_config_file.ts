/**
 * Reads the small files of the configuration, before anything else runs.
 *
 * @module
 */

import { FailureError } from "../../schemas/failure/failure.ts";
import { decodeText } from "../../schemas/text/decode_text.ts";

/**
 * The text of a file; null when there is no such file, as the originals see it.
 *
 * @throws {FailureError} `configuration` for a file that is there and cannot be read or is no text, naming it
 */
export function readConfigFile(path: string): string | null {
  try {
    return readTextSync(path);
  } catch (error) {
    if (error instanceof FailureError) throw error;
    if (isAbsent(error)) return null;
    throw unreadable(path, `${reasonOf(error)}; give this user the right to read it, or remove it`, error);
  }
}

/**
 * The text of a file.
 *
 * @throws {FailureError} `configuration` for a file that is no text
 * @throws what the runtime throws for one that it cannot read
 */
export function readTextSync(path: string): string {
  const read = decodeText(Deno.readFileSync(path));
  if ("text" in read) return read.text;
  throw unreadable(path, read.problem);
}

function unreadable(path: string, why: string, cause?: unknown): FailureError {
  const message = `Cannot read ${path}: ${why}`;
  return new FailureError({ tag: "configuration", field: path, message }, { cause });
}

function isAbsent(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory ||
    error instanceof Deno.errors.IsADirectory;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message.split("\n")[0] ?? error.name : String(error);
}
