/**
 * Levels and forms of the agent's own log.
 *
 * @module
 */

/** Levels of the agent's own log. */
export type LogLevel = "DEBUG" | "INFO" | "WARNING" | "ERROR";

/** How the agent's own log lines are written. */
export type LogFormat = "text" | "json";
