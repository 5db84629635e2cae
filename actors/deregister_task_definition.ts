/**
 * Deregisters a definition that was made for one run. The launch is decided by then, so nothing that happens here may change
 * the run's fate.
 *
 * @module
 */

import { backoffMs } from "../schemas/backoff.ts";
import type { Clock, Random } from "../schemas/clock.ts";
import { isRetriable, toFailure } from "../schemas/failure.ts";
import type { EcsCalls } from "./ecs_calls.ts";
import type { Log } from "./log.ts";

/** What {@link makeDeregister} needs. */
export interface DeregisterDeps {
  readonly ecs: Pick<EcsCalls, "deregisterTaskDefinition">;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

const MOST_TRIES = 4;
const BACKOFF = { baseMs: 500, capMs: 4000 } as const;

/**
 * Deregisters; a definition that stays behind is a warning (Q-DEREG-FAILS, Q-LEAK).
 *
 * @returns never rejects
 */
export function makeDeregister(deps: DeregisterDeps): (arn: string, signal: AbortSignal) => Promise<void> {
  return async (arn, signal) => {
    for (let tries = 1; tries <= MOST_TRIES; tries++) {
      const failure = await deps.ecs.deregisterTaskDefinition(arn, signal).then(() => null, toFailure);
      if (failure === null) return;
      if (signal.aborted || tries === MOST_TRIES || !isRetriable(failure)) {
        deps.log(
          "WARNING",
          `Cannot deregister task definition ${arn}, it stays registered: ${failure.message}`,
        );
        return;
      }
      await sleep(backoffMs(tries, { ...BACKOFF, random: deps.random }), deps.clock, signal);
    }
  };
}

function sleep(ms: number, clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(ms, resolve);
    signal.addEventListener("abort", () => (cancel(), resolve()), { once: true });
  });
}
