/**
 * How long a world goes on. All in milliseconds.
 *
 * @module
 */

/** When worlds begin. */
export const START_MS = Date.UTC(2024, 0, 1);

/** After calm everything must be settled within this time, whatever happened: the deadlines of all stages and Lazarus. */
export const SETTLING_MS = 75 * 60_000;

/** A world that is settled goes on for this long, to see whether it stays so. */
export const AFTERMATH_MS = 25_000;

/** Between two looks at what is left to happen. */
export const LOOK_MS = 10_000;
