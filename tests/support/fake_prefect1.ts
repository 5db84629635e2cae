/**
 * A Prefect 1 API in memory behind an `HttpCall`: version locks, `State update failed`, partial application of lists, and
 * faults by script.
 *
 * @module
 */

import type { HttpAnswer, HttpCall, HttpRequest } from "../../actors/http/http.ts";
import { FailureError } from "../../schemas/failure/failure.ts";
import type { Json, JsonObject } from "../../schemas/json/json.ts";

/** A request as the API read it. */
export interface Seen {
  /** Root field. */
  readonly op: string;
  readonly query: string;
  // deno-lint-ignore no-explicit-any
  readonly input: any; // variables.input, of many shapes
  readonly headers: Readonly<Record<string, string>>;
  readonly url: string;
}

/** What happens to one request instead of the usual. */
export type Fault =
  /** Answered without being executed. */
  | { readonly status: number; readonly body: Json | string; readonly headers?: Record<string, string> }
  /** Connection lost before it was executed. */
  | "drop"
  /** Executed, but the answer is lost. */
  | "loseAnswer"
  /** The answer is lost, and it is executed only when the next mutation comes in. */
  | "late";

/** A run or task run of the fake. */
export interface FakeRun {
  readonly id: string;
  version: number;
  state: JsonObject;
  readonly row?: JsonObject;
  states?: JsonObject[];
}

/** The API and the hand that breaks it. */
export interface FakePrefect {
  readonly call: HttpCall;
  readonly seen: Seen[];
  readonly runs: Map<string, FakeRun>;
  readonly taskRuns: Map<string, FakeRun>;
  readonly logs: JsonObject[];
  /** Requests that are still on their way. */
  readonly late: Seen[];
  /** Faults by root field, used up in order. */
  readonly faults: Map<string, Fault[]>;
  /** Ids that the queue answers. */
  queue: readonly string[];
  readonly ops: () => readonly string[];
  readonly of: (op: string) => readonly Seen[];
}

/** An answer as HTTP gives it. */
export function answer(
  status: number,
  body: Json | string,
  headers: Record<string, string> = {},
): HttpAnswer {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return { status, headers, body: new TextEncoder().encode(text) };
}

/** GraphQL errors as the API gives them, with status 200. */
export function errors(message: string, code?: string): Fault {
  const one = code === undefined ? { message } : { message, extensions: { code } };
  return { status: 200, body: { errors: [one], data: null } };
}

/** A scheduled run with everything a launch needs. */
export function scheduledRun(id: string, version = 1, startTime = "2023-01-02T03:04:00+00:00"): FakeRun {
  const state = { type: "Scheduled", message: "Flow run scheduled.", start_time: startTime };
  const flow = {
    id: "f1",
    name: "Flow",
    version: 1,
    environment: null,
    storage: null,
    core_version: "1.4.1",
  };
  return { id, version, state, row: { name: `run-${id}`, run_config: null, flow, task_runs: [] } };
}

/** Makes the fake. */
export function fakePrefect(runs: readonly FakeRun[] = []): FakePrefect {
  const fake: Omit<FakePrefect, "call"> = {
    seen: [],
    runs: new Map(runs.map((run) => [run.id, run])),
    taskRuns: new Map(),
    logs: [],
    late: [],
    faults: new Map(),
    queue: runs.map((run) => run.id),
    ops: () => fake.seen.map((one) => one.op),
    of: (op) => fake.seen.filter((one) => one.op === op),
  };
  // The spread would freeze `queue`; the call reads the living object.
  return Object.assign(fake, { call: (request: HttpRequest) => serve(request, fake) });
}

function serve(request: HttpRequest, fake: Omit<FakePrefect, "call">): Promise<HttpAnswer> {
  request.signal?.throwIfAborted();
  const doc = JSON.parse(String(request.body));
  const variables = JSON.parse(doc.variables);
  const op = /\{\s*(?:\w+:\s*)?(\w+)/.exec(String(doc.query))?.[1] ?? "";
  const seen = {
    op,
    query: doc.query,
    input: variables?.input ?? null,
    headers: request.headers,
    url: request.url,
  };
  fake.seen.push(seen);
  for (const one of fake.late.splice(0, op === "flow_run" ? 0 : fake.late.length)) execute(one, fake);
  const fault = fake.faults.get(op)?.shift();
  if (fault === "late") fake.late.push(seen);
  if (fault === "late" || fault === "drop") return Promise.reject(lost());
  if (fault !== undefined && fault !== "loseAnswer") {
    return Promise.resolve(answer(fault.status, fault.body, fault.headers));
  }
  const done = execute(seen, fake);
  return fault === "loseAnswer" ? Promise.reject(lost()) : Promise.resolve(answer(200, done));
}

function lost(): FailureError {
  return new FailureError({ tag: "timedOut", message: "No answer within 15 s" });
}

function execute(seen: Seen, fake: Omit<FakePrefect, "call">): JsonObject {
  const { op, input, query } = seen;
  switch (op) {
    case "hello":
      return { data: { hello: "hi" } };
    case "auth_info":
      return { data: { auth_info: { api_token_scope: "RUNNER", tenant_id: "tenant-of-key" } } };
    case "tenant":
      return { data: { tenant: [{ id: "tenant-of-server" }] } };
    case "register_agent":
      return { data: { register_agent: { id: "agent-id" } } };
    case "agent_config":
      return { data: { agent_config: [{ settings: {} }] } };
    case "get_runs_in_queue":
      return { data: { get_runs_in_queue: { flow_run_ids: fake.queue } } };
    case "set_flow_run_states":
      return setStates(op, "flow_run_id", { items: input.states, rows: fake.runs });
    case "set_task_run_states":
      return setStates(op, "task_run_id", { items: input.states, rows: fake.taskRuns });
    case "write_run_logs":
      fake.logs.push(...input.logs);
      return { data: { write_run_logs: { success: true } } };
    case "flow_run":
      if (query.includes(CLAIMED)) return { data: { flow_run: claimedRows(query, fake) } };
      return { data: { flow_run: idsOf(query).flatMap((id) => rowsOf(fake.runs.get(id), query)) } };
    case "flow_run_by_pk":
      return {
        data: Object.fromEntries(
          [...query.matchAll(/(\w+): flow_run_by_pk\(id: "([^"]*)"\)/g)].map(([, alias = "", id = ""]) => [
            alias,
            rowsOf(fake.runs.get(id), query)[0] ?? null,
          ]),
        ),
      };
    case "task_run":
      return { data: { task_run: idsOf(query).flatMap((id) => rowsOf(fake.taskRuns.get(id), query)) } };
  }
  return { errors: [{ message: `Cannot query field ${op}` }] };
}

interface StateItem {
  readonly version: number | null;
  readonly state: JsonObject;
  readonly [id: string]: unknown;
}

/** As the server does: one after the other, those before a refused one stay applied. */
function setStates(
  op: string,
  key: string,
  { items, rows }: { items: readonly StateItem[]; rows: Map<string, FakeRun> },
): JsonObject {
  const problems: JsonObject[] = [];
  for (const item of items) {
    const row = rows.get(String(item[key]));
    const why = row === undefined ? "not found" : refusal(row, item);
    if (why !== null) problems.push({ message: why });
    else if (row !== undefined) apply(row, item.state);
  }
  if (problems.length > 0) return { errors: problems.slice(0, 1), data: null };
  const states = items.map((item) => ({ id: String(item[key]), status: "SUCCESS", message: null }));
  return { data: { [op]: { states } } };
}

function refusal(row: FakeRun, item: StateItem): string | null {
  if (item.state.type !== "Submitted") return item.version === row.version ? null : "version lock";
  if (row.state.type === "Submitted") return "State update failed: this run has already been submitted.";
  return item.version === row.version ? null : "State update failed: version";
}

function apply(row: FakeRun, state: JsonObject): void {
  row.states = [row.state, ...(row.states ?? [])];
  row.state = state;
  row.version++;
}

const CLAIMED = 'state: { _in: ["Submitted", "Running", "Cancelling"] }';

/** Pages by id, as the order asks. */
function claimedRows(query: string, fake: Omit<FakePrefect, "call">): readonly JsonObject[] {
  const after = /id: \{ _gt: "([^"]*)" \}/.exec(query)?.[1] ?? "";
  const limit = Number(/limit: (\d+)\) \{ id/.exec(query)?.[1]);
  const types = ["Submitted", "Running", "Cancelling"];
  const runs = [...fake.runs.values()].filter((run) =>
    types.includes(String(run.state.type)) && run.id > after
  );
  return runs.sort((a, b) => a.id < b.id ? -1 : 1).slice(0, limit).flatMap((run) => rowsOf(run, query));
}

/** A bracket within an id does not end the list. */
const ID_LIST = /id: \{ _in: (\[(?:"(?:[^"\\]|\\.)*"|[^"\]])*\])/;

function idsOf(query: string): readonly string[] {
  const list = ID_LIST.exec(query)?.[1] ?? "[]";
  return JSON.parse(list);
}

function rowsOf(run: FakeRun | undefined, query: string): readonly JsonObject[] {
  if (run === undefined) return [];
  if (!query.includes("serialized_state")) {
    return [{ id: run.id, version: run.version, state: run.state.type ?? null }];
  }
  const submitted = (run.states ?? []).filter((state) => state.type === "Submitted");
  const states = submitted.slice(0, 1).map((state) => ({ serialized_state: state }));
  const isMetadata = query.includes("_or:") && !query.includes(CLAIMED);
  if (isMetadata && run.state.type !== "Scheduled" && run.state.type !== "Running") return [];
  const { run_config, ...row } = run.row ?? {};
  const config = run_config === undefined || !query.includes("run_config") ? {} : { run_config };
  return [{
    ...row,
    ...config,
    id: run.id,
    version: run.version,
    state: run.state.type ?? null,
    serialized_state: run.state,
    states,
  }];
}
