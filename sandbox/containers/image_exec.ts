/**
 * How an image name becomes a way to run a command on this machine.
 *
 * @module
 */

import { split } from "shlex";
import { FailureError } from "../../schemas/failure/failure.ts";
import { matchesGlob } from "./glob.ts";

/** `--image-exec PATTERN=PREFIX`: containers of images that fit run their command behind the prefix. */
export interface ImageExec {
  /** Glob on the whole image name, tag included. */
  readonly pattern: string;
  /** Words before the container's own command; may be empty. */
  readonly prefix: readonly string[];
}

function usage(message: string): FailureError {
  return new FailureError({ tag: "usage", message });
}

/**
 * Reads an option: split at its first `=`, the rest into words as a shell does.
 *
 * @throws {FailureError} `usage`
 */
export function parseImageExec(option: string): ImageExec {
  const at = option.indexOf("=");
  if (at < 1) {
    throw usage(
      `Cannot read --image-exec ${option}: write PATTERN=PREFIX, such as 'prefecthq/*=env PATH=/opt/venv/bin:/bin'`,
    );
  }
  const pattern = option.slice(0, at);
  try {
    return { pattern, prefix: split(option.slice(at + 1)) };
  } catch {
    throw usage(`Cannot read --image-exec ${option}: a quote in its PREFIX is not closed`);
  }
}

/** The first entry whose pattern fits the image. */
export function findImageExec(entries: readonly ImageExec[], image: string): ImageExec | undefined {
  return entries.find((entry) => matchesGlob(entry.pattern, image));
}
