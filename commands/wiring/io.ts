/**
 * The outside world of a command: where it prints, what it was given, when it must end.
 *
 * @module
 */

/** What every subcommand gets. */
export interface Io {
  /** One line to standard output. */
  readonly write: (line: string) => void;
  /** One line to standard error. */
  readonly writeError: (line: string) => void;
  readonly env: Readonly<Record<string, string>>;
  /** Whether standard output is a terminal. */
  readonly isTerminal: boolean;
  /** Aborted when the command must end; see `interruptible` for the commands that a signal ends this way. */
  readonly signal: AbortSignal;
}
