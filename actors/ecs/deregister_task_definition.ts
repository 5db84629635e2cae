/**
 * Deregisters a definition that was made for one run. The launch is decided by then, so nothing that happens here may change
 * the run's fate.
 *
 * @module
 */

import { backoffMs } from "../../schemas/time/backoff.ts";
import type { Clock, Random } from "../../schemas/time/clock.ts";
import { type Failure, isRetriable, toFailure } from "../../schemas/failure/failure.ts";
import type { EcsCalls } from "./calls.ts";
import type { Log } from "../../schemas/contracts/log.ts";

/** What {@link makeDeregister} needs. */
export interface DeregisterDeps {
  readonly ecs: Pick<EcsCalls, "deregisterTaskDefinition">;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

const MOST_TRIES = 4;
const BACKOFF = { baseMs: 500, capMs: 4000 } as const;

/** What AWS was too busy for is tried again without anybody waiting for it. */
const LATER_MS = 30_000;
const MOST_LATER = 20;

/**
 * Deregisters; after a few tries while AWS is busy it goes on with that later. A definition that stays behind is a warning (Q-DEREG-FAILS, Q-LEAK).
 *
 * @returns never rejects
 */
export function makeDeregister(deps: DeregisterDeps): (arn: string, signal: AbortSignal) => Promise<void> {
  return async (arn, signal) => {
    for (let tries = 1; tries <= MOST_TRIES; tries++) {
      const failure = await deps.ecs.deregisterTaskDefinition(arn, signal).then(() => null, toFailure);
      if (failure === null) return;
      if (signal.aborted || !isRetriable(failure)) return warn(arn, failure, deps);
      if (tries === MOST_TRIES) return void later(arn, MOST_LATER, deps);
      await sleep(backoffMs(tries, { ...BACKOFF, random: deps.random }), deps.clock, signal);
    }
  };
}

function warn(arn: string, { message }: Failure, { log }: DeregisterDeps): void {
  log("WARNING", `Cannot deregister task definition ${arn}, it stays registered: ${message}`);
}

function later(arn: string, tries: number, deps: DeregisterDeps): void {
  deps.clock.after(LATER_MS, async () => {
    const { signal } = new AbortController();
    const failure = await deps.ecs.deregisterTaskDefinition(arn, signal).then(() => null, toFailure);
    if (failure === null) return;
    if (tries > 1 && isRetriable(failure)) return later(arn, tries - 1, deps);
    warn(arn, failure, deps);
  });
}

function sleep(ms: number, clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(ms, resolve);
    signal.addEventListener("abort", () => (cancel(), resolve()), { once: true });
  });
}
