/**
 * Holds all launches while the account's limit is reached: one is sent from time to time to test it, the others wait.
 *
 * @module
 */

import type { Clock } from "../../schemas/time/clock.ts";
import { placementClassOf, toFailure } from "../../schemas/failure/failure.ts";
import type { Log } from "../../schemas/contracts/log.ts";
import type { RunTask } from "./run_task.ts";
import { remainingMs } from "../time/remaining.ts";
import { wait } from "../time/wait.ts";

/** What holding needs. */
export interface HoldOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Time between two tries while the limit is reached, in milliseconds. @default 30000 */
  readonly everyMs?: number;
}

/** Launches with a gate before them. */
export interface HeldLaunches {
  readonly launch: RunTask;
  /** What the launch of a run waits for here, as a sentence; null when it does not wait here. */
  readonly waitsFor: (runId: string) => string | null;
}

interface Hold {
  /** Null: nothing is held. */
  untilMs: number | null;
  /** Runs whose launches wait. */
  readonly held: Set<string>;
}

/** The same launcher with a gate before it. */
export function holdLaunches(launch: RunTask, options: HoldOptions): HeldLaunches {
  const hold: Hold = { untilMs: null, held: new Set() };
  return {
    launch: gated(launch, hold, options),
    waitsFor: (runId) =>
      hold.held.has(runId)
        ? `waiting for room in the account, whose limit is reached: held launches: ${hold.held.size}`
        : null,
  };
}

function gated(launch: RunTask, hold: Hold, { clock, log, everyMs = 30_000 }: HoldOptions): RunTask {
  return async (request, signal) => {
    hold.held.add(request.runId);
    await pass(hold, { clock, everyMs, signal }).finally(() => hold.held.delete(request.runId));
    try {
      const task = await launch(request, signal);
      if (hold.untilMs !== null) log("INFO", "The account has room for tasks again");
      hold.untilMs = null;
      return task;
    } catch (thrown) {
      const failure = toFailure(thrown);
      if (placementClassOf(failure) !== "accountLimit") throw thrown;
      if (hold.untilMs === null) {
        log(
          "WARNING",
          `Flow runs wait: the account's limit is reached, ask AWS to raise it: ${failure.message}`,
        );
      }
      hold.untilMs = clock.now() + everyMs;
      throw thrown;
    }
  };
}

interface Waiting {
  readonly clock: Clock;
  readonly everyMs: number;
  readonly signal: AbortSignal;
}

/** The first launch after the pause is sent, and the others wait for its answer. */
async function pass(hold: Hold, { clock, everyMs, signal }: Waiting): Promise<void> {
  while (hold.untilMs !== null) {
    const leftMs = remainingMs({ untilMs: hold.untilMs, longestMs: everyMs }, clock);
    if (leftMs === 0) {
      hold.untilMs = clock.now() + everyMs;
      return;
    }
    await wait(Math.min(1000, leftMs), clock, signal);
  }
}
