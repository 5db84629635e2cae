/**
 * Proposes states of single runs. The API judges each proposal, and tells in the body what it has decided.
 *
 * @module
 */

import { FailureError } from "../../schemas/failure/failure.ts";
import type { Json, JsonObject } from "../../schemas/json/json.ts";
import { type Proposal, readProposal } from "../../schemas/prefect3/rows.ts";
import type { Api, ApiRequest } from "./api.ts";

/** A state to be proposed. */
export interface ProposedState {
  readonly type: "PENDING" | "SCHEDULED" | "COMPLETED" | "FAILED" | "CRASHED" | "CANCELLED";
  readonly name: string;
  readonly message: string | null;
  readonly scheduledTime?: string;
  /** The API's own rules are passed by. @default false */
  readonly force?: boolean;
}

/** How a proposal is sent. */
export type ProposalOptions = Pick<ApiRequest, "urgency" | "tries" | "confirm" | "again">;

/** A proposal with a transition of its own: sent again, it is the same one. */
export interface Transition {
  readonly id: string;
  readonly body: JsonObject;
}

/** Makes the body of a proposal; its transition is random, so that no other process reads its refusal as a success. */
export function transitionTo(
  { type, name, message, scheduledTime, force = false }: ProposedState,
): Transition {
  const id = crypto.randomUUID();
  const state_details = {
    transition_id: id,
    ...(scheduledTime === undefined ? {} : { scheduled_time: scheduledTime }),
  };
  return { id, body: { state: { type, name, message, state_details, data: null }, force } };
}

/** How the API has decided. */
export interface Decision extends Pick<Proposal, "reason" | "delayMs" | "state"> {
  /** `made`: the run has the state, by this request or by an earlier sending of it. */
  readonly outcome: "made" | "refused" | "later" | "gone";
}

/** A repeated transition is refused with the state that it made. */
const REPEATED = /already made this state transition/i;

/** What an answer means. @param transitionId that was proposed; null: not to be compared */
export function decisionOf(answer: Proposal, transitionId: string | null): Decision {
  const { status, reason, delayMs, state } = answer;
  const isMade = status === "ACCEPT" ||
    (status === "REJECT" && (REPEATED.test(reason) ||
      (transitionId !== null && state.transitionId === transitionId)));
  return { outcome: isMade ? "made" : status === "WAIT" ? "later" : "refused", reason, delayMs, state };
}

/** The API does not know the run any more. */
export const GONE: Decision = {
  outcome: "gone",
  reason: "the API does not know the run any more",
  delayMs: 0,
  state: { type: "", name: "", transitionId: null },
};

/** Proposes a state of one run. @throws {FailureError} of the API */
export async function propose(
  api: Pick<Api, "send">,
  runId: string,
  state: ProposedState,
  { urgency = "normal", tries = "briefly", ...more }: ProposalOptions,
  signal: AbortSignal,
): Promise<Decision> {
  const { id, body } = transitionTo(state);
  const answer = await api.send({
    method: "POST",
    path: ["flow_runs", runId, "set_state"],
    route: "POST /flow_runs/{id}/set_state",
    body,
    urgency,
    tries,
    ...more,
    accept: [404],
    runId,
  }, signal);
  return answer.status === 404 ? GONE : decisionOf(proposalIn(answer.body), id);
}

/** @throws {FailureError} `unavailable` for something that is no judgement */
export function proposalIn(body: Json): Proposal {
  const read = readProposal(body);
  if (read !== null) return read;
  const message = "The API answered a proposed state with something that is no judgement of it";
  throw new FailureError({ tag: "unavailable", status: 200, message });
}
