/**
 * States and policies in request bodies.
 *
 * @module
 * @see Prefect 3.9.1, server/schemas/actions.py
 */

import * as v from "valibot";
import { type ProposedState, STATE_TYPES } from "../../../schemas/prefect3/state_rules/state.ts";
import { json, maybe, moment, object, text, uuid, whole } from "./fields.ts";

/** Members that nobody knows are left out, as a real server does. */
const details = v.object({
  ...{ flow_run_id: maybe(uuid), task_run_id: maybe(uuid), child_flow_run_id: maybe(uuid) },
  ...{ scheduled_time: maybe(moment), cache_key: maybe(text), cache_expiration: maybe(moment) },
  ...{
    deferred: v.optional(v.nullable(v.boolean()), false),
    untrackable_result: v.optional(v.boolean(), false),
  },
  ...{
    pause_timeout: maybe(moment),
    pause_reschedule: v.optional(v.boolean(), false),
    pause_key: maybe(text),
  },
  ...{ run_input_keyset: maybe(v.record(v.string(), v.string())), refresh_cache: maybe(v.boolean()) },
  ...{ retriable: maybe(v.boolean()), transition_id: maybe(uuid), task_parameters_id: maybe(uuid) },
  ...{ traceparent: maybe(text), deployment_concurrency_lease_id: maybe(uuid) },
});

const proposedState = v.strictObject({
  type: v.picklist(STATE_TYPES),
  name: maybe(text),
  message: maybe(text),
  data: v.optional(json),
  state_details: v.optional(details, {}),
});

/** A state that is proposed. */
export const stateCreate = v.pipe(
  proposedState,
  v.transform(({ data, ...state }): ProposedState => ({ ...state, data: data ?? null })),
);

/** A policy of a run. */
export const policy = v.object({
  max_retries: v.optional(whole, 0),
  retry_delay_seconds: v.optional(v.number(), 0),
  retries: maybe(whole),
  retry_delay: maybe(whole),
  pause_keys: v.optional(v.nullable(v.array(text)), []),
  resuming: v.optional(v.nullable(v.boolean()), false),
  retry_type: maybe(v.picklist(["in_process", "reschedule"])),
});

/** The policy of a run that says nothing of it. */
export const NO_RETRIES = {
  ...{ max_retries: 0, retry_delay_seconds: 0, retries: null, retry_delay: null },
  ...{ pause_keys: [], resuming: false, retry_type: null },
} as const;

/** Members that every new run may have. */
export const runCommon = {
  state: maybe(stateCreate),
  name: maybe(text),
  parameters: v.optional(object, {}),
  context: v.optional(object, {}),
  parent_task_run_id: maybe(uuid),
  infrastructure_document_id: maybe(uuid),
  empirical_policy: v.optional(policy),
  tags: v.optional(v.array(text), []),
  labels: v.optional(v.nullable(object), {}),
  idempotency_key: maybe(text),
  work_queue_name: maybe(text),
};
