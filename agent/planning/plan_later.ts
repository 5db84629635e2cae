/**
 * Plans a recovered run later if it could not be planned at once: until then the place of its tasks is unknown, so their
 * absence proves nothing.
 *
 * @module
 */

import { wait } from "../../actors/time/wait.ts";
import type { Log } from "../../schemas/contracts/log.ts";
import { type Failure, isRetriable, toFailure } from "../../schemas/failure/failure.ts";
import type { Clock } from "../../schemas/time/clock.ts";

/** What planning later needs. */
export interface PlanLaterDeps<Plan> {
  readonly runId: string;
  readonly plan: (signal: AbortSignal) => Promise<Plan>;
  readonly clock: Clock;
  readonly log: Log;
  /** Receives each failure and the time until the next try, in milliseconds. @default nobody is told */
  readonly onFailed?: (failure: Failure, waitMs: number) => void;
}

/** Pause before the next try after a transient failure, and after a failure that a person has to fix. */
const SOON_MS = 30_000;
const LATE_MS = 600_000;

/**
 * Tries until the run is planned.
 *
 * @throws the reason of `signal`
 */
export async function planLater<Plan>(
  { runId, plan, clock, log, onFailed }: PlanLaterDeps<Plan>,
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
      onFailed?.(failure, waitMs);
      log("DEBUG", `Following flow run ${runId} without its plan: ${failure.message}`, { runId });
    }
  }
}
