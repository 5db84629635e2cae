/**
 * A store in memory with a clock that tests move, and calls as the HTTP side would make them.
 *
 * @module
 */

import { execute, type Executed } from "../../../sandbox/prefect1/execute.ts";
import type { Call } from "../../../sandbox/prefect1/operation.ts";
import { openStore, type Store } from "../../../sandbox/prefect1/store/store.ts";
import { defaultTenant } from "../../../sandbox/prefect1/tenancy.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../schemas/json/json.ts";

/** A sandbox without HTTP. */
export interface Bench {
  readonly store: Store;
  readonly tenantId: string;
  /** Moves the clock to that many milliseconds since 1970. */
  readonly at: (ms: number) => void;
  readonly now: () => number;
  /** Executes a document as somebody with these headers. */
  readonly execute: (query: string, variables?: JsonObject, call?: Partial<Call>) => Executed;
  /** The value of the first field; throws when there are errors. */
  readonly ask: (query: string, variables?: JsonObject, call?: Partial<Call>) => Json;
  /** Runs a mutation on its input and answers its payload. */
  readonly mutate: (name: string, input: JsonObject, selection: string, call?: Partial<Call>) => JsonObject;
  /** The first error of a mutation; throws when there is none. */
  readonly refused: (name: string, input: JsonObject, selection: string, call?: Partial<Call>) => Refused;
}

/** An error as the API answers it. */
export interface Refused {
  readonly status: number;
  readonly message: string;
  readonly code: string;
}

/** Where the clock of a new bench stands. */
export const START_MS: number = Date.UTC(2026, 10, 21, 8, 0, 0);

/** A fresh sandbox in memory. */
export function bench(): Bench {
  let now = START_MS;
  let ids = 0;
  const newId = () => `00000000-0000-4000-8000-${String(++ids).padStart(12, "0")}`;
  const store = openStore({ path: ":memory:", clock: { now: () => now }, newId });
  const tenantId = defaultTenant(store);
  const base: Call = {
    store,
    tenantId,
    agentId: null,
    coreVersion: "0.15.13",
    versionLocking: true,
    random: () => 0,
  };
  const run = (query: string, variables: JsonObject = {}, call: Partial<Call> = {}) =>
    execute({ ...base, ...call }, { query, variables, operationName: null });
  const mutation = (name: string, input: JsonObject, selection: string, call?: Partial<Call>) =>
    run(`mutation($input: ${name}_input!) { ${name}(input: $input) { ${selection} } }`, { input }, call);
  return {
    store,
    tenantId,
    at: (ms) => void (now = ms),
    now: () => now,
    execute: run,
    ask: (query, variables, call) => firstField(run(query, variables, call)),
    mutate: (name, input, selection, call) => {
      const payload = firstField(mutation(name, input, selection, call));
      if (!isJsonObject(payload)) throw new TypeError(`${name} answered no object`);
      return payload;
    },
    refused: (name, input, selection, call) => firstError(mutation(name, input, selection, call)),
  };
}

function firstField({ body }: Executed): Json {
  const data = body["data"];
  if ("errors" in body || !isJsonObject(data)) throw new Error(JSON.stringify(body));
  return Object.values(data)[0] ?? null;
}

/** The first error of an answer; throws when there is none. */
export function firstError({ status, body }: Executed): Refused {
  const [error] = (body["errors"] ?? []) as JsonObject[];
  if (error === undefined) throw new Error(`No error in ${JSON.stringify(body)}`);
  return {
    status,
    message: String(error["message"]),
    code: String((error["extensions"] as JsonObject)["code"]),
  };
}

/** A flow as `flow.serialize()` writes it, with tasks in a row. */
export function serializedFlow(name: string, more: JsonObject = {}): JsonObject {
  const task = (slug: string) => ({ slug, name: slug, type: "prefect.Task", tags: [], max_retries: 0 });
  return {
    name,
    type: "prefect.core.flow.Flow",
    parameters: [],
    tasks: [task("first"), task("second")],
    edges: [{
      upstream_task: { slug: "first" },
      downstream_task: { slug: "second" },
      key: "x",
      mapped: false,
    }],
    storage: { type: "Local" },
    run_config: null,
    environment: null,
    __version__: "0.15.13",
    ...more,
  };
}

/** Registers a flow in the project `lab`, which is made when missing. @returns the id of the flow */
export function registered(
  on: Bench,
  flow: JsonObject = serializedFlow("etl"),
  more: JsonObject = {},
): string {
  const [project] = on.store.all("SELECT id FROM project WHERE name = 'lab'");
  const projectId = project === undefined
    ? on.mutate("create_project", { name: "lab" }, "id")["id"]
    : project["id"];
  const input = { project_id: String(projectId), serialized_flow: flow, ...more };
  return String(on.mutate("create_flow", input, "id")["id"]);
}

/** Creates a run. @returns its id */
export function created(on: Bench, input: JsonObject): string {
  return String(on.mutate("create_flow_run", input, "id")["id"]);
}
