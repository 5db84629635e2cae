/**
 * Values that several options of the Prefect 1 agents share, and their defaults.
 *
 * @module
 */

/** Levels of the agent's log, weakest first; also the accepted values of `--log-level`. */
export const LOG_LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR"] as const;

/** How log lines are written; also the accepted values of `--log-format`. */
export const LOG_FORMATS = ["text", "json"] as const;

/** Variable that says the same as `--log-format`. */
export const LOG_FORMAT_VARIABLE = "PREFECT_AGENT_LOG_FORMAT";

/** Seconds without the Prefect API after which the agent says that it is not well. */
export const DEFAULT_UNHEALTHY_AFTER_SECONDS = 300;

/** Seconds that a stop waits for what is in flight: ECS kills a container 30 s after it asked it to stop. */
export const DEFAULT_GRACE_SECONDS = 25;
