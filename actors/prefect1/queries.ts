/**
 * The GraphQL documents sent to the Prefect 1 API. Mutations take variables; queries have their literals inlined, since
 * the filter types differ between Prefect Server and Cloud.
 *
 * @module
 */

import { isoOf } from "../../schemas/prefect1/time.ts";

/** Legacy RUNNER tokens: what the token may do. */
export const TOKEN_SCOPE = "query { auth_info { api_token_scope } }";

/** API keys: the tenant that the key belongs to. */
export const KEY_TENANT = "query { auth_info { tenant_id } }";

/** Prefect Server: its tenants. */
export const TENANTS = "query { tenant { id } }";

/** Registers the agent; the same name, type and labels get the same id again. */
export const REGISTER_AGENT =
  "mutation($input: register_agent_input!) { register_agent(input: $input) { id } }";

/** Checks that the API answers. */
export const HELLO = "query { hello }";

/** Asks for due flow runs, at most 25 ids. */
export const QUEUE =
  "mutation($input: get_runs_in_queue_input!) { get_runs_in_queue(input: $input) { flow_run_ids } }";

/** Sets states of flow runs, each with the version it was read at. */
export const SET_FLOW_RUN_STATES =
  "mutation($input: set_flow_run_states_input!) { set_flow_run_states(input: $input) { states { id status message } } }";

/** Sets states of task runs, each with the version it was read at. */
export const SET_TASK_RUN_STATES =
  "mutation($input: set_task_run_states_input!) { set_task_run_states(input: $input) { states { id status message } } }";

/** Writes lines into the logs of flow runs. */
export const WRITE_RUN_LOGS =
  "mutation($input: write_run_logs_input!) { write_run_logs(input: $input) { success } }";

/** Settings of an agent config. */
export function agentConfigQuery(id: string): string {
  return `query { agent_config(where: { id: { _eq: ${literal(id)} } }) { settings } }`;
}

/**
 * Everything a launch needs of the runs that may be launched: the Scheduled ones and the Running ones with a task run
 * that has been due for a while.
 *
 * @param dueBeforeMs a task run of a running flow counts from this moment on
 * @see recorded: agent-run-success n=4; parameters are left out, the flow reads them itself
 */
export function metadataQuery(ids: readonly string[], dueBeforeMs: number): string {
  const due = `{ state_start_time: { _lte: ${literal(isoOf(dueBeforeMs))} } }`;
  const where = `{ id: { _in: ${literal(ids)} }, ` +
    `_or: [{ state: { _eq: "Scheduled" } }, { state: { _eq: "Running" }, task_runs: ${due} }] }`;
  return `query { flow_run(where: ${where}) { ${LAUNCH_FIELDS} ` +
    `task_runs(where: ${due}) { id version task_id serialized_state } } }`;
}

const LAUNCH_FIELDS = "id name version state serialized_state scheduled_start_time run_config " +
  "flow { id name version environment storage core_version }";

const SUBMITTED = `where: { state: { _eq: "Submitted" } }`;

/** What a run was before: the newest claims on it and on its task runs. */
const CLAIM_FIELDS = `states(${SUBMITTED}, order_by: { version: desc }, limit: 1) { serialized_state } ` +
  `task_runs(${SUBMITTED}) { id version serialized_state }`;

/** Claims on task runs that have gone on since: only their history names them. */
const LATE_CLAIM_FIELDS = `late: task_runs(where: { states: { state: { _eq: "Submitted" } } }) ` +
  `{ states(${SUBMITTED}, order_by: { version: desc }, limit: 1) { serialized_state } }`;

/** State of flow runs, with their claims. */
export function flowRunStatesQuery(ids: readonly string[]): string {
  return `query { flow_run(where: { id: { _in: ${literal(ids)} } }) ` +
    `{ id version state serialized_state ${CLAIM_FIELDS} } }`;
}

/** State of flow runs, with their claims, each by its key: `r0`, `r1`, … in the order of the ids. */
export function flowRunsByKeyQuery(ids: readonly string[]): string {
  const runs = ids.map((id, at) =>
    `r${at}: flow_run_by_pk(id: ${literal(id)}) { id version state serialized_state ${CLAIM_FIELDS} }`
  );
  return `query { ${runs.join(" ")} }`;
}

/** The little of flow runs that is readable whatever else they hold. */
export function flowRunGlanceQuery(ids: readonly string[]): string {
  return `query { flow_run(where: { id: { _in: ${literal(ids)} } }) { ${GLANCE_FIELDS} } }`;
}

/** The same of task runs. */
export function taskRunGlanceQuery(ids: readonly string[]): string {
  return `query { task_run(where: { id: { _in: ${literal(ids)} } }) { ${GLANCE_FIELDS} } }`;
}

const GLANCE_FIELDS = "id version state";

/** Which page of claimed runs is asked for. */
export interface ClaimedPage {
  /** Name of the agent that claimed them, null: any. */
  readonly agent: string | null;
  /** Id of the last run of the page before, null: from the start. */
  readonly after: string | null;
  readonly limit: number;
  /** How much of each run: all that a launch needs, its state alone, or the little that is always readable. */
  readonly fields: keyof typeof CLAIMED_FIELDS;
}

const CLAIMED_FIELDS = {
  whole: `${LAUNCH_FIELDS} state_timestamp ${CLAIM_FIELDS} ${LATE_CLAIM_FIELDS}`,
  state: `${GLANCE_FIELDS} serialized_state state_timestamp`,
  glance: GLANCE_FIELDS,
} as const;

/** Runs that an agent of this name has claimed and that have not ended. */
export function claimedRunsQuery({ agent, after, limit, fields }: ClaimedPage): string {
  const filters = [
    `state: { _in: ["Submitted", "Running", "Cancelling"] }`,
    ...(agent === null ? [] : [claimedBy(agent)]),
    ...(after === null ? [] : [`id: { _gt: ${literal(after)} }`]),
  ];
  return `query { flow_run(where: { ${filters.join(", ")} }, order_by: { id: asc }, limit: ${limit}) ` +
    `{ ${CLAIMED_FIELDS[fields]} } }`;
}

/** A late retry is a claim on task runs: the flow run stays with the agent that claimed it first. */
function claimedBy(agent: string): string {
  const own = `{ agent: { name: { _eq: ${literal(agent)} } } }`;
  return `_or: [${own}, { task_runs: { state: { _eq: "Submitted" } } }]`;
}

/** Task runs of a flow run that wait for a moment, a person or an agent; one is enough. */
export function waitingTaskRunsQuery(runId: string): string {
  const states = `{ _in: ["Retrying", "Paused", "Resume", "Scheduled", "Queued"] }`;
  return `query { task_run(where: { flow_run_id: { _eq: ${
    literal(runId)
  } }, state: ${states} }, limit: 1) { id } }`;
}

/** What claims were on the task runs of a flow run: Running no longer shows them. */
export function taskRunClaimsQuery(runId: string): string {
  const claimed = `{ flow_run_id: { _eq: ${literal(runId)} }, states: { state: { _eq: "Submitted" } } }`;
  return `query { task_run(where: ${claimed}, limit: 100) { id version ` +
    `states(${SUBMITTED}, order_by: { version: desc }, limit: 1) { serialized_state } } }`;
}

/** State of task runs. */
export function taskRunStatesQuery(ids: readonly string[]): string {
  return `query { task_run(where: { id: { _in: ${literal(ids)} } }) { id version state serialized_state } }`;
}

/** JSON texts and lists of texts are GraphQL literals as they stand. */
function literal(value: string | readonly string[]): string {
  return JSON.stringify(value);
}
