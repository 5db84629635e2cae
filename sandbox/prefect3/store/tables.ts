/**
 * The tables of the Prefect 3 API. Each row is one document, as the API answers it as far as possible; the columns are
 * members of it that requests look for.
 *
 * @module
 */

/** One table. */
export interface Table {
  /** Members of the document that are columns, by the name of the column: paths of SQLite's JSON. */
  readonly columns: Readonly<Record<string, string>>;
  /** Members that are never null. */
  readonly filled?: readonly string[];
  /** Lists of columns that no two rows share. */
  readonly unique?: readonly (readonly string[])[];
  /** Lists of columns that are looked for together, with a condition where few rows matter. */
  readonly indexes?: readonly string[];
}

function members(...names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name) => [name, `$.${name}`]));
}

const RUN = members(
  "name",
  "flow_id",
  "deployment_id",
  "work_queue_id",
  "state_id",
  "state_type",
  "state_name",
);

/** Every table by its name. */
export const TABLES = {
  flow: { columns: members("name"), unique: [["name"]] },
  deployment: {
    columns: members("name", "flow_id", "work_queue_id", "concurrency_limit_id"),
    filled: ["enforce_parameter_schema"],
    unique: [["flow_id", "name"]],
  },
  work_pool: {
    columns: members("name"),
    filled: ["is_paused", "base_job_template", "storage_configuration"],
    unique: [["name"]],
  },
  work_queue: {
    columns: members("name", "work_pool_id", "priority"),
    filled: ["name", "description", "priority"],
    unique: [["work_pool_id", "name"]],
  },
  worker: {
    columns: members("name", "work_pool_id", "last_heartbeat_time"),
    unique: [["work_pool_id", "name"]],
  },
  flow_run: {
    columns: {
      ...RUN,
      ...members("next_scheduled_start_time", "expected_start_time", "start_time", "end_time"),
      ...members("idempotency_key", "parent_task_run_id", "state_timestamp"),
      retry_type: "$.empirical_policy.retry_type",
    },
    unique: [["flow_id", "idempotency_key"]],
    indexes: [
      "(work_queue_id, next_scheduled_start_time) WHERE state_type = 'SCHEDULED'",
      "(state_type, next_scheduled_start_time)",
      "(work_queue_id) WHERE state_type IN ('PENDING', 'RUNNING')",
      "(deployment_id)",
      "(parent_task_run_id)",
    ],
  },
  flow_run_state: { columns: members("flow_run_id", "timestamp"), indexes: ["(flow_run_id, timestamp)"] },
  flow_run_input: {
    columns: members("flow_run_id", "key", "created"),
    unique: [["flow_run_id", "key"]],
  },
  task_run: {
    columns: members(
      "name",
      "flow_run_id",
      "task_key",
      "dynamic_key",
      "state_id",
      "state_type",
      "state_name",
    ),
    unique: [["flow_run_id", "task_key", "dynamic_key"]],
  },
  task_run_state: { columns: members("task_run_id", "timestamp"), indexes: ["(task_run_id, timestamp)"] },
  log: {
    columns: members("flow_run_id", "task_run_id", "timestamp", "level"),
    indexes: ["(flow_run_id, timestamp)"],
  },
  variable: { columns: members("name"), filled: ["name", "tags"], unique: [["name"]] },
  block_type: { columns: members("slug"), unique: [["slug"]] },
  block_schema: { columns: members("checksum", "block_type_id") },
  block_document: {
    columns: members("name", "block_type_id"),
    unique: [["block_type_id", "name"]],
  },
  concurrency_limit: { columns: members("name"), unique: [["name"]] },
  lease: { columns: members("expires", "limit_id"), indexes: ["(expires)"] },
  cleanup: { columns: members("work_pool_id", "work_queue_id", "kind", "is_over", "created") },
  event: { columns: members("occurred", "event"), indexes: ["(occurred)"] },
} as const satisfies Readonly<Record<string, Table>>;

/** Name of a table. */
export type TableName = keyof typeof TABLES;

/** Statements that an empty data file needs; harmless on one that has them. */
export function schemaStatements(): readonly string[] {
  return Object.entries<Table>(TABLES).flatMap((
    [name, { columns, filled = [], unique = [], indexes = [] }],
  ) => [
    `CREATE TABLE IF NOT EXISTS "${name}" (id TEXT PRIMARY KEY, doc TEXT NOT NULL${
      Object.entries(columns).map(([column, path]) => `, "${column}" AS (doc ->> '${path}')`).join("")
    }${filled.map((member) => `, CHECK (doc ->> '$.${member}' IS NOT NULL)`).join("")})`,
    ...unique.map((list, at) =>
      `CREATE UNIQUE INDEX IF NOT EXISTS "${name}_only_${at}" ON "${name}" (${list.join(", ")})`
    ),
    ...indexes.map((index, at) => `CREATE INDEX IF NOT EXISTS "${name}_by_${at}" ON "${name}" ${index}`),
  ]);
}
