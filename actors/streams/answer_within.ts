/**
 * A time limit for a whole call, independent of the limits of its parts.
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
 * @param describe makes the failure's message from the text that there was no answer @default that text alone
 * @throws {FailureError} into the stream: `timedOut`
 */
export function answerWithin<T>(
  ms: number,
  scheduler: SchedulerLike,
  describe: (why: string) => string = (why) => why,
): MonoTypeOperatorFunction<T> {
  const message = describe(`The Prefect API did not answer within ${ms / 1000} s`);
  return timeout<T, Observable<never>>({
    first: ms,
    scheduler,
    with: () => throwError(() => new FailureError({ tag: "timedOut", message })),
  });
}
