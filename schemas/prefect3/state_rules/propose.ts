/**
 * The rules of state changes of the Prefect 3 API: what becomes of a proposed state. Pure: the moment, new ids and counts of
 * slots are given, and the caller stores what is decided.
 *
 * @module
 * @see Prefect 3.9.1, server/orchestration/; the table of transitions against a real server is in tests/e2e/prefect3/
 */

import { isJsonObject, type Json } from "../../json/json.ts";
import { rulesOf } from "./policies.ts";
import { completeState, type NewState, type State, type StateDetails, type StateType } from "./state.ts";
import type { Change, Decision, Draft, Moment, Proposal, Rule, RuledRun } from "./transition.ts";

/**
 * Decides on one proposal for one run.
 *
 * @param shared of a request for many runs (`bulk_set_state`): the details that the decision before has left. The server
 * judges each run by the rules for itself, one after the other, but all on one object of details: what one of them leaves
 * there (scheduled time, lease) is proposed for the next. Null: the first run, or the only one.
 */
export function propose(
  run: RuledRun,
  { state, way, isRenewing }: Proposal,
  moment: Moment,
  shared: StateDetails | null = null,
): Decision {
  const complete = completeState(state, moment.now);
  const next: NewState = shared === null ? complete : { ...complete, state_details: shared };
  const before: Draft = {
    ...{ run, moment, isRenewing, next, isProposed: true },
    ...{ status: "ACCEPT", reason: null, delaySeconds: null },
    ...{ policy: run.policy, runCount: run.runCount, slots: [], shared: next.state_details },
  };
  const { draft, entered } = enterAll(rulesOf(moment.release, way), before, next.type);
  return decisionOf(draft, leaveAll(entered, draft));
}

function decisionOf({ run, moment, next }: Draft, after: Draft): Decision {
  const { status, reason, delaySeconds, policy, runCount, slots, shared } = after;
  const set = next === null ? null : stored(next, moment);
  return {
    ...{ status, reason, delaySeconds, policy, runCount, slots, shared },
    state: set ?? run.state,
    isNew: set !== null,
  };
}

/** A rule that was asked, and the type of the state that it left. */
interface Entered {
  readonly rule: Rule;
  readonly left: StateType | null;
}

function enterAll(
  rules: readonly Rule[],
  before: Draft,
  intended: StateType,
): { readonly draft: Draft; readonly entered: readonly Entered[] } {
  let draft = before;
  const entered: Entered[] = [];
  for (const rule of rules) {
    if (!isAsked(rule, draft, intended)) continue;
    draft = isChange(draft) ? rule.before?.(draft) ?? draft : draft;
    // What this rule itself puts in place does not undo it.
    entered.push({ rule, left: draft.next?.type ?? null });
  }
  return { draft, entered };
}

function isAsked({ from, to, isAlways }: Rule, { run, next }: Draft, intended: StateType): boolean {
  if (isAlways) return true;
  const isFrom = from === null || from.has(run.state?.type ?? null);
  return isFrom && (to === null || to.has(intended)) && next?.type === intended;
}

function isChange(draft: Draft): draft is Change {
  return draft.next !== null;
}

function leaveAll(entered: readonly Entered[], draft: Draft): Draft {
  let after = draft;
  const final = draft.next?.type ?? null;
  for (const { rule, left } of entered.toReversed()) {
    if (rule.isAlways) after = rule.after?.(after) ?? after;
    else if (rule.to === null || (left !== null && rule.to.has(left))) {
      const leave = left === final ? rule.after : rule.undo;
      after = leave?.(after) ?? after;
    }
  }
  return after;
}

function stored({ data, ...state }: NewState, { now, ids }: Moment): State {
  return { ...state, id: ids.state, timestamp: now, data: isStored(data) ? data : null };
}

/** A result that was not persisted is not kept with its state. */
function isStored(data: Json): boolean {
  return !isJsonObject(data) || data["type"] !== "unpersisted";
}
