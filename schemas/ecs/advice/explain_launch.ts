/**
 * Adds to the failure of a launch what it means and what to do: the texts of AWS name a reason and no remedy.
 *
 * @module
 */

import type { Failure, PlacementFailure } from "../../failure/failure.ts";
import { type Asked, askedOf } from "./asked_place.ts";
import { adviceFor, NO_CREDENTIALS, PLACEMENT_ROWS, REFUSAL_ROWS } from "./launch_advice.ts";
import type { LaunchPlan } from "../launch_plan.ts";

/** Distinct sentences of one refused placement: a cluster of many instances may give a reason for each. */
const MAX_SENTENCES = 3;

/** The failure with the advice after its message; failures that pass by themselves are unchanged. */
export function explainLaunch(failure: Failure, plan: Pick<LaunchPlan, "definition" | "runTask">): Failure {
  const advice = launchAdvice(failure, plan);
  if (advice === "" || failure.message.includes(advice)) return failure;
  const message = `${failure.message.replace(/[\s.]+$/, "")}. ${advice}`;
  return { ...failure, message };
}

/** The permission that reading a source needs, and what is to be checked besides, by kind of source. */
const READS: Readonly<Record<string, readonly [permission: string, check: string]>> = {
  s3: ["s3:GetObject on the object", "that bucket and object are there, in the region that the agent uses"],
  taskDefinition: [
    "ecs:DescribeTaskDefinition",
    "that the task definition is there, in the agent's account and region",
  ],
  defaultNetwork: [
    "ec2:DescribeVpcs and ec2:DescribeSubnets",
    "that there is a default VPC, or give networkConfiguration in --run-task-kwargs",
  ],
};

/** A refused read of a source, with the permission that it needs and what to check. */
export function explainRead(failure: Failure, kind: string): Failure {
  const known = READS[kind];
  if (failure.tag !== "refused" || known === undefined) return failure;
  const [permission, check] = known;
  const todo = NO_CREDENTIALS.test(failure.code)
    ? "Check the agent's AWS keys, their session token, the region and the clock of this machine"
    : `Allow ${permission} for the agent's role; check ${check}`;
  return { ...failure, message: `${failure.message.replace(/[\s.]+$/, "")}. ${todo}` };
}

/** What a failure means for the plan, and what to do; empty for failures that pass by themselves. */
export function launchAdvice(failure: Failure, plan: Pick<LaunchPlan, "definition" | "runTask">): string {
  return upper(adviceOf(failure, plan));
}

function adviceOf(failure: Failure, plan: Pick<LaunchPlan, "definition" | "runTask">): string {
  switch (failure.tag) {
    case "notPlaced":
      return placementAdvice(failure.failures.map(reasonOf), failure.message, askedOf(plan));
    case "refused":
      return adviceFor(
        REFUSAL_ROWS,
        `${failure.code} ${failure.operation} ${failure.message}`,
        askedOf(plan),
      );
    case "conflict": {
      const { cluster } = askedOf(plan);
      return `the client token was used in cluster ${cluster} for the tasks ${
        failure.taskIds.join(", ") || "of another request"
      }; stop them if they are not wanted, and start the run again`;
    }
    default:
      return "";
  }
}

function reasonOf({ reason = "", detail = "" }: PlacementFailure): string {
  return `${reason} ${detail}`.trim();
}

/** Without reasons the whole request was refused, because a limit of the account is reached. */
function placementAdvice(reasons: readonly string[], message: string, asked: Asked): string {
  const signals = reasons.length === 0 ? [message] : reasons;
  const sentences = [...new Set(signals.map((signal) => adviceFor(PLACEMENT_ROWS, signal, asked)))];
  return sentences.slice(0, MAX_SENTENCES).map((one, i) => i === 0 ? one : upper(one)).join(". ");
}

function upper(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
