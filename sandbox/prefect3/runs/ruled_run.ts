/**
 * Flow runs as the rules of state changes read them.
 *
 * @module
 */

import { mapping } from "../../../schemas/json/shape.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../schemas/json/json.ts";
import {
  NO_DETAILS,
  type State,
  STATE_TYPES,
  type StateDetails,
} from "../../../schemas/prefect3/state_rules/state.ts";
import type {
  RuledDeployment,
  RuledRun,
  RunPolicy,
} from "../../../schemas/prefect3/state_rules/transition.ts";
import { numberOf, textOf } from "../store/members.ts";
import type { Doc, Store } from "../store/store.ts";
import { limitOf } from "./leases.ts";
import { docOf } from "./run_rows.ts";

/** A run before a change. */
export function ruledRun(store: Store, run: Doc): RuledRun {
  return {
    id: run.id,
    state: stateOf(docOf(store, "flow_run_state", run["state_id"])),
    policy: policyOf(mapping(run["empirical_policy"])),
    runCount: Number(run["run_count"] ?? 0),
    deployment: ruledDeployment(store, run["deployment_id"]),
    infrastructurePid: textOf(run["infrastructure_pid"]),
    parentTaskRunId: textOf(run["parent_task_run_id"]),
  };
}

function ruledDeployment(store: Store, id: Json | undefined): RuledDeployment | "gone" | null {
  if (typeof id !== "string") return null;
  const deployment = store.get("deployment", id);
  if (deployment === null) return "gone";
  const limit = limitOf(store, deployment);
  const options = mapping(deployment["concurrency_options"]);
  return {
    strategy: options["collision_strategy"] === "CANCEL_NEW" ? "CANCEL_NEW" : "ENQUEUE",
    limit: limit === null ? null : {
      limit: Number(limit["limit"]),
      isActive: limit["active"] !== false,
      taken: Number(limit["active_slots"]),
    },
  };
}

/** A stored state. */
export function stateOf(doc: Doc | null): State | null {
  const type = STATE_TYPES.find((one) => one === doc?.["type"]);
  if (doc === null || type === undefined) return null;
  return {
    id: doc.id,
    type,
    name: String(doc["name"]),
    timestamp: String(doc["timestamp"]),
    message: textOf(doc["message"]),
    data: doc["data"] ?? null,
    state_details: detailsOf(mapping(doc["state_details"])),
  };
}

function detailsOf(given: JsonObject): StateDetails {
  const text = (name: keyof StateDetails) => textOf(given[name]);
  const truth = (name: keyof StateDetails) => typeof given[name] === "boolean" ? given[name] : null;
  return {
    ...NO_DETAILS,
    flow_run_id: text("flow_run_id"),
    task_run_id: text("task_run_id"),
    child_flow_run_id: text("child_flow_run_id"),
    scheduled_time: text("scheduled_time"),
    cache_key: text("cache_key"),
    cache_expiration: text("cache_expiration"),
    deferred: truth("deferred"),
    untrackable_result: truth("untrackable_result") ?? false,
    pause_timeout: text("pause_timeout"),
    pause_reschedule: truth("pause_reschedule") ?? false,
    pause_key: text("pause_key"),
    run_input_keyset: isJsonObject(given["run_input_keyset"]) ? given["run_input_keyset"] : null,
    refresh_cache: truth("refresh_cache"),
    retriable: truth("retriable"),
    transition_id: text("transition_id"),
    task_parameters_id: text("task_parameters_id"),
    traceparent: text("traceparent"),
    deployment_concurrency_lease_id: text("deployment_concurrency_lease_id"),
  };
}

/** How a run retries and pauses. */
export function policyOf(given: JsonObject): RunPolicy {
  const type = given["retry_type"];
  const keys = given["pause_keys"];
  return {
    retries: numberOf(given["retries"]),
    retry_delay: numberOf(given["retry_delay"]),
    pause_keys: Array.isArray(keys) ? keys.map(String) : [],
    resuming: given["resuming"] === true,
    retry_type: type === "in_process" || type === "reschedule" ? type : null,
  };
}
