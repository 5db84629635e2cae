/**
 * Rules of the order of states: what may follow what.
 *
 * @module
 * @see Prefect 3.9.1, server/orchestration/core_policy.py
 */

import type { Json } from "../../json/json.ts";
import { isJsonObject } from "../../json/json.ts";
import { reasonOf, toldReason } from "./reasons.ts";
import { completeState, FINAL_TYPES, isFinal } from "./state.ts";
import {
  abort,
  type Change,
  type Draft,
  reject,
  type Rule,
  types,
  withDetails,
  withPolicy,
} from "./transition.ts";

/** A proposal that was made already is answered with the state that it led to. */
export const PREVENT_REPEATED: Rule = {
  from: null,
  to: null,
  before: (change) => {
    const made = change.run.state?.state_details.transition_id ?? null;
    const isRepeated = made !== null && made === change.next.state_details.transition_id;
    return isRepeated ? reject(change, reasonOf("alreadyMade")) : change;
  },
};

/** What may follow the end of a run. */
export const LEAVE_FINAL: Rule = {
  from: FINAL_TYPES,
  to: null,
  before: leaveFinal,
  undo: (draft) => withPolicy(draft, draft.run.policy),
};

function leaveFinal(change: Change): Draft {
  const { run, next } = change;
  const { type } = next;
  if (type === "CANCELLING" || type === "PAUSED" || type === "CRASHED") {
    return abort(change, toldReason("alreadyEnded", `Run is already in terminal state ${run.state?.type}.`));
  }
  const hasResult = run.state?.type === "COMPLETED" && isResult(run.state.data);
  if (hasResult && !isFinal(next)) return reject(change, reasonOf("alreadyCompleted"));
  if (losesResult(change) && change.moment.release !== "3.4") return reject(change, reasonOf("resultKept"));
  if (type === "SCHEDULED" && run.deployment === null) return abort(change, reasonOf("noDeployment"));
  if (isFinal(next)) return change;
  const retry_type = type === "SCHEDULED" ? "reschedule" : null;
  return withPolicy(change, { resuming: false, pause_keys: [], retry_type });
}

/** A stored result is not replaced by none, not even by force. */
export const KEEP_RESULT: Rule = {
  from: FINAL_TYPES,
  to: FINAL_TYPES,
  before: (change) => losesResult(change) ? reject(change, reasonOf("resultKept")) : change,
};

function losesResult({ run: { state }, next }: Change): boolean {
  return state?.type === "COMPLETED" && next.type === "COMPLETED" && isResult(state.data) &&
    !isResult(next.data);
}

function isResult(data: Json): boolean {
  return isJsonObject(data) && Object.keys(data).length > 0 && data["type"] !== "unpersisted";
}

const NOT_CANCELLED = types(
  "SCHEDULED",
  "PENDING",
  "RUNNING",
  "COMPLETED",
  "FAILED",
  "CRASHED",
  "PAUSED",
  "CANCELLING",
);

/** A run that is being cancelled can only become Cancelled. */
export const KEEP_CANCELLING: Rule = {
  from: types("CANCELLING"),
  to: NOT_CANCELLED,
  before: (change) => reject(change, reasonOf("cancelling")),
};

/** The same on older servers, where a Cancelled run stays so as well. */
export const KEEP_CANCELLED: Rule = { ...KEEP_CANCELLING, from: types("CANCELLED", "CANCELLING") };

/** A run that has no task is cancelled at once. */
export const CANCEL_WITHOUT_TASK: Rule = {
  from: types("SCHEDULED", "PAUSED"),
  to: types("CANCELLING"),
  before: (change) => {
    const { state, infrastructurePid } = change.run;
    const cancelled = completeState({ type: "CANCELLED" }, change.moment.now);
    const isTaskless = state?.type === "SCHEDULED" && (infrastructurePid ?? "") === "";
    if (isTaskless || state?.name === "Resuming") {
      const text = "Scheduled flow run has no infrastructure to terminate.";
      return reject(change, toldReason("nothingToStop", text), cancelled);
    }
    if (state?.type !== "PAUSED" || !state.state_details.pause_reschedule) return change;
    const text = "Suspended flow run has no infrastructure to terminate.";
    return reject(change, toldReason("nothingToStop", text), cancelled);
  },
};

/** This makes PENDING a claim: of two workers, one is refused. */
export const CLAIM_ONCE: Rule = {
  from: types("PENDING", "CANCELLING", "RUNNING", "CANCELLED"),
  to: types("PENDING"),
  before: (change) => {
    const { run: { state }, next, moment: { release } } = change;
    const isNamed = state?.type === "PENDING" && state.name !== next.name && next.name !== "Pending";
    if (isNamed && release !== "3.4") {
      const { scheduled_time, deployment_concurrency_lease_id } = state.state_details;
      return withDetails(change, { scheduled_time, deployment_concurrency_lease_id });
    }
    const text = `This run is in a ${state?.type} state and cannot transition to a PENDING state.`;
    return abort(change, toldReason("notPending", text));
  },
};

/** Only a scheduled run is late; on newer servers it is so once. */
export const LATE_ONCE: Rule = {
  from: null,
  to: types("SCHEDULED"),
  before: (change) => {
    const { run: { state }, next, moment: { release } } = change;
    if (state === null || next.name !== "Late") return change;
    if (state.type !== "SCHEDULED") return reject(change, reasonOf("notScheduled"));
    return state.name === "Late" && release !== "3.4" ? reject(change, reasonOf("alreadyLate")) : change;
  },
};
