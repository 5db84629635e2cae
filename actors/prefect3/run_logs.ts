/**
 * Lines of the logs of runs, as the parts of the dialect write them.
 *
 * @module
 */

import type { LogLevel } from "../../schemas/observability/log_level.ts";
import type { RunLogLevel } from "../../schemas/contracts/orchestrator.ts";

/** One line. Never a secret. */
export interface RunLine {
  readonly runId: string;
  readonly level: RunLogLevel;
  readonly message: string;
}

/** Sends lines to the API in batches. */
export interface RunLogs {
  /** Keeps the line until it is sent. Never throws. */
  readonly write: (line: RunLine) => void;
  /** The same for a line of the worker's own log, where the API gave this worker an id. @param message without secrets */
  readonly writeOwn: (level: LogLevel, message: string) => void;
  /** Sends what is left until `signal` aborts. Never rejects. */
  readonly end: (signal: AbortSignal) => Promise<void>;
}
