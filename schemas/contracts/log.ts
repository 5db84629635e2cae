/**
 * Where log lines go.
 *
 * @module
 */

import type { LogLevel } from "../observability/log_level.ts";

/** Writes one line at a level. Never pass a secret. */
export type Log = (level: LogLevel, message: string) => void;
