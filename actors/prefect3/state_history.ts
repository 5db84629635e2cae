/**
 * What the states that a run has gone through tell of its present launch.
 *
 * @module
 */

import { isJsonObject, type Json, type JsonObject } from "../../schemas/json/json.ts";
import { claimKeyOf } from "../../schemas/prefect3/claim_key.ts";
import { type ClaimMark, readMarkMessage } from "../../schemas/prefect3/claim_mark.ts";
import { LIMIT_CANCELLED } from "../../schemas/prefect3/state_rules/slot_rules.ts";
import type { RunRow } from "../../schemas/prefect3/rows.ts";
import type { Api } from "./api.ts";
import type { ProposedState } from "./propose.ts";

/** States of a run, the newest first. @throws {FailureError} of the API */
async function statesOf(
  runId: string,
  api: Pick<Api, "send">,
  signal: AbortSignal,
): Promise<readonly JsonObject[]> {
  const { body } = await api.send({
    method: "GET",
    path: ["flow_run_states", ""],
    query: { flow_run_id: runId },
    route: "GET /flow_run_states/",
    runId,
  }, signal);
  const states = Array.isArray(body) ? body.filter(isJsonObject) : [];
  // The API tells them in their order: of two at one moment the later one comes first here, too.
  return states.toReversed().toSorted((one, other) => timeOf(other["timestamp"]) - timeOf(one["timestamp"]));
}

function timeOf(value: Json | undefined): number {
  return typeof value === "string" ? Date.parse(value) : 0;
}

/** What the states of a run tell of its present launch. */
export interface RunHistory {
  /** Scheduled time of the newest SCHEDULED state up to the one that was asked for, which was set for this run alone; null: none says it. */
  readonly scheduledTime: string | null;
  /** The newest end that it had come to since it was scheduled; null: none. */
  readonly formerEnd: FormerEnd | null;
}

/**
 * @param stateId of the state that the run was read in: it may have gone on since, and its flow may wait for a retry of its own
 * moment; null: the newest
 * @throws {FailureError} of the API
 */
export async function readHistory(
  { id, stateId }: { readonly id: string; readonly stateId: string | null },
  api: Pick<Api, "send">,
  signal: AbortSignal,
): Promise<RunHistory> {
  const states = await statesOf(id, api, signal);
  const at = Math.max(0, states.findIndex((state) => state["id"] === stateId));
  return { scheduledTime: scheduledIn(states.slice(at)), formerEnd: formerEndIn(states) };
}

function scheduledIn(states: readonly JsonObject[]): string | null {
  const details = states.find(({ type }) => type === "SCHEDULED")?.["state_details"];
  const time = isJsonObject(details) ? details["scheduled_time"] : null;
  return typeof time === "string" ? time : null;
}

/** The claim under which a run was launched. */
export interface LaunchClaim {
  readonly mark: ClaimMark;
  /** Its key. */
  readonly claim: string;
}

/**
 * The claim of this program that the newest PENDING state of a run was under; null: it was another program's, or the run was
 * scheduled anew since. A run that waits within its task for a retry keeps its claim.
 *
 * @throws {FailureError} of the API
 */
export async function launchClaim(
  { id }: Pick<RunRow, "id">,
  api: Pick<Api, "send">,
  signal: AbortSignal,
): Promise<LaunchClaim | null> {
  const states = await statesOf(id, api, signal);
  const at = states.findIndex(({ type, name }) =>
    type === "PENDING" || (type === "SCHEDULED" && name !== "AwaitingRetry")
  );
  const { type, message } = states[at] ?? {};
  const mark = type === "PENDING" ? readMarkMessage(message) : null;
  return mark === null ? null : { mark, claim: claimKeyOf(scheduledIn(states.slice(at))) };
}

const ENDS: ReadonlyMap<string, ProposedState["type"]> = new Map(
  (["COMPLETED", "FAILED", "CRASHED", "CANCELLED"] as const).map((type) => [type, type]),
);

/**
 * Whether a claim that came to a run found every slot of its deployment taken: a claim that is delivered late, or twice, cancels
 * even a run that has ended.
 */
export function isCancelledByClaim(
  state: { readonly type: Json | undefined; readonly message: Json | undefined },
): boolean {
  return state.type === LIMIT_CANCELLED.type && state.message === LIMIT_CANCELLED.message;
}

/** The end that a run had come to. */
export interface FormerEnd {
  readonly end: ProposedState;
  /** Types of the states that were set after it, the newest first; none: it is the state of the run. */
  readonly since: readonly string[];
}

function formerEndIn(states: readonly JsonObject[]): FormerEnd | null {
  const since: string[] = [];
  for (const { type, name, message } of states) {
    const end = isCancelledByClaim({ type, message }) ? undefined : ENDS.get(String(type));
    if (end !== undefined) {
      const state = {
        type: end,
        name: typeof name === "string" ? name : end,
        message: typeof message === "string" ? message : null,
      };
      return { end: state, since };
    }
    // What it came to before that belongs to an earlier launch.
    if (type === "SCHEDULED") return null;
    since.push(String(type));
  }
  return null;
}

/** States of claims that take an end back. */
const TAKING: ReadonlySet<string> = new Set(["PENDING", "CANCELLED"]);

/** States that a run goes through whose end was taken back. */
const AFTER_END: ReadonlySet<string> = new Set(["PENDING", "CANCELLING", "CANCELLED"]);

/**
 * The end that is to be set again; null: none was taken back. The API lets PENDING follow the end of a run, so a proposal of its
 * launch that is delivered late, or twice, takes the end back. A person may have cancelled the run after that.
 */
export function takenBack(former: FormerEnd | null): ProposedState | null {
  if (former === null) return null;
  const { end, since } = former;
  if (!since.some((type) => TAKING.has(type)) || !since.every((type) => AFTER_END.has(type))) return null;
  // The API lets a run that is being cancelled become nothing but Cancelled, unless it is made to.
  return since[0] === "PENDING" ? end : { ...end, force: true };
}

/** What there is of an end in the states of a run that is to be ended. */
export type EarlierEnd =
  /** It has ended since it was read. */
  | { readonly kind: "ended"; readonly type: string }
  /** {@link takenBack} */
  | { readonly kind: "takenBack"; readonly end: ProposedState };

/** @param run as it was read @returns null: it has come to no end @throws {FailureError} of the API */
export async function earlierEnd(
  { id, stateType }: Pick<RunRow, "id" | "stateType">,
  api: Pick<Api, "send">,
  signal: AbortSignal,
): Promise<EarlierEnd | null> {
  if (stateType !== "PENDING" && stateType !== "CANCELLING") return null;
  const { formerEnd } = await readHistory({ id, stateId: null }, api, signal);
  if (formerEnd?.since.length === 0) return { kind: "ended", type: formerEnd.end.type };
  const end = takenBack(formerEnd);
  return end === null ? null : { kind: "takenBack", end };
}
