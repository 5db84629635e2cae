/**
 * Why ECS placed no task: its reasons, and what follows from them. The one place that reads these sentences.
 *
 * @module
 */

import type { Failure, PlacementClass } from "../failure/failure.ts";
import type { Json } from "../json/json.ts";

/** One element of `failures` in the answers of RunTask and DescribeTasks, as ECS names its members. */
export interface EcsFailure {
  /** ARN of what failed: a task, or the container instance that could not take one. */
  readonly arn?: string;
  readonly reason?: string;
  readonly detail?: string;
}

/** Texts of a reached limit on vCPUs, or on tasks as older accounts have it. @see "Amazon ECS endpoints and quotas" */
const ACCOUNT_LIMIT = /limit[^.]*vcpu|vcpu[^.]*limit|limit on the number of tasks/i;

/** Reasons that no waiting mends. @see "Amazon ECS API failure reasons" */
const CONFIGURATION = /^(LOCATION|ATTRIBUTE|INACTIVE)\b|placement constraint/i;

/** The class of all reasons of one RunTask; a reason that may pass outweighs those that do not. */
function classOf(failures: readonly EcsFailure[]): PlacementClass {
  const reasons = failures.map(({ reason, detail }) => `${reason ?? ""} ${detail ?? ""}`.trim());
  if (reasons.some((reason) => ACCOUNT_LIMIT.test(reason))) return "accountLimit";
  const isHopeless = reasons.length > 0 && reasons.every((reason) => CONFIGURATION.test(reason));
  return isHopeless ? "configuration" : "capacity";
}

/** The sentence about a task that was not started, as the agent that this program stands in for says it. */
export type UnplacedText = (what: string, failures: Json) => string;

/**
 * The failure of a RunTask that answered with reasons and no task.
 *
 * @param what what was to be started: `flow run f00dcafe…`
 */
export function notPlaced(what: string, failures: readonly EcsFailure[], text: UnplacedText): Failure {
  const listed: Json = failures.map((failure) => ({ ...failure }));
  return {
    tag: "notPlaced",
    class: classOf(failures),
    failures: failures.map(({ arn, ...why }) => arn === undefined ? why : { resourceId: arn, ...why }),
    message: text(what, listed),
  };
}

/** A RunTask that ECS refused because the account's limit is reached, as the placement failure it is; others unchanged. */
export function readRefusedLaunch(failure: Failure): Failure {
  const isLimit = failure.tag === "refused" && failure.operation === "RunTask" &&
    ACCOUNT_LIMIT.test(failure.message);
  if (!isLimit) return failure;
  return { tag: "notPlaced", class: "accountLimit", failures: [], message: failure.message };
}
