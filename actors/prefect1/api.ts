/**
 * The operations of the Prefect 1 API that an agent uses, with answers parsed.
 *
 * @module
 */

import * as v from "valibot";
import { BOUNDS } from "../../schemas/bounds/bounds.ts";
import type { Clock } from "../../schemas/time/clock.ts";
import { FailureError } from "../../schemas/failure/failure.ts";
import { isLaterClaim } from "../../schemas/prefect1/claim_key.ts";
import { isJsonObject, type JsonObject } from "../../schemas/json/json.ts";
import { markerOf } from "../../schemas/prefect1/claim_marker.ts";
import {
  parseGlance,
  parseReadStates,
  type ReadState,
  readStateOfGlance,
  type RowGlance,
} from "../../schemas/prefect1/rows.ts";
import { isoOf } from "../../schemas/prefect1/time.ts";
import type { RunLogLevel } from "../../schemas/contracts/orchestrator.ts";
import type { Graphql } from "./graphql.ts";
import * as queries from "./queries.ts";
import { type ReadApart, readApart } from "./read_apart.ts";

/** A state to set. */
export interface StateInput {
  /** Id of the flow run or task run. */
  readonly id: string;
  /** Version the state was read at, null: not checked. */
  readonly version: number | null;
  readonly state: JsonObject;
}

/** A line for a run's own log; the API adds the time. */
export interface LogLine {
  readonly runId: string;
  readonly level: RunLogLevel;
  readonly message: string;
}

/** The agent's identity in the API, filled in while it starts. */
export interface Session {
  /** Null for legacy tokens, undefined until known. */
  tenantId: string | null | undefined;
  agentId: string | null;
}

/** What {@link makePrefect1Api} needs. */
export interface Prefect1ApiOptions {
  readonly graphql: Graphql;
  readonly session: Session;
  readonly clock: Clock;
  /** Name of the agent: the logger name of its lines. */
  readonly name: string;
  readonly labels: readonly string[];
}

/** The operations. Everything throws `FailureError`. */
export interface Prefect1Api {
  /** Ids of due runs. */
  readonly queue: (signal: AbortSignal) => Promise<readonly string[]>;
  /** Unparsed rows of those runs that may be launched; a run whose row cannot be read does not hold back the others. */
  readonly metadata: (ids: readonly string[], signal: AbortSignal) => Promise<ReadApart<unknown, RowGlance>>;
  /** Not sent again by itself: a repeated claim is refused by the server. */
  readonly setFlowRunStates: (states: readonly StateInput[], signal: AbortSignal) => Promise<void>;
  /** Likewise. */
  readonly setTaskRunStates: (states: readonly StateInput[], signal: AbortSignal) => Promise<void>;
  /** Of a run whose row cannot be read only version and type are answered. */
  readonly readFlowRuns: (ids: readonly string[], signal: AbortSignal) => Promise<readonly ReadState[]>;
  /** The same, each by its key. A row that cannot be read is left out. */
  readonly readFlowRunsByKey: (ids: readonly string[], signal: AbortSignal) => Promise<readonly ReadState[]>;
  /** Likewise. */
  readonly readTaskRuns: (ids: readonly string[], signal: AbortSignal) => Promise<readonly ReadState[]>;
  /** Unparsed rows of claimed runs that have not ended. */
  readonly claimedRuns: (page: queries.ClaimedPage, signal: AbortSignal) => Promise<readonly unknown[]>;
  /** Whether any agent has claimed a task run of this flow run after this claim, whether or not that claim still stands. */
  readonly hasLaterClaim: (
    run: { readonly id: string; readonly claim: string },
    signal: AbortSignal,
  ) => Promise<boolean>;
  /** Whether a task run of this flow run waits for a later moment. */
  readonly hasWaitingTaskRuns: (runId: string, signal: AbortSignal) => Promise<boolean>;
  readonly writeRunLogs: (lines: readonly LogLine[], signal: AbortSignal) => Promise<void>;
}

/** How far ahead the queue is asked: such runs are waited for. @see Prefect 0.15.13 agent/agent.py */
const LOOK_AHEAD_MS = 10_000;

/** A task run of a running flow is left to the flow itself for this long. @see Prefect 0.15.13 agent/agent.py */
const LATE_AFTER_MS = 3_000;

const queueAnswer = v.object({ get_runs_in_queue: v.object({ flow_run_ids: v.array(v.unknown()) }) });
const flowRunAnswer = v.object({ flow_run: v.array(v.unknown()) });
const keyedAnswer = v.record(v.string(), v.unknown());
const taskRunAnswer = v.object({ task_run: v.array(v.unknown()) });
const taskClaimsAnswer = v.object({
  task_run: v.array(v.object({ states: v.array(v.object({ serialized_state: v.unknown() })) })),
});
const logsAnswer = v.object({ write_run_logs: v.nullish(v.object({ success: v.nullish(v.boolean()) })) });

/** Makes the operations of one session. */
export function makePrefect1Api(options: Prefect1ApiOptions): Prefect1Api {
  return { ...makeQueue(options), ...makeReads(options), ...makeWrites(options) };
}

function makeQueue(
  { graphql, session, clock, labels }: Prefect1ApiOptions,
): Pick<Prefect1Api, "queue"> {
  return {
    queue: async (signal) => {
      const before = isoOf(clock.now() + LOOK_AHEAD_MS);
      const input = { before, labels, tenant_id: session.tenantId ?? null };
      const data = await graphql({ query: queries.QUEUE, variables: { input }, signal });
      const answer = parseAnswer(queueAnswer, data);
      return answer.get_runs_in_queue.flow_run_ids.filter((id) => typeof id === "string");
    },
  };
}

type Writes = Pick<Prefect1Api, "setFlowRunStates" | "setTaskRunStates" | "writeRunLogs">;

function makeWrites({ graphql, name }: Prefect1ApiOptions): Writes {
  const set = async (query: string, rows: readonly JsonObject[], signal: AbortSignal) => {
    await graphql({ query, variables: { input: { states: rows } }, resends: 0, signal });
  };
  return {
    setFlowRunStates: (states, signal) => {
      const rows = states.map(({ id, version, state }) => ({ flow_run_id: id, state, version }));
      return set(queries.SET_FLOW_RUN_STATES, rows, signal);
    },
    setTaskRunStates: (states, signal) => {
      const rows = states.map(({ id, version, state }) => ({ task_run_id: id, state, version }));
      return set(queries.SET_TASK_RUN_STATES, rows, signal);
    },
    writeRunLogs: async (lines, signal) => {
      const logs = lines.map(({ runId, level, message }) => ({ flow_run_id: runId, name, message, level }));
      const answer = parseAnswer(
        logsAnswer,
        await graphql({ query: queries.WRITE_RUN_LOGS, variables: { input: { logs } }, signal }),
      );
      if (answer.write_run_logs?.success === false) {
        throw new FailureError({ tag: "apiError", code: "", message: "Writing logs failed" });
      }
    },
  };
}

function makeReads({ graphql, clock }: Prefect1ApiOptions): Omit<Prefect1Api, "queue" | keyof Writes> {
  const ask = (query: string, signal: AbortSignal, rows = 1) =>
    graphql({ query, signal, mostBytes: rows > 1 ? BOUNDS.page.most : BOUNDS.answer.most });
  const flowRuns = async (query: string, signal: AbortSignal, rows?: number) =>
    parseAnswer(flowRunAnswer, await ask(query, signal, rows)).flow_run;
  const taskRuns = async (query: string, signal: AbortSignal, rows?: number) =>
    parseAnswer(taskRunAnswer, await ask(query, signal, rows)).task_run;
  const flowRunGlance = async (id: string, signal: AbortSignal) =>
    glanceIn(await flowRuns(queries.flowRunGlanceQuery([id]), signal));
  return {
    metadata: (ids, signal) => {
      const dueBeforeMs = clock.now() - LATE_AFTER_MS;
      return readApart(ids, {
        read: (part) => flowRuns(queries.metadataQuery(part, dueBeforeMs), signal, part.length),
        glance: (id) => flowRunGlance(id, signal),
      });
    },
    readFlowRuns: async (ids, signal) =>
      statesIn(
        await readApart(ids, {
          read: (part) => flowRuns(queries.flowRunStatesQuery(part), signal, part.length),
          glance: (id) => flowRunGlance(id, signal),
        }),
      ),
    readFlowRunsByKey: async (ids, signal) => {
      const data = await ask(queries.flowRunsByKeyQuery(ids), signal, ids.length);
      const rows = Object.values(parseAnswer(keyedAnswer, data));
      return parseReadStates(rows.filter((row) => row !== null));
    },
    readTaskRuns: async (ids, signal) =>
      statesIn(
        await readApart(ids, {
          read: (part) => taskRuns(queries.taskRunStatesQuery(part), signal, part.length),
          glance: async (id) => glanceIn(await taskRuns(queries.taskRunGlanceQuery([id]), signal)),
        }),
      ),
    claimedRuns: (page, signal) => flowRuns(queries.claimedRunsQuery(page), signal, page.limit),
    hasLaterClaim: async ({ id, claim }, signal) => {
      const data = await ask(queries.taskRunClaimsQuery(id), signal);
      return parseAnswer(taskClaimsAnswer, data).task_run.some(({ states }) =>
        states.some(({ serialized_state: state }) => {
          const held = isJsonObject(state) ? markerOf(state)?.marker.claim : undefined;
          return held !== undefined && isLaterClaim(held, claim);
        })
      );
    },
    hasWaitingTaskRuns: async (runId, signal) =>
      (await taskRuns(queries.waitingTaskRunsQuery(runId), signal)).length > 0,
  };
}

/** Undefined: there is no such run. @throws {FailureError} `unavailable` for a row that is none */
function glanceIn([row]: readonly unknown[]): RowGlance | undefined {
  if (row === undefined) return undefined;
  const seen = parseGlance(row);
  if (seen !== null) return seen;
  const message = "The Prefect API is not available: malformed response, a row has no id, version or state";
  throw new FailureError({ tag: "unavailable", status: 200, message });
}

function statesIn({ rows, unreadable }: ReadApart<unknown, RowGlance>): readonly ReadState[] {
  return [...parseReadStates(rows), ...unreadable.map(({ glance }) => readStateOfGlance(glance))];
}

/**
 * Checks the shape of an answer's data.
 *
 * @throws {FailureError} `unavailable` when something that is not this API answered
 */
export function parseAnswer<Schema extends v.GenericSchema>(
  schema: Schema,
  data: unknown,
): v.InferOutput<Schema> {
  const parsed = v.safeParse(schema, data);
  if (parsed.success) return parsed.output;
  const field = v.getDotPath(parsed.issues[0]) ?? "the answer";
  const message = `The Prefect API is not available: malformed response, ${field} is not as expected`;
  throw new FailureError({ tag: "unavailable", status: 200, message });
}
