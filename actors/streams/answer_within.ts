/**
 * The time a question may take, whatever its parts allow themselves.
 *
 * @module
 */

import {
  type MonoTypeOperatorFunction,
  type Observable,
  type SchedulerLike,
  throwError,
  timeout,
} from "rxjs";
import { FailureError } from "../../schemas/failure/failure.ts";

/**
 * Gives up a stream that has emitted nothing within this time.
 *
 * @param ms milliseconds
 * @throws {FailureError} into the stream: `timedOut`
 */
export function answerWithin<T>(ms: number, scheduler: SchedulerLike): MonoTypeOperatorFunction<T> {
  const message = `The Prefect API did not answer within ${ms / 1000} s`;
  return timeout<T, Observable<never>>({
    first: ms,
    scheduler,
    with: () => throwError(() => new FailureError({ tag: "timedOut", message })),
  });
}
