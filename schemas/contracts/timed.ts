/**
 * How the synchronous steps of a run are measured: while one is done, the program can do nothing else.
 *
 * @module
 */

/**
 * The steps: the row of a run is read, a short template is parsed, a run is planned, its requests are checked, its messages
 * and log lines are redacted, its states are redacted and shown.
 */
export const LOOP_STEPS = ["read", "parse", "plan", "check", "redact", "show"] as const;

/** One of {@link LOOP_STEPS}. */
export type LoopStep = (typeof LOOP_STEPS)[number];

/** Does one step of a run, and measures it until it returns or throws. */
export type Timed = <T>(step: LoopStep, runId: string, work: () => T) => T;

/** Measures nothing. */
export const untimed: Timed = (_step, _runId, work) => work();
