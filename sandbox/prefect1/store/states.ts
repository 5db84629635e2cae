/**
 * The states of Prefect 1 and the families they belong to.
 *
 * @see prefect 0.15.13 engine/state.py; recorded: tests/wire/prefect1/README.md §6
 * @module
 */

import { isJsonObject, type Json, type JsonObject } from "../../../schemas/json/json.ts";
import { refusal } from "./refusal.ts";

/** Waiting for a start time: what an agent may pick up. `Queued` belongs here although it wraps another state. */
export const SCHEDULED: ReadonlySet<string> = new Set([
  "Scheduled",
  "Retrying",
  "Resume",
  "Paused",
  "Queued",
]);

/** At work, or asked to stop working. */
export const RUNNING: ReadonlySet<string> = new Set(["Running", "Cancelling"]);

/** At an end: failed, successful or neither. */
export const FINISHED: ReadonlySet<string> = new Set([
  "Finished",
  "Cancelled",
  "Looped",
  "Failed",
  "TimedOut",
  "TriggerFailed",
  "ValidationFailed",
  "Success",
  "Cached",
  "Mapped",
  "Skipped",
]);

const OTHERS = ["Pending", "Submitted", "ClientFailed"];
const KNOWN: ReadonlySet<string> = new Set([...SCHEDULED, ...RUNNING, ...FINISHED, ...OTHERS]);

/** Largest accepted state, in characters of its JSON text. @see Prefect Server: states over 1 MB are refused */
const MAX_STATE_LENGTH = 1_000_000;

/** A state with what the columns copy from it. */
export interface State {
  /** One of the known types. */
  readonly type: string;
  /** For people; null when there is none. */
  readonly message: string | null;
  /** When it is due, as the client wrote it; null when it does not say. */
  readonly startTime: string | null;
  /** All of it, as it was sent. */
  readonly json: JsonObject;
}

/**
 * Reads a serialized state.
 *
 * @throws {FailureError} `apiError` for anything that no client could load
 */
export function parseState(value: Json): State {
  if (!isJsonObject(value)) throw refusal("State update failed: the state is not an object");
  const { type, message, start_time: startTime } = value;
  if (typeof type !== "string" || !KNOWN.has(type)) {
    throw refusal(`State update failed: unknown state type ${JSON.stringify(type ?? null)}`);
  }
  if (JSON.stringify(value).length > MAX_STATE_LENGTH) throw refusal("State payload is too large.");
  return {
    type,
    message: typeof message === "string" ? message : null,
    startTime: typeof startTime === "string" ? startTime : null,
    json: value,
  };
}

/** A state that this API itself makes, in the least form that clients load. */
export function newState(type: string, message: string, more: JsonObject = {}): JsonObject {
  return { type, message, ...more, context: {}, cached_inputs: {}, _result: { type: "NoResultType" } };
}

/** The state to store: inputs that were cached before are kept when the new one brings none. */
export function keepingCachedInputs(next: JsonObject, before: Json): JsonObject {
  const old = isJsonObject(before) ? before["cached_inputs"] : undefined;
  const own = next["cached_inputs"];
  const brings = isJsonObject(own) && Object.keys(own).length > 0;
  if (brings || !isJsonObject(old) || Object.keys(old).length === 0) return next;
  return { ...next, cached_inputs: old };
}
