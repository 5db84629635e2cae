/**
 * The times that keep the processes of one agent from working on the same claim. Each is right only in relation to others:
 * `tests/schemas/flow_run/claim_times_test.ts` asserts these relations.
 *
 * @module
 */

/** All in milliseconds, but for those whose name says otherwise. */
export const CLAIM_TIMES = {
  /** An answer about who holds a claim is relied on for this long. */
  knownHoldMs: 3_000,
  /** No other process takes up a claim for this long after this process has set it. */
  unsharedMs: 8_000,
  /** The first search after a start leaves a submitted claim alone that is younger: a living process may be working on it. */
  freshMs: 10_000,
  /** A request sent before its claim was taken over is executed within a search period plus this time, or never. */
  inFlightMs: 5_000,
  /** A platform shows a task that it has just started within this time. */
  shownLateMs: 10_000,
  /** Pause between two questions about a hold while the API does not answer, or does not grant the claim yet. */
  askAgainMs: 3_000,
  /** A claim that is worked on for longer is set again, so that no other process treats it as abandoned. */
  renewMs: 120_000,
  /** Pause between two searches for claims. */
  searchMs: 60_000,
  /** The same while there are claims that only one search has seen. */
  searchAgainMs: 30_000,
  /** Search periods for which a claim of another process must stay unchanged before it counts as abandoned. */
  patiencePeriods: 4.5,
} as const;

/**
 * How long a claim of another process must stay unchanged before it counts as abandoned. @param searchMs pause between two
 * searches
 */
export function patienceMs(searchMs: number): number {
  return CLAIM_TIMES.patiencePeriods * searchMs;
}

/**
 * When no request of the process that a claim was taken from can be in flight any more. @param searchMs pause between two
 * searches
 */
export function inFlightUntilMs(searchMs: number): number {
  return searchMs + CLAIM_TIMES.inFlightMs;
}
