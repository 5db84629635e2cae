/**
 * The settings of the agent itself, which are the same for every Prefect API and platform.
 *
 * @module
 */

import type { LogFormat, LogLevel } from "../observability/log_level.ts";

/** Settings of one agent process. */
export interface RunnerSettings {
  /** Name that it registers and claims flow runs under. */
  readonly name: string;
  /** Flow runs with all these labels are taken. */
  readonly labels: readonly string[];
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  /** Polls until it drains and ends; null: no limit. */
  readonly maxPolls: number | null;
  /** Longest wait for what is in flight after a stop. @default 25000 */
  readonly graceMs: number;
  /** `http://host:port` of the health server, null: none. */
  readonly agentAddress: string | null;
  /** Absence of the Prefect API after which `/api/health` says so; 0: never. @default 300000 */
  readonly unhealthyAfterMs: number;
}

/** Variable that says the same as `--log-format`. */
export const LOG_FORMAT_VARIABLE = "PREFECT_AGENT_LOG_FORMAT";

/** Default of `--unhealthy-after`. */
export const DEFAULT_UNHEALTHY_AFTER_SECONDS = 300;

/** Default of `--grace`: a container is killed 30 s after it was asked to stop. */
export const DEFAULT_GRACE_SECONDS = 25;
