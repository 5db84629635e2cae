/**
 * Which rules hold, in their order: an earlier one may put another state in place, and then later ones do not apply.
 *
 * @module
 * @see Prefect 3.9.1 and 3.4.25, server/orchestration/core_policy.py and global_policy.py
 */

import {
  CANCEL_WITHOUT_TASK,
  CLAIM_ONCE,
  KEEP_CANCELLED,
  KEEP_CANCELLING,
  KEEP_RESULT,
  LATE_ONCE,
  LEAVE_FINAL,
  PREVENT_REPEATED,
} from "./order_rules.ts";
import {
  CARRY_SCHEDULED_TIME,
  KEEP_BOOKS,
  LEAVE_PAUSED,
  PAUSE,
  RETRY_IN_PROCESS,
  WAIT_FOR_TIME,
} from "./run_rules.ts";
import {
  CANCEL_LATE,
  CARRY_LEASE,
  CARRY_LEASE_TO_RUNNING,
  FORGET_LEASE,
  GIVE_SLOT_BACK,
  RENEW_SLOT,
  TAKE_SLOT,
} from "./slot_rules.ts";
import type { Rule, ServerRelease, Way } from "./transition.ts";

const LATER_RULES: readonly Rule[] = [
  FORGET_LEASE,
  LATE_ONCE,
  PAUSE,
  LEAVE_PAUSED,
  CARRY_SCHEDULED_TIME,
  WAIT_FOR_TIME,
  RETRY_IN_PROCESS,
  GIVE_SLOT_BACK,
  KEEP_BOOKS,
];

const POLICIES: Readonly<Record<ServerRelease, Readonly<Record<Way, readonly Rule[]>>>> = {
  "3.9": {
    asked: [
      CARRY_LEASE,
      PREVENT_REPEATED,
      LEAVE_FINAL,
      KEEP_CANCELLING,
      CANCEL_WITHOUT_TASK,
      CLAIM_ONCE,
      RENEW_SLOT,
      TAKE_SLOT,
      ...LATER_RULES,
    ],
    forced: [CARRY_LEASE, KEEP_RESULT, CANCEL_WITHOUT_TASK, GIVE_SLOT_BACK, KEEP_BOOKS],
    lateness: [LATE_ONCE, CANCEL_LATE, KEEP_BOOKS],
  },
  "3.4": {
    asked: [
      PREVENT_REPEATED,
      LEAVE_FINAL,
      KEEP_CANCELLED,
      CANCEL_WITHOUT_TASK,
      CLAIM_ONCE,
      CARRY_LEASE_TO_RUNNING,
      TAKE_SLOT,
      ...LATER_RULES,
    ],
    forced: [CANCEL_WITHOUT_TASK, GIVE_SLOT_BACK, KEEP_BOOKS],
    lateness: [LATE_ONCE, KEEP_BOOKS],
  },
};

/** The rules that hold for a proposal. */
export function rulesOf(release: ServerRelease, way: Way): readonly Rule[] {
  return POLICIES[release][way];
}
