/**
 * A run that was found again and could not be planned is planned later: until then it is not known where its tasks are, and
 * their absence proves nothing.
 *
 * @module
 */

import { wait } from "../actors/time/wait.ts";
import type { Log } from "../schemas/contracts/log.ts";
import { isRetriable, toFailure } from "../schemas/failure/failure.ts";
import type { Clock } from "../schemas/time/clock.ts";

/** What planning later needs. */
export interface PlanLaterDeps<Plan> {
  readonly runId: string;
  readonly plan: (signal: AbortSignal) => Promise<Plan>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Pause before the next try after a failure that passes by itself, and after another one, which a person has to mend. */
const SOON_MS = 30_000;
const LATE_MS = 600_000;

/**
 * Tries until the run is planned.
 *
 * @throws the reason of `signal`
 */
export async function planLater<Plan>(
  { runId, plan, clock, log }: PlanLaterDeps<Plan>,
  signal: AbortSignal,
): Promise<Plan> {
  for (let waitMs = SOON_MS;;) {
    await wait(waitMs, clock, signal);
    try {
      return await plan(signal);
    } catch (thrown) {
      signal.throwIfAborted();
      const failure = toFailure(thrown);
      waitMs = isRetriable(failure) ? SOON_MS : LATE_MS;
      log("DEBUG", `Following flow run ${runId} without its plan: ${failure.message}`, { runId });
    }
  }
}
