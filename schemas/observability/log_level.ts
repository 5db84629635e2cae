/**
 * Levels and forms of the agent's own log.
 *
 * @module
 */

/** Levels of the agent's own log, weakest first; also the accepted values of `--log-level`. */
export const LOG_LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR"] as const;

/** A level of the agent's own log. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** How log lines are written; also the accepted values of `--log-format`. */
export const LOG_FORMATS = ["text", "json"] as const;

/** How the agent's own log lines are written. */
export type LogFormat = (typeof LOG_FORMATS)[number];
