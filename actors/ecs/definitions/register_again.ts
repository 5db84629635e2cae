/**
 * Sends a registration again that ECS refuses, as often as the user stated. What passes by itself, such as throttling, is no
 * refusal and counts against nothing: the run tries that again on its own.
 *
 * @module
 */

import type { Log } from "../../../schemas/contracts/log.ts";
import { toFailure } from "../../../schemas/failure/failure.ts";
import { attemptPauseMs, type Attempts } from "../../../schemas/time/attempts.ts";
import type { Clock, Random } from "../../../schemas/time/clock.ts";
import { wait } from "../../time/wait.ts";

/** What is stated about attempts, and what they need. */
export interface RegisterAgainDeps {
  readonly attempts: Attempts;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Does a registration, again while it is refused. @throws what its last attempt threw */
export type RegisterAgain = <T>(family: string, work: () => Promise<T>, signal: AbortSignal) => Promise<T>;

/** @param deps null: a refusal is final */
export function makeRegisterAgain(deps: RegisterAgainDeps | null): RegisterAgain {
  if (deps === null) return (_, work) => work();
  const { attempts, clock, random, log } = deps;
  const most = attempts.most ?? 1;
  return async (family, work, signal) => {
    for (let attempt = 1;; attempt++) {
      try {
        return await work();
      } catch (thrown) {
        const { tag, message } = toFailure(thrown);
        if (tag !== "refused" || attempt >= most || signal.aborted) throw thrown;
        const ms = attemptPauseMs(attempt, attempts, random);
        const next = `attempt ${attempt + 1} of ${most} follows in ${(ms / 1000).toFixed(1)} s`;
        log("WARNING", `Cannot register a definition of the family ${family} yet: ${message}; ${next}`);
        await wait(ms, clock, signal);
      }
    }
  };
}
