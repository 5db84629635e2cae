/**
 * The outside world of a command: where it prints, what it was given, when it must end.
 *
 * @module
 */

import type { Output } from "../../actors/output/output.ts";
import type { Locate } from "../../schemas/options/typed_path.ts";
import type { Redactor } from "../../schemas/secrets/redact.ts";

/** What every subcommand gets. */
export interface Io {
  /** One line to standard output, without secrets. */
  readonly write: (line: string) => void;
  /** One line to standard error, without secrets. */
  readonly writeError: (line: string) => void;
  /** Standard output for what was redacted already, or shows on purpose a key that the user needs. */
  readonly shown: Output;
  /** Hides secrets on every way out of this process; whoever gets hold of a secret tells it. */
  readonly redact: Redactor;
  readonly env: Readonly<Record<string, string>>;
  /** Absolute path of a path that was typed: it counts from the folder where the command was typed. */
  readonly locate: Locate;
  /** Whether standard output is a terminal. */
  readonly isTerminal: boolean;
  /** Aborted when the command must end; see `interruptible` for the commands that a signal ends this way. */
  readonly signal: AbortSignal;
}
