/**
 * The tables of the sandbox's Prefect 1 API as data: columns with their types and the relations between them. The
 * GraphQL names, the SQL schema and the checks of queries are all read from here.
 *
 * @module
 */

/** How a column is stored, compared and answered. `time` is UTC text with microseconds, so that it sorts. */
export type ColumnType = "text" | "time" | "int" | "bool" | "json";

/** A way from one table to another; `many` answers a list, otherwise one row or null. */
export interface Relation {
  /** Name of the other table. */
  readonly table: string;
  /** Column of this table. */
  readonly from: string;
  /** Column of the other table. */
  readonly to: string;
  /** Whether a row has a list of others. */
  readonly many: boolean;
}

/** One table, its GraphQL field and its SQL table. */
export interface Table {
  /** Name in GraphQL and in SQL. */
  readonly name: string;
  /** Columns by name. */
  readonly columns: ReadonlyMap<string, ColumnType>;
  /** Relations by the field that follows them. */
  readonly relations: ReadonlyMap<string, Relation>;
}

interface Draft {
  readonly text?: string;
  readonly time?: string;
  readonly int?: string;
  readonly bool?: string;
  readonly json?: string;
  readonly one?: Readonly<Record<string, string>>;
  readonly many?: Readonly<Record<string, string>>;
}

const STATE_COPY = {
  text: "state state_message state_id agent_id",
  time: "state_start_time state_timestamp start_time end_time heartbeat",
};

/** `one` reads "relation: table via own column", `many` "relation: table via its column". */
const DRAFTS: Readonly<Record<string, Draft>> = {
  tenant: { text: "name slug", json: "settings" },
  project: {
    text: "tenant_id name description",
    one: { tenant: "tenant_id" },
    many: { flows: "flow.project_id" },
  },
  flow_group: {
    text: "tenant_id name description",
    json: "settings labels default_parameters run_config schedule",
    many: { flows: "flow.flow_group_id" },
  },
  flow: {
    text: "tenant_id project_id flow_group_id version_group_id name description core_version idempotency_key",
    int: "version",
    bool: "archived is_schedule_active",
    json: "settings storage run_config environment parameters schedule serialized_flow",
    one: { project: "project_id", flow_group: "flow_group_id", tenant: "tenant_id" },
    many: { tasks: "task.flow_id", edges: "edge.flow_id", flow_runs: "flow_run.flow_id" },
  },
  task: {
    text: "tenant_id flow_id name slug description type cache_key trigger",
    int: "max_retries",
    bool: "mapped auto_generated is_root_task is_terminal_task is_reference_task",
    json: "tags retry_delay",
    one: { flow: "flow_id" },
    many: { task_runs: "task_run.task_id" },
  },
  edge: {
    text: "tenant_id flow_id upstream_task_id downstream_task_id key",
    bool: "mapped",
    one: { flow: "flow_id" },
  },
  flow_run: {
    text: `tenant_id flow_id name idempotency_key ${STATE_COPY.text}`,
    time: `scheduled_start_time ${STATE_COPY.time}`,
    int: "version times_resurrected",
    bool: "auto_scheduled",
    json: "serialized_state parameters context labels run_config",
    one: { flow: "flow_id", tenant: "tenant_id", agent: "agent_id" },
    many: {
      task_runs: "task_run.flow_run_id",
      states: "flow_run_state.flow_run_id",
      logs: "log.flow_run_id",
    },
  },
  task_run: {
    text: `tenant_id flow_run_id task_id name cache_key ${STATE_COPY.text}`,
    time: STATE_COPY.time,
    int: "version map_index run_count",
    json: "serialized_state",
    one: { flow_run: "flow_run_id", task: "task_id" },
    many: {
      states: "task_run_state.task_run_id",
      logs: "log.task_run_id",
      artifacts: "task_run_artifact.task_run_id",
    },
  },
  flow_run_state: {
    text: "tenant_id flow_run_id state message",
    time: "timestamp start_time",
    int: "version",
    json: "serialized_state",
    one: { flow_run: "flow_run_id" },
  },
  task_run_state: {
    text: "tenant_id task_run_id state message",
    time: "timestamp start_time",
    int: "version",
    json: "serialized_state",
    one: { task_run: "task_run_id" },
  },
  log: {
    text: "tenant_id flow_run_id task_run_id name level message",
    time: "timestamp",
    json: "info",
    one: { flow_run: "flow_run_id", task_run: "task_run_id" },
  },
  agent: {
    text: "tenant_id agent_config_id name type core_version",
    time: "last_queried",
    json: "labels",
    one: { agent_config: "agent_config_id" },
    many: { flow_runs: "flow_run.agent_id" },
  },
  agent_config: { text: "tenant_id name", json: "settings" },
  task_run_artifact: { text: "tenant_id task_run_id kind", json: "data", one: { task_run: "task_run_id" } },
  key_value: { text: "tenant_id key", json: "value" },
  task_tag_limit: { text: "tenant_id tag", int: "limit" },
};

const words = (text: string | undefined): readonly string[] => text?.split(" ") ?? [];

function columnsOf(draft: Draft): Map<string, ColumnType> {
  const columns = new Map<string, ColumnType>([["id", "text"], ["created", "time"], ["updated", "time"]]);
  for (const type of ["text", "time", "int", "bool", "json"] as const) {
    for (const name of words(draft[type])) columns.set(name, type);
  }
  return columns;
}

function relationsOf(draft: Draft): Map<string, Relation> {
  const relations = new Map<string, Relation>();
  for (const [name, from] of Object.entries(draft.one ?? {})) {
    relations.set(name, { table: name, from, to: "id", many: false });
  }
  for (const [name, target] of Object.entries(draft.many ?? {})) {
    const [table = "", to = ""] = target.split(".");
    relations.set(name, { table, from: "id", to, many: true });
  }
  return relations;
}

/** Every table by its GraphQL name. Secrets are kept apart: no query reaches them. */
export const TABLES: ReadonlyMap<string, Table> = new Map(
  Object.entries(DRAFTS).map(([name, draft]) => [
    name,
    { name, columns: columnsOf(draft), relations: relationsOf(draft) },
  ]),
);

/**
 * The table of that name.
 *
 * @throws {RangeError} for a name that is not in {@link TABLES}
 */
export function tableNamed(name: string): Table {
  const table = TABLES.get(name);
  if (table === undefined) throw new RangeError(`Cannot find table: ${name}`);
  return table;
}
