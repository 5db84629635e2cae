/**
 * RunTask for the commands that start one task and end: no claim, no attempts, the same rules otherwise.
 *
 * @module
 */

import { FailureError, isRetriable, toFailure } from "../../schemas/failure/failure.ts";
import type { JsonObject } from "../../schemas/json/json.ts";
import { notPlaced, type UnplacedText } from "../../schemas/ecs/placement_reasons.ts";
import type { EcsCalls } from "./calls.ts";

/** What {@link launchOnce} needs. */
export interface LaunchOnceDeps {
  readonly ecs: Pick<EcsCalls, "runTask">;
  /** Waits before the same request is sent again; `retry` counts from 0. */
  readonly pause: (retry: number, signal: AbortSignal) => Promise<void>;
}

/** One task to start. */
export interface LaunchOnceRequest {
  /** RunTask with `taskDefinition` and `clientToken`. */
  readonly request: JsonObject;
  /** What is started, for messages: `flow run f00dcafe…`. */
  readonly what: string;
  /** Message of a launch without a task. */
  readonly unplacedText: UnplacedText;
}

const MOST_RETRIES = 5;

/**
 * Starts a task. The same request, token included, is sent again while its outcome is unknown or AWS throttles.
 *
 * @returns ARN of the first task
 * @throws {FailureError} `notPlaced` with every ARN and reason (F-RUN-FAILURES); what AWS refused
 */
export async function launchOnce(
  launch: LaunchOnceRequest,
  { ecs, pause }: LaunchOnceDeps,
  signal: AbortSignal,
): Promise<string> {
  for (let retry = 0;; retry++) {
    try {
      return await launchNow(launch, ecs, signal);
    } catch (thrown) {
      if (retry === MOST_RETRIES || !isRetriable(toFailure(thrown))) throw thrown;
      await pause(retry, signal);
    }
  }
}

async function launchNow(
  { request, what, unplacedText }: LaunchOnceRequest,
  ecs: LaunchOnceDeps["ecs"],
  signal: AbortSignal,
): Promise<string> {
  const { tasks, failures } = await ecs.runTask(request, signal);
  const [first] = tasks;
  if (first !== undefined) return first.arn;
  if (failures.length > 0) throw new FailureError(notPlaced(what, failures, unplacedText));
  const message =
    `Cannot tell whether a task was started for ${what}: RunTask answered neither a task nor a failure`;
  throw new FailureError({ tag: "unknownOutcome", operation: "RunTask", message });
}
