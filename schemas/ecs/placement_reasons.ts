/**
 * Why ECS placed no task, and what follows from it.
 *
 * @module
 */

import type { Failure, PlacementFailure } from "../failure/failure.ts";

/** What a refused placement calls for. */
export type PlacementClass =
  /** No room at the moment: another attempt, with another token. */
  | "capacity"
  /** The account's limit is reached: hold the queue, the run waits. */
  | "accountLimit"
  /** It will never fit: fail with the reason. */
  | "configuration";

/** Texts of a reached limit on vCPUs, or on tasks as older accounts have it. @see "Amazon ECS endpoints and quotas" */
const ACCOUNT_LIMIT = /limit[^.]*vcpu|vcpu[^.]*limit|limit on the number of tasks/i;

/** Reasons that no waiting mends. @see "Amazon ECS API failure reasons" */
const CONFIGURATION = /^(LOCATION|ATTRIBUTE|INACTIVE)\b|placement constraint/i;

/** What the reasons of one RunTask come to; one that leaves hope outweighs those that do not. */
export function placementClassOf(failures: readonly PlacementFailure[]): PlacementClass {
  const reasons = failures.map(({ reason, detail }) => `${reason ?? ""} ${detail ?? ""}`.trim());
  if (reasons.some((reason) => ACCOUNT_LIMIT.test(reason))) return "accountLimit";
  const isHopeless = reasons.length > 0 && reasons.every((reason) => CONFIGURATION.test(reason));
  return isHopeless ? "configuration" : "capacity";
}

/** Whether another attempt at placing the task makes sense. */
export function isPlaceable(failure: Failure): boolean {
  return failure.tag === "notPlaced" && placementClassOf(failure.failures) === "capacity";
}

/** Whether the account has no room for another task: that passes when others end. */
export function isAccountLimit(failure: Failure): boolean {
  if (failure.tag === "awsRefused") {
    return failure.operation === "RunTask" && ACCOUNT_LIMIT.test(failure.message);
  }
  return failure.tag === "notPlaced" && placementClassOf(failure.failures) === "accountLimit";
}
