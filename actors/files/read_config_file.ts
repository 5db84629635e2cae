/**
 * Reads the small files of the configuration, before anything else runs.
 *
 * @module
 */

import { FailureError } from "../../schemas/failure/failure.ts";

/**
 * The text of a file; null when there is no such file, as the originals see it.
 *
 * @throws {FailureError} `configuration` for a file that is there and cannot be read, naming it
 */
export function readConfigFile(path: string): string | null {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (isAbsent(error)) return null;
    throw new FailureError({
      tag: "configuration",
      field: path,
      message: `Cannot read ${path}: ${reasonOf(error)}; give this user the right to read it, or remove it`,
    }, { cause: error });
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory ||
    error instanceof Deno.errors.IsADirectory;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message.split("\n")[0] ?? error.name : String(error);
}
