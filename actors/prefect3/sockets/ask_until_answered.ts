/**
 * Asks for the work pool until the API answers: the worker has nothing to do before that.
 *
 * @module
 */

import type { Log } from "../../../schemas/contracts/log.ts";
import { isRetriable, toFailure } from "../../../schemas/failure/failure.ts";
import { backoffMs } from "../../../schemas/time/backoff.ts";
import type { Clock, Random } from "../../../schemas/time/clock.ts";
import { type Again, nextLine } from "../../../schemas/time/told_again.ts";
import { wait } from "../../time/wait.ts";
import { UnreadablePool } from "./pool_rest.ts";
import { refusedFor } from "./refuse_pool.ts";

/** What asking needs. */
export interface AskDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Name of the pool, for messages. */
  readonly pool: string;
}

/**
 * Asks again and again. The API's client tells that it does not answer; that a pool cannot be read is told here, at once and then
 * at growing intervals.
 *
 * @throws {FailureError} a refusal for good; the reason of `signal`
 */
export async function askUntilAnswered<T>(
  { clock, random, log, pool }: AskDeps,
  ask: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  let again: Again | null = null;
  for (let retry = 1;; retry++) {
    try {
      return await ask(signal);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      const refused = refusedFor(pool, toFailure(error));
      if (!isRetriable(refused.failure)) throw refused;
      if (error instanceof UnreadablePool && (again === null || clock.now() >= again.atMs)) {
        again = nextLine(again, clock.now());
        log("ERROR", `${error.message}; it is asked for again until it can be read`);
      }
      await wait(backoffMs(retry, { baseMs: 500, capMs: 10_000, random }), clock, signal);
    }
  }
}
