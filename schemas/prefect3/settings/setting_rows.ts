/**
 * The settings of Prefect 3 that a worker reads, as the usage text and the pages describe them.
 *
 * @see Prefect 3.9.1, "Settings reference"; prefect-aws 0.7.12
 * @module
 */

import type { OptionRow } from "../../options/option.ts";

type Row = readonly [
  name: string,
  type: OptionRow["type"],
  otherwise: string,
  meaning: string,
  unit?: string,
];

const ECS = "PREFECT_INTEGRATIONS_AWS_ECS_";

const ROWS: readonly Row[] = [
  ["PREFECT_API_URL", "text", "none; required", "Address of the API, with `/api`"],
  ["PREFECT_API_KEY", "text", "none", "Key for Prefect Cloud"],
  ["PREFECT_API_AUTH_STRING", "text", "none", "`user:password` for a server of one's own; wins over the key"],
  [
    "PREFECT_API_SSL_CERT_FILE",
    "text",
    "`SSL_CERT_FILE`",
    "PEM file with the authorities that are trusted instead of the built-in ones",
  ],
  ["PREFECT_API_TLS_INSECURE_SKIP_VERIFY", "flag", "false", "Do not verify certificates"],
  ["PREFECT_API_ENABLE_HTTP2", "flag", "false", "Speak HTTP/2 where the API does"],
  ["PREFECT_API_REQUEST_TIMEOUT", "number", "60", "Longest time of one request", "s"],
  [
    "PREFECT_CLIENT_MAX_RETRIES",
    "integer",
    "as long as it is of use",
    "Most times that a request is sent again which may be given up",
  ],
  [
    "PREFECT_CLIENT_RETRY_EXTRA_CODES",
    "text",
    "none",
    "Statuses, with commas between them, after which a request is sent again as well",
  ],
  [
    "PREFECT_CLIENT_RETRY_JITTER_FACTOR",
    "number",
    "0.2",
    "How far chance spreads the waits between two sendings",
  ],
  [
    "PREFECT_CLIENT_CSRF_SUPPORT_ENABLED",
    "flag",
    "true",
    "Ask for a CSRF token before the first request that changes something",
  ],
  [
    "PREFECT_CLIENT_CUSTOM_HEADERS",
    "structure",
    "none",
    "JSON object of headers for every request and socket",
  ],
  ["PREFECT_WORKER_QUERY_SECONDS", "number", "10", "Time between two polls, 30 % more or less", "s"],
  ["PREFECT_WORKER_PREFETCH_SECONDS", "number", "10", "As `--prefetch-seconds`, which wins", "s"],
  ["PREFECT_WORKER_HEARTBEAT_SECONDS", "number", "30", "Time between two heartbeats", "s"],
  [
    "PREFECT_WORKER_ENABLE_CANCELLATION",
    "flag",
    "true",
    "`false` leaves runs that are cancelled to the API and its time limit",
  ],
  [
    "PREFECT_WORKER_DEBUG_MODE",
    "flag",
    "false",
    "Log of this worker at level DEBUG; its flow runs are not told",
  ],
  ["PREFECT_WORKER_WEBSERVER_HOST", "text", "0.0.0.0", "Where `--with-healthcheck` listens"],
  ["PREFECT_WORKER_WEBSERVER_PORT", "port", "8080", "Port of `--with-healthcheck`"],
  ["PREFECT_DEBUG_MODE", "flag", "false", "Level DEBUG where PREFECT_LOGGING_LEVEL is not set"],
  [
    "PREFECT_LOGGING_LEVEL",
    "text",
    "INFO",
    "Level of the log, of this worker and of its flow runs: DEBUG, INFO, WARNING, ERROR or CRITICAL",
  ],
  ["PREFECT_LOGGING_TO_API_ENABLED", "flag", "true", "Send log lines to the API"],
  ["PREFECT_LOGGING_TO_API_BATCH_INTERVAL", "number", "2", "Time between two batches of log lines", "s"],
  ["PREFECT_LOGGING_TO_API_BATCH_SIZE", "integer", "4000000", "Most bytes of one batch", "bytes"],
  ["PREFECT_LOGGING_TO_API_MAX_LOG_SIZE", "integer", "1000000", "Most bytes of one log line", "bytes"],
  ["PREFECT_CLOUD_MAX_LOG_SIZE", "integer", "25000", "Most bytes of one log line on Prefect Cloud", "bytes"],
  [
    "PREFECT_CLOUD_API_URL",
    "text",
    "https://api.prefect.cloud/api",
    "By which addresses Prefect Cloud is known",
  ],
  [
    `${ECS}WORKER_CREATE_TASK_RUN_MAX_ATTEMPTS`,
    "integer",
    "`--placement-retries` holds",
    "Most RunTask requests after placements that ECS refused, the first included",
    "attempts",
  ],
  [`${ECS}WORKER_CREATE_TASK_RUN_MIN_DELAY_SECONDS`, "number", "1", "Wait between two of them", "s"],
  [
    `${ECS}WORKER_CREATE_TASK_RUN_MIN_DELAY_JITTER_SECONDS`,
    "number",
    "0",
    "Least that chance adds to this wait",
    "s",
  ],
  [
    `${ECS}WORKER_CREATE_TASK_RUN_MAX_DELAY_JITTER_SECONDS`,
    "number",
    "3",
    "Most that chance adds to this wait",
    "s",
  ],
  [
    `${ECS}WORKER_REGISTER_TASK_DEFINITION_MAX_ATTEMPTS`,
    "integer",
    "1",
    "Most attempts to register a task definition that AWS refuses; what it puts off is not counted",
    "attempts",
  ],
  [
    `${ECS}WORKER_REGISTER_TASK_DEFINITION_INITIAL_DELAY_SECONDS`,
    "number",
    "1",
    "First wait between two of them; each further one is twice as long",
    "s",
  ],
  [
    `${ECS}WORKER_REGISTER_TASK_DEFINITION_MAX_DELAY_SECONDS`,
    "number",
    "10",
    "Longest wait between two of them",
    "s",
  ],
  [
    `${ECS}OBSERVER_ENABLED`,
    "flag",
    "true",
    "Read the queue of task events; tasks are watched without it, too",
  ],
  [`${ECS}OBSERVER_SQS_QUEUE_NAME`, "text", "prefect-ecs-tasks-events", "Name of the queue of task events"],
  [`${ECS}OBSERVER_SQS_QUEUE_REGION`, "text", "the worker's region", "Region of this queue"],
  [
    `${ECS}OBSERVER_FORWARD_CRASHED_RUN_LOGS`,
    "flag",
    "true",
    "Copy the end of a crashed task's CloudWatch log into the log of its flow run",
  ],
  [`${ECS}OBSERVER_FORWARD_CRASHED_RUN_LOGS_MAX_EVENTS`, "integer", "500", "Most lines of it", "lines"],
];

/** A row for each setting; what its default column says holds where it is set nowhere. */
export const settingRows: readonly OptionRow[] = ROWS.map(([name, type, otherwise, description, unit]) => ({
  name,
  type,
  default: otherwise,
  since: "",
  description,
  ...(unit === undefined ? {} : { unit }),
}));
