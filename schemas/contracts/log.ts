/**
 * Where log lines go.
 *
 * @module
 */

import type { LogLevel } from "../observability/log_level.ts";

/** What a line is about, for readers that sort lines without reading their text. */
export interface LogSubject {
  /** The flow run that the line names; null where it names none, or several. */
  readonly runId: string | null;
}

/** Writes one line at a level. Never pass a secret. */
export type Log = (level: LogLevel, message: string, subject?: LogSubject) => void;
