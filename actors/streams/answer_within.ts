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
 * @param describe what the failure says, given that there was no answer @default that alone
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
