/**
 * Observes calls to other systems. The observer itself makes the call, so that its span is open meanwhile.
 *
 * @module
 */

import { toFailure } from "../../schemas/failure/failure.ts";
import { failureWord } from "../../schemas/observability/failure_word.ts";

/** One call that is about to be made. */
export interface ObservedCall<T> {
  /** `prefect`, or the AWS service: `ECS`, `S3`… */
  readonly service: string;
  /** `RunTask`, `get_runs_in_queue`… A few dozen different ones at most, nothing secret. */
  readonly operation: string;
  readonly work: () => Promise<T>;
  /** The outcome of an answer, in one word. @default `ok` */
  readonly resultOf?: (answer: T) => string;
}

/** Makes the call; what it answers or throws is the caller's. */
export type CallObserver = <T>(call: ObservedCall<T>) => Promise<T>;

/** Makes calls without observing them. */
export const unobserved: CallObserver = (call) => call.work();

/** The word for what was thrown: `aborted` for a call that was given up, else the public word for the failure. */
export function resultOfThrown(thrown: unknown): string {
  if (thrown instanceof DOMException && thrown.name === "AbortError") return "aborted";
  return failureWord(toFailure(thrown));
}
