/**
 * The SQL schema, made from {@link TABLES}, and the indexes that keep polls fast with many due runs.
 *
 * @module
 */

import { type ColumnType, type Table, TABLES } from "./model.ts";
import { SCHEDULED } from "./states.ts";

const SQL_TYPES: Readonly<Record<ColumnType, string>> = {
  text: "TEXT",
  time: "TEXT",
  int: "INTEGER",
  bool: "INTEGER",
  json: "TEXT",
};

/** SQL list of the states in which a run waits for its start time. */
export const SCHEDULED_SQL: string = [...SCHEDULED].map((name) => `'${name}'`).join(", ");

/** Two partial indexes hold only what waits, in the order in which the queue gives it out. */
const INDEXES: readonly string[] = [
  `queue_flow_run ON flow_run (tenant_id, state_start_time) WHERE state IN (${SCHEDULED_SQL})`,
  `queue_task_run ON task_run (state_start_time) WHERE state IN (${SCHEDULED_SQL})`,
  "flow_by_group ON flow (flow_group_id, version)",
  "flow_by_project ON flow (project_id, name)",
  "task_by_flow ON task (flow_id, slug)",
  "edge_by_flow ON edge (flow_id)",
  "flow_run_by_flow ON flow_run (flow_id)",
  "flow_run_by_state ON flow_run (state)",
  "task_run_by_state ON task_run (state)",
  "task_run_by_task ON task_run (task_id)",
  "flow_run_state_by_run ON flow_run_state (flow_run_id, version)",
  "task_run_state_by_run ON task_run_state (task_run_id, version)",
  "log_by_flow_run ON log (flow_run_id, timestamp)",
  "log_by_task_run ON log (task_run_id)",
  "artifact_by_task_run ON task_run_artifact (task_run_id)",
];

const UNIQUE: readonly string[] = [
  "project_name ON project (tenant_id, name)",
  "tenant_slug ON tenant (slug)",
  "flow_group_name ON flow_group (tenant_id, name)",
  "flow_run_key ON flow_run (flow_id, idempotency_key)",
  "task_run_place ON task_run (flow_run_id, task_id, map_index)",
  "key_value_key ON key_value (tenant_id, key)",
  "task_tag_limit_tag ON task_tag_limit (tenant_id, tag)",
];

function createTable(table: Table): string {
  const columns = [...table.columns].map(([name, type]) =>
    name === "id" ? `"id" TEXT PRIMARY KEY` : `"${name}" ${SQL_TYPES[type]}`
  );
  return `CREATE TABLE IF NOT EXISTS "${table.name}" (${columns.join(", ")})`;
}

/** Every statement that an empty data file needs; harmless on one that has them. */
export function schemaStatements(): readonly string[] {
  return [
    ...[...TABLES.values()].map(createTable),
    `CREATE TABLE IF NOT EXISTS secret (tenant_id TEXT, name TEXT, value TEXT, PRIMARY KEY (tenant_id, name))`,
    ...INDEXES.map((index) => `CREATE INDEX IF NOT EXISTS ${index}`),
    ...UNIQUE.map((index) => `CREATE UNIQUE INDEX IF NOT EXISTS ${index}`),
  ];
}
