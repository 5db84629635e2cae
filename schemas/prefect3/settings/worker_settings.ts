/**
 * The settings of a worker, read once at the start.
 *
 * @module
 */

import type { JsonObject } from "../../json/json.ts";
import type { RunnerSettings } from "../../options/runner_settings.ts";
import type { Secret } from "../../secrets/secret.ts";
import type { Attempts } from "../../time/attempts.ts";

/** How the API is reached. */
export interface ApiSettings {
  /** `PREFECT_API_URL`, trimmed and without a slash at its end. */
  readonly url: string;
  /** `PREFECT_API_KEY`. */
  readonly key: Secret | null;
  /** `PREFECT_API_AUTH_STRING`, `user:password`; wins over the key. */
  readonly authString: Secret | null;
  /** PEM file that replaces the built-in authorities; null: none. */
  readonly certFile: string | null;
  /** Certificates are not verified. */
  readonly skipVerify: boolean;
  readonly http2: boolean;
  /** `PREFECT_API_REQUEST_TIMEOUT`, in milliseconds. @default 60000 */
  readonly requestTimeoutMs: number;
  /** `PREFECT_CLIENT_MAX_RETRIES`, where the user set it; null: requests are tried as the program thinks best. */
  readonly maxRetries: number | null;
  /** `PREFECT_CLIENT_RETRY_EXTRA_CODES`. */
  readonly extraCodes: readonly number[];
  /** `PREFECT_CLIENT_RETRY_JITTER_FACTOR`. @default 0.2 */
  readonly jitter: number;
  /** `PREFECT_CLIENT_CSRF_SUPPORT_ENABLED`. @default true */
  readonly csrf: boolean;
  /** `PREFECT_CLIENT_CUSTOM_HEADERS`. */
  readonly headers: Readonly<Record<string, string>>;
}

/** `PREFECT_LOGGING_TO_API_*`. */
export interface LogSettings {
  readonly enabled: boolean;
  /** In milliseconds. @default 2000 */
  readonly intervalMs: number;
  /** Most bytes of one batch. @default 4000000 */
  readonly batchBytes: number;
  /** Most bytes of one line. @default 1000000, on Prefect Cloud 25000 (`PREFECT_CLOUD_MAX_LOG_SIZE`) */
  readonly lineBytes: number;
}

/** `PREFECT_INTEGRATIONS_AWS_ECS_*`. */
export interface TaskSettings {
  /** Attempts after refused placements and the waits between them, as far as the user set any; null: as for every agent. */
  readonly launchAttempts: Attempts | null;
  /** Attempts to register what AWS refuses, where the user set their number; null: a refusal is final. */
  readonly registerAttempts: Attempts | null;
  /** Names of settings that were set and have no effect. */
  readonly withoutEffect: readonly string[];
  /** Name of the queue of task events; null: it is left unread. */
  readonly queue: string | null;
  /** Region of the queue; null: the worker's own. */
  readonly queueRegion: string | null;
  /** Lines of the log of a task that crashed go into the run's log; 0: none. */
  readonly crashLogLines: number;
}

/** One setting in force. */
export interface SettingInForce {
  /** `PREFECT_…`. */
  readonly name: string;
  /** As text; never shown where it is a secret. */
  readonly value: string;
  /** Where it was found: `environment`, a file with its path, `profile NAME`. */
  readonly from: string;
}

/** Settings of one worker. `name`, `logLevel`, `graceMs`… are those of every agent. */
export interface WorkerSettings extends RunnerSettings {
  readonly pool: string;
  /** Names of work queues; empty: all of the pool. */
  readonly queues: readonly string[];
  /** Most tasks that live; null: no limit. */
  readonly limit: number | null;
  /** Runs that are due within this time are launched when they are found, in milliseconds. @default 10000 */
  readonly prefetchMs: number;
  /** Time between two polls, in milliseconds. @default 10000 */
  readonly queryMs: number;
  /** In milliseconds. @default 30000 */
  readonly heartbeatMs: number;
  readonly createPool: boolean;
  /** What the pool is created with; null: the default template. */
  readonly baseJobTemplate: JsonObject | null;
  /** Whether `/events/out` is listened to. */
  readonly events: boolean;
  /** False: cancelling is left to the server. */
  readonly cancels: boolean;
  readonly api: ApiSettings;
  readonly logs: LogSettings;
  readonly ecs: TaskSettings;
  /** Every `PREFECT_*` setting that the user set anywhere: containers get them. */
  readonly explicit: readonly SettingInForce[];
  /** Containers also get the settings that mean this worker alone. */
  readonly passWorkerSettings: boolean;
}
