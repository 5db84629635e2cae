/**
 * Executes what a GraphQL document asks for, field by field: a refused field is null with an error beside it.
 *
 * @module
 */

import { FailureError } from "../../schemas/failure/failure.ts";
import { isJsonObject, type Json, type JsonObject } from "../../schemas/json/json.ts";
import { type Asked, type GraphqlRequest, type Operation, readOperation } from "./document.ts";
import { FLOW_GROUPS } from "./flow_groups.ts";
import { FLOW_RUN_CREATION } from "./flow_run_creation.ts";
import { FLOW_RUN_STATES } from "./flow_run_states.ts";
import { TABLES } from "./store/model.ts";
import type { ApiOperation, Call } from "./operation.ts";
import { QUEUE } from "./queue.ts";
import { RECORDS, SECRET_QUESTIONS } from "./records.ts";
import { BAD_REQUEST_CODES, invalid, RESOLVER_ERROR } from "./store/refusal.ts";
import { REGISTRATION } from "./registration.ts";
import { selectAggregate, selectByKey, selectList } from "./select.ts";
import { TASK_RUN_QUESTIONS, TASK_RUN_STATES } from "./task_run_states.ts";
import { IDENTITY, TENANCY } from "./tenancy.ts";

const MUTATIONS: ReadonlyMap<string, ApiOperation> = new Map(Object.entries({
  ...QUEUE,
  ...FLOW_RUN_STATES,
  ...TASK_RUN_STATES,
  ...FLOW_RUN_CREATION,
  ...REGISTRATION,
  ...FLOW_GROUPS,
  ...TENANCY,
  ...RECORDS,
}));

const QUESTIONS: ReadonlyMap<string, ApiOperation> = new Map(Object.entries({
  ...IDENTITY,
  ...TASK_RUN_QUESTIONS,
  ...SECRET_QUESTIONS,
}));

/** An answer with its HTTP status. */
export interface Executed {
  /** 200, or 400 for a document that was not executed. */
  readonly status: number;
  /** `data`, and `errors` where there are any. */
  readonly body: JsonObject;
  /** Root fields of the document; empty when it could not be read. */
  readonly fields: readonly string[];
}

/** Runs a request. Nothing is thrown: what goes wrong is in the answer. */
export function execute(call: Call, request: GraphqlRequest): Executed {
  try {
    const operation = readOperation(request);
    for (const field of operation.fields) checkRoot(operation, field);
    return answer(call, operation);
  } catch (thrown) {
    return { status: 400, body: { errors: [errorOf(thrown, null)] }, fields: [] };
  }
}

function answer(call: Call, operation: Operation): Executed {
  const data: Record<string, Json> = {};
  const errors: JsonObject[] = [];
  for (const field of operation.fields) {
    try {
      data[field.key] = resolve(call, operation, field);
    } catch (thrown) {
      // A document that is wrong in itself is not executed further, and clients get status 400
      if (isBadRequest(thrown)) throw thrown;
      errors.push(errorOf(thrown, field.key));
      data[field.key] = null;
    }
  }
  const fields = operation.fields.map(({ name }) => name);
  return { status: 200, body: errors.length === 0 ? { data } : { errors, data }, fields };
}

function isBadRequest(thrown: unknown): boolean {
  return thrown instanceof FailureError && thrown.failure.tag === "apiError" &&
    BAD_REQUEST_CODES.has(thrown.failure.code);
}

function errorOf(thrown: unknown, field: string | null): JsonObject {
  const known = thrown instanceof FailureError && thrown.failure.tag === "apiError"
    ? thrown.failure
    : undefined;
  const message = known?.message ?? (thrown instanceof Error ? thrown.message : String(thrown));
  return {
    message,
    ...(field === null ? {} : { path: [field] }),
    extensions: { code: known?.code ?? RESOLVER_ERROR },
  };
}

function checkRoot({ kind }: Operation, { name, fields }: Asked): void {
  if (name === "__typename") return;
  const operation = (kind === "mutation" ? MUTATIONS : QUESTIONS).get(name);
  if (operation === undefined) {
    if (kind === "query" && tableField(name) !== undefined) return;
    throw invalid(`Cannot query field "${name}" on type "${kind === "mutation" ? "Mutation" : "Query"}".`);
  }
  if (operation.payload.length > 0 && fields.length === 0) {
    throw invalid(`Field "${name}" must have a selection of subfields.`);
  }
  const unknown = fields.find((field) =>
    field.name !== "__typename" && !operation.payload.includes(field.name)
  );
  if (unknown !== undefined) throw invalid(`Cannot query field "${unknown.name}" on type "${name}_payload".`);
}

type TableReader = (call: Call, asked: Asked) => Json;

/** The three fields of every table: a list, one row by key, aggregates. */
function tableField(name: string): TableReader | undefined {
  const direct = TABLES.get(name);
  if (direct !== undefined) return ({ store }, asked) => selectList(store, { table: direct, asked });
  const keyed = name.endsWith("_by_pk") ? TABLES.get(name.slice(0, -"_by_pk".length)) : undefined;
  if (keyed !== undefined) return ({ store }, asked) => selectByKey(store, keyed, asked);
  const counted = name.endsWith("_aggregate") ? TABLES.get(name.slice(0, -"_aggregate".length)) : undefined;
  if (counted === undefined) return undefined;
  return ({ store }, asked) => selectAggregate(store, { table: counted, asked });
}

function resolve(call: Call, { kind }: Operation, asked: Asked): Json {
  if (asked.name === "__typename") return kind === "mutation" ? "Mutation" : "Query";
  const operation = (kind === "mutation" ? MUTATIONS : QUESTIONS).get(asked.name);
  if (operation !== undefined) return project(operation.run(call, asked.args), asked);
  const read = tableField(asked.name);
  if (read === undefined) throw invalid(`Cannot query field "${asked.name}" on type "Query".`);
  return read(call, asked);
}

/** The part of a payload that was asked for. */
function project(value: Json, asked: Asked): Json {
  if (asked.fields.length === 0) return value;
  if (Array.isArray(value)) return value.map((item) => project(item, asked));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(asked.fields.map((field) => [
    field.key,
    field.name === "__typename" ? `${asked.name}_payload` : project(value[field.name] ?? null, field),
  ]));
}
