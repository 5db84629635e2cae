/**
 * Rules of a run's way: when it may begin, pauses, and retries in process.
 *
 * @module
 * @see Prefect 3.9.1, server/orchestration/core_policy.py
 */

import { reasonOf, toldReason } from "./reasons.ts";
import { secondsAfter } from "./slot_rules.ts";
import { completeState, isBefore, isFinal } from "./state.ts";
import {
  abort,
  type Change,
  delay,
  type Draft,
  reject,
  type Rule,
  types,
  withDetails,
  withPolicy,
} from "./transition.ts";

/** The scheduled time goes on from SCHEDULED to PENDING, where the proposal brings none. */
export const CARRY_SCHEDULED_TIME: Rule = {
  from: types("SCHEDULED"),
  to: types("PENDING"),
  before: (change) => {
    if (change.next.state_details.scheduled_time !== null) return change;
    return withDetails(change, { scheduled_time: change.run.state?.state_details.scheduled_time ?? null });
  },
};

/** A run does not begin before its time, by the server's clock. */
export const WAIT_FOR_TIME: Rule = {
  from: types("SCHEDULED", "PENDING"),
  to: types("RUNNING"),
  before: (change) => {
    const due = change.run.state?.state_details.scheduled_time ?? null;
    if (due === null) return change;
    const waitMs = Date.parse(due) - Date.parse(change.moment.now);
    // To the nearest second; a half is rounded down.
    const seconds = Math.ceil(waitMs / 1000 - 0.5);
    return seconds > 0 ? delay(change, reasonOf("tooEarly"), seconds) : change;
  },
};

/** A flow that fails with retries left waits within its own task. */
export const RETRY_IN_PROCESS: Rule = {
  from: types("RUNNING"),
  to: types("FAILED"),
  before: (change) => {
    const { run: { state, runCount }, policy, next, moment: { now, release } } = change;
    if (policy.retries === null || runCount > policy.retries) return withPolicy(change, { retry_type: null });
    const lease = release === "3.4" ? null : state?.state_details.deployment_concurrency_lease_id ?? null;
    const again = completeState({
      type: "SCHEDULED",
      name: "AwaitingRetry",
      message: next.message,
      data: next.data,
      state_details: {
        scheduled_time: secondsAfter(now, policy.retry_delay ?? 0),
        deployment_concurrency_lease_id: lease,
      },
    }, now);
    const retrying = withPolicy(change, { resuming: false, pause_keys: [], retry_type: "in_process" });
    return reject(retrying, reasonOf("retrying"), again);
  },
};

/** Only a run that runs is paused, once with each key; only one with a deployment is suspended. */
export const PAUSE: Rule = {
  from: null,
  to: types("PAUSED"),
  before: pause,
  after: (draft) => {
    const key = draft.shared.pause_key ?? draft.moment.ids.pause;
    return withPolicy(draft, { pause_keys: [...new Set([...draft.policy.pause_keys, key])] });
  },
};

function pause(change: Change): Draft {
  const { run: { state, deployment, parentTaskRunId }, policy, next } = change;
  const verb = next.name === "Suspended" ? "suspend" : "pause";
  const cannot = (why: string) => toldReason("cannotPause", `Cannot ${verb} ${why}.`);
  if (state === null) return abort(change, cannot("flows with no state"));
  if (state.type !== "RUNNING") return reject(change, cannot("flows that are not currently running"));
  const { pause_key, pause_reschedule } = next.state_details;
  if (pause_key !== null && policy.pause_keys.includes(pause_key)) {
    return reject(change, toldReason("pauseFired", `This ${verb} has already fired.`));
  }
  if (!pause_reschedule) return change;
  if (parentTaskRunId !== null) return abort(change, cannot("subflows"));
  return deployment === null ? abort(change, cannot("flows without a deployment")) : change;
}

/** What may follow a pause. */
export const LEAVE_PAUSED: Rule = {
  from: types("PAUSED"),
  to: null,
  before: leavePaused,
  after: (draft) => {
    const isBlocking = draft.run.state?.state_details.pause_reschedule === false;
    const isRestarted = isBlocking && draft.next?.type === "SCHEDULED" && draft.moment.release !== "3.4";
    return isRestarted
      ? withPolicy(draft, { resuming: false, pause_keys: [], retry_type: "reschedule" })
      : withPolicy(draft, { resuming: true });
  },
};

function leavePaused(change: Change): Draft {
  const { run: { state, deployment }, next, moment: { now, release } } = change;
  const isCancelling = next.type === "CANCELLING" && release !== "3.4";
  const isPossible = next.type === "RUNNING" || next.type === "SCHEDULED" || isCancelling || isFinal(next);
  if (!isPossible) {
    const text =
      `This run cannot transition to the StateType.${next.type} state from the StateType.PAUSED state.`;
    return reject(change, toldReason("notFromPaused", text));
  }
  const name = (next.name === "" ? next.type : next.name).toLowerCase();
  if (state?.state_details.pause_reschedule === true && deployment === null) {
    const text = `Cannot reschedule a ${name} flow run without a deployment.`;
    return reject(change, toldReason("noDeployment", text));
  }
  const timeout = state?.state_details.pause_timeout ?? null;
  if (isCancelling || timeout === null || !isBefore(timeout, now)) return change;
  const failed = completeState({ type: "FAILED", message: `The flow was ${name} and never resumed.` }, now);
  const verb = next.name === "Suspended" ? "suspend" : "pause";
  const text = `The flow run ${verb} has timed out and can no longer resume.`;
  return reject(change, toldReason("pauseTimedOut", text), failed);
}

/** Bookkeeping of every state that is set. */
export const KEEP_BOOKS: Rule = {
  from: null,
  to: null,
  isAlways: true,
  before: (change) => {
    const { run: { id, parentTaskRunId }, policy, next, runCount } = change;
    const parent = parentTaskRunId === null ? {} : { task_run_id: parentTaskRunId };
    const named = withDetails(change, { ...parent, flow_run_id: id });
    const isCounted = next.type === "RUNNING" && !policy.resuming;
    const hasBegun = next.type === "RUNNING" || isFinal(next);
    const counted = { ...named, runCount: isCounted ? runCount + 1 : runCount };
    return hasBegun ? withPolicy(counted, { resuming: false }) : counted;
  },
};
