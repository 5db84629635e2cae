/**
 * What a mutation or a special query of the API is made of: the input it takes, the payload it gives, the doing.
 *
 * @module
 */

import * as v from "valibot";
import type { Json, JsonObject } from "../../schemas/json/json.ts";
import { refusal } from "./store/refusal.ts";
import type { Store } from "./store/store.ts";

/** One request as operations see it. */
export interface Call {
  /** Where everything is kept. */
  readonly store: Store;
  /** From `X-PREFECT-TENANT-ID`, else the only tenant there is. */
  readonly tenantId: string;
  /** From `X-PREFECT-AGENT-ID`; null for everybody but agents. */
  readonly agentId: string | null;
  /** From `X-PREFECT-CORE-VERSION`; null when absent. */
  readonly coreVersion: string | null;
  /** What holds for flow groups whose settings say nothing of `version_locking_enabled`. */
  readonly versionLocking: boolean;
  /** A random number in `[0, 1)`, for names. */
  readonly random: () => number;
}

/** A field of the query or mutation root that is no table. */
export interface ApiOperation {
  /** Fields of the payload; empty for a scalar. */
  readonly payload: readonly string[];
  /** Runs it on the arguments of the field. */
  readonly run: (call: Call, args: JsonObject) => Json;
}

/** How to make an {@link ApiOperation}; the input is read before `run` is called. */
export interface OperationDraft<Schema extends v.GenericSchema> {
  /** Reads what was sent; what it does not know is refused, as GraphQL refuses it. */
  readonly input: Schema;
  /** Fields of the payload; empty for a scalar. */
  readonly payload: readonly string[];
  /** Does the work; its errors are answered for this field only. */
  readonly run: (call: Call, input: v.InferOutput<Schema>) => Json;
}

/** A mutation: its one argument is `input`, and all of its writes are one transaction. */
export function mutation<Schema extends v.GenericSchema>(draft: OperationDraft<Schema>): ApiOperation {
  return {
    payload: draft.payload,
    run: (call, args) => {
      const input = readInput(draft.input, args["input"]);
      return call.store.transaction(() => draft.run(call, input));
    },
  };
}

/** A mutation whose writes are not all or nothing: `run` makes its transaction itself. */
export function mutationOfEach<Schema extends v.GenericSchema>(draft: OperationDraft<Schema>): ApiOperation {
  return {
    payload: draft.payload,
    run: (call, args) => draft.run(call, readInput(draft.input, args["input"])),
  };
}

/** A query that is no table: its arguments are the input. */
export function question<Schema extends v.GenericSchema>(draft: OperationDraft<Schema>): ApiOperation {
  return { payload: draft.payload, run: (call, args) => draft.run(call, readInput(draft.input, args)) };
}

function readInput<Schema extends v.GenericSchema>(
  schema: Schema,
  value: Json | undefined,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = v.getDotPath(issue);
  // The value stays out of the message: inputs carry secrets and parameters
  throw refusal(
    `Field "${["input", path].filter(Boolean).join(".")}": ${issue.kind} ${issue.type}`,
    "BAD_USER_INPUT",
  );
}

/** Any JSON value. */
export const json: v.GenericSchema<Json> = v.custom<Json>(
  (value) => value !== undefined,
  "expected a JSON value",
);

/** A JSON object or nothing. */
export const jsonObject: v.NullishSchema<v.GenericSchema<JsonObject>, undefined> = v.nullish(
  v.custom<JsonObject>((value) => typeof value === "object" && value !== null && !Array.isArray(value)),
);

/** Text or nothing. */
export const text: v.NullishSchema<v.StringSchema<undefined>, undefined> = v.nullish(v.string());

/** A list in which a single value may stand for a list of one, as GraphQL coerces it. */
export function list<Item>(item: v.GenericSchema<Item>): v.GenericSchema<unknown, Item[]> {
  return v.pipe(v.unknown(), v.transform((value) => (Array.isArray(value) ? value : [value])), v.array(item));
}

/** A list of labels or nothing. */
export const labels: v.NullishSchema<v.ArraySchema<v.StringSchema<undefined>, undefined>, undefined> = v
  .nullish(v.array(v.string()));

/** The payload of an operation that only says that it was done. */
export const DONE: JsonObject = { success: true };

/** The tenant that an input names, else that of the request: clients with a legacy token send null. */
export function tenantOf(call: Call, given: string | null | undefined): string {
  return given ?? call.tenantId;
}
