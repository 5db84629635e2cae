/**
 * Deregisters a definition that was made for one run. The launch is decided by then, so no failure here changes the run's
 * outcome.
 *
 * @module
 */

import { backoffMs } from "../../../schemas/time/backoff.ts";
import type { Clock, Random } from "../../../schemas/time/clock.ts";
import { type Failure, isRetriable, toFailure } from "../../../schemas/failure/failure.ts";
import type { EcsCalls } from "../calls.ts";
import type { Log } from "../../../schemas/contracts/log.ts";
import { wait } from "../../time/wait.ts";

/** What {@link makeDeregister} needs. */
export interface DeregisterDeps {
  readonly ecs: Pick<EcsCalls, "deregisterTaskDefinition">;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

const MOST_TRIES = 4;
const BACKOFF = { baseMs: 500, capMs: 4000 } as const;

/** How long after those tries each later one comes; the run does not wait for it. */
const LATER_MS = 30_000;
const MOST_LATER = 20;

/** Outcome for a definition: it is deregistered, it is tried again later, or it stays registered. */
export type Deregistered = "done" | "later" | "stays";

/** Deregisters the definition with an ARN; never rejects. */
export type Deregister = (arn: string, signal: AbortSignal) => Promise<Deregistered>;

/**
 * Makes the call: after a few tries while AWS is busy it is tried again later. A definition that stays registered is a warning
 * (Q-DEREG-FAILS, Q-LEAK).
 */
export function makeDeregister(deps: DeregisterDeps): Deregister {
  return async (arn, signal) => {
    for (let tries = 1;; tries++) {
      const failure = await deps.ecs.deregisterTaskDefinition(arn, signal).then(() => null, toFailure);
      if (failure === null) return "done";
      if (signal.aborted || !isRetriable(failure)) return warn(arn, failure, deps);
      if (tries === MOST_TRIES) return later(arn, MOST_LATER, deps);
      // Once the caller gives up, the next try is the last one.
      await wait(backoffMs(tries, { ...BACKOFF, random: deps.random }), deps.clock, signal).catch(() =>
        undefined
      );
    }
  };
}

function warn(arn: string, { message }: Failure, { log }: DeregisterDeps): "stays" {
  log("WARNING", `Cannot deregister task definition ${arn}, it stays registered: ${message}`);
  return "stays";
}

function later(arn: string, tries: number, deps: DeregisterDeps): "later" {
  deps.clock.after(LATER_MS, async () => {
    const { signal } = new AbortController();
    const failure = await deps.ecs.deregisterTaskDefinition(arn, signal).then(() => null, toFailure);
    if (failure === null) return;
    if (tries > 1 && isRetriable(failure)) later(arn, tries - 1, deps);
    else warn(arn, failure, deps);
  });
  return "later";
}
