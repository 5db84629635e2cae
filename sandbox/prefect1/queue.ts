/**
 * What is due for an agent, and the agents themselves.
 *
 * @see recorded: tests/wire/prefect1/README.md §3 and §5
 * @module
 */

import * as v from "valibot";
import type { Json } from "../../schemas/json/json.ts";
import { type ApiOperation, type Call, jsonObject, labels, mutation, tenantOf, text } from "./operation.ts";
import { SCHEDULED_SQL } from "./store/sql_schema.ts";
import { type Bind, fromSql, type Store } from "./store/store.ts";
import { normalTimestamp } from "./store/timestamps.ts";

/** Most flow runs that one poll is given. @see Prefect Server, `get_runs_in_queue` */
const PAGE = 25;

/** The two statements of a poll. */
export const QUEUE_SQL = {
  /** Waiting runs in the order of their start; the partial index holds them ready, so reading stops after a page. */
  waiting:
    `SELECT id, labels FROM flow_run INDEXED BY queue_flow_run WHERE tenant_id = ? AND state_start_time <= ?
  AND state IN (${SCHEDULED_SQL}) ORDER BY state_start_time`,
  /** Running ones with a task run that waits: the late retries. */
  retrying:
    `SELECT r.id, r.labels FROM task_run t INDEXED BY queue_task_run JOIN flow_run r ON r.id = t.flow_run_id
  WHERE t.state_start_time <= ? AND t.state IN (${SCHEDULED_SQL}) AND r.tenant_id = ? AND r.state = 'Running'
  GROUP BY r.id ORDER BY min(t.state_start_time)`,
} as const;

/** Who asks, and until when a run counts as due. */
export interface Asking {
  /** Only its runs are given out. */
  readonly tenantId: string;
  /** Labels of the agent. */
  readonly labels: readonly string[];
  /** A timestamp as stored. */
  readonly before: string;
}

/**
 * Whether an agent may have a run: it must have all of the run's labels, and one that has labels leaves runs without
 * labels to others.
 */
export function mayTake(agent: ReadonlySet<string>, run: readonly string[]): boolean {
  return run.length === 0 ? agent.size === 0 : run.every((label) => agent.has(label));
}

/** Ids of due flow runs, the longest waiting first, at most {@link PAGE}. */
export function runsInQueue(store: Store, asking: Asking): readonly string[] {
  const fits = labelFilter(new Set(asking.labels));
  const found: string[] = [];
  const take = (rows: Iterable<Record<string, Bind>>) => {
    for (const row of rows) {
      if (found.length >= PAGE) return;
      if (fits(String(row["labels"]))) found.push(String(row["id"]));
    }
  };
  take(store.each(QUEUE_SQL.waiting, asking.tenantId, asking.before));
  take(store.each(QUEUE_SQL.retrying, asking.before, asking.tenantId));
  return found;
}

/** Many runs share few sets of labels: each set is parsed once a poll. */
function labelFilter(agent: ReadonlySet<string>): (labels: string) => boolean {
  const known = new Map<string, boolean>();
  return (stored) => {
    const before = known.get(stored);
    if (before !== undefined) return before;
    const parsed = fromSql("json", stored);
    const fits = mayTake(agent, Array.isArray(parsed) ? parsed.map(String) : []);
    known.set(stored, fits);
    return fits;
  };
}

const registration = v.strictObject({
  tenant_id: text,
  type: v.string(),
  name: text,
  labels,
  agent_config_id: text,
});

/** The same agent started again is the same row. @returns its id */
function registerAgent(call: Call, input: v.InferOutput<typeof registration>): string {
  const { store, coreVersion } = call;
  const values = {
    tenant_id: tenantOf(call, input.tenant_id),
    type: input.type,
    name: input.name ?? "agent",
    core_version: coreVersion,
    labels: [...new Set(input.labels ?? [])].sort(),
  };
  const [known] = store.all(
    "SELECT id FROM agent WHERE tenant_id = ? AND type = ? AND name = ? AND core_version IS ? AND labels = ?",
    values.tenant_id,
    values.type,
    values.name,
    values.core_version,
    JSON.stringify(values.labels),
  );
  const seen = { agent_config_id: input.agent_config_id ?? null, last_queried: store.stamp() };
  if (known === undefined) return store.insert("agent", { ...values, ...seen });
  store.update("agent", String(known["id"]), seen);
  return String(known["id"]);
}

const pollInput = v.strictObject({ tenant_id: text, labels, before: text });

function poll(call: Call, input: v.InferOutput<typeof pollInput>): Json {
  const { store, agentId } = call;
  const now = store.stamp();
  if (agentId !== null) store.update("agent", agentId, { last_queried: now });
  const before = typeof input.before === "string" ? normalTimestamp(input.before) : now;
  const asking = { tenantId: tenantOf(call, input.tenant_id), labels: input.labels ?? [], before };
  return { flow_run_ids: [...runsInQueue(store, asking)] };
}

/** Mutations that agents send. */
export const QUEUE: Readonly<Record<string, ApiOperation>> = {
  register_agent: mutation({
    input: registration,
    payload: ["id"],
    run: (call, input) => ({ id: registerAgent(call, input) }),
  }),
  get_runs_in_queue: mutation({
    input: pollInput,
    payload: ["flow_run_ids"],
    run: poll,
  }),
  delete_agent: mutation({
    input: v.strictObject({ agent_id: v.string() }),
    payload: ["success"],
    run: ({ store }, { agent_id }) => {
      const known = store.byId("agent", agent_id) !== undefined;
      store.run("DELETE FROM agent WHERE id = ?", agent_id);
      return { success: known };
    },
  }),
  create_agent_config: mutation({
    input: v.strictObject({ tenant_id: text, name: text, settings: jsonObject }),
    payload: ["id"],
    run: (call, input) => ({
      id: call.store.insert("agent_config", {
        tenant_id: tenantOf(call, input.tenant_id),
        name: input.name ?? null,
        settings: input.settings ?? {},
      }),
    }),
  }),
};
