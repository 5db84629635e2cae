/**
 * What goes wrong in the sandbox itself where no request waits for an answer: in timers and sockets. It costs the work of
 * the moment, never the process.
 *
 * @module
 */

/** Where lines of the log go. */
export interface Logged {
  readonly log: (line: string) => void;
}

/** Longest reason of a line, in characters. */
const MOST_REASON = 500;

/** Does some work; what it throws becomes one line. @returns whether the work was done */
export function isDone({ log }: Logged, what: string, work: () => void): boolean {
  try {
    work();
    return true;
  } catch (thrown) {
    log(`prefect3: ${what}: ${whyOf(thrown)}`);
    return false;
  }
}

/** The reason of something thrown, in one line of bounded length. */
export function whyOf(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return text.slice(0, MOST_REASON).replaceAll(/\s+/g, " ");
}
