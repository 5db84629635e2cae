/**
 * Whose turn it is to be planned: runs are planned together, but one that is suspected of ending the process is planned while no
 * other is.
 *
 * @module
 */

import { wait } from "../../actors/time/wait.ts";
import type { Clock } from "../../schemas/time/clock.ts";

/** The turns of one process. */
export interface PlanTurns {
  /** Plans with others; waits while one is planned alone. */
  readonly together: <T>(work: () => Promise<T>) => Promise<T>;
  /**
   * Plans alone, after all others of this start. `isAlone` is false where others were planned without a pause for so long that
   * this one no longer waits.
   *
   * @throws the reason of `signal`, or {@link STOPPING}
   */
  readonly alone: <T>(work: (isAlone: boolean) => Promise<T>, signal: AbortSignal) => Promise<T>;
  /** The agent is told to stop: nothing is planned alone any more. */
  readonly stop: () => void;
  /** Aborted by {@link PlanTurns.stop}. */
  readonly stopping: AbortSignal;
}

/** Why a run is not planned alone: the agent stops. */
export const STOPPING = new DOMException("The agent stops", "AbortError");

/**
 * Nothing is planned alone before a process is that old. The second search for claims is over then, so all others of this start
 * are on their way; and a process that is killed at once, for whatever reason, counts against no run.
 */
const RESTED_MS = 15_000;

/** Longest wait for a moment at which no other run is planned. */
const PATIENCE_MS = 120_000;

/** The turns of a process that begins now. */
export function makePlanTurns(clock: Clock): PlanTurns {
  const bornMs = clock.now();
  const ending = new AbortController();
  const lock = makePlanLock();
  const turn = async (signal: AbortSignal): Promise<boolean> => {
    const place = lock.queue();
    const enough = new AbortController();
    try {
      await Promise.race([place.mine, wait(PATIENCE_MS, clock, AbortSignal.any([signal, enough.signal]))]);
    } catch (thrown) {
      if (place.isMine()) lock.release();
      throw thrown;
    } finally {
      place.leave();
      enough.abort();
    }
    return place.isMine();
  };
  return {
    together: async (work) => {
      await lock.enter();
      try {
        return await work();
      } finally {
        lock.exit();
      }
    },
    alone: async (work, signal) => {
      const either = AbortSignal.any([signal, ending.signal]);
      await wait(Math.max(1, Math.min(RESTED_MS, bornMs + RESTED_MS - clock.now())), clock, either);
      if (!await turn(either)) return await work(false);
      return await work(true).finally(lock.release);
    },
    stop: () => ending.abort(STOPPING),
    stopping: ending.signal,
  };
}

/** A place in the queue for planning alone. */
interface Place {
  /** Resolves when it is this one's turn. */
  readonly mine: Promise<void>;
  readonly isMine: () => boolean;
  readonly leave: () => void;
}

/** Held by one that plans alone, or shared by all that plan together. */
interface PlanLock {
  readonly enter: () => Promise<void>;
  readonly exit: () => void;
  readonly queue: () => Place;
  readonly release: () => void;
}

function makePlanLock(): PlanLock {
  const blocked: (() => void)[] = [];
  const queue = new Set<() => void>();
  let together = 0;
  let isHeld = false;
  const next = () => {
    const [first] = queue;
    if (isHeld || together > 0 || first === undefined) return;
    queue.delete(first);
    isHeld = true;
    first();
  };
  return {
    enter: async () => {
      if (isHeld) await new Promise<void>((resolve) => blocked.push(() => (together++, resolve())));
      else together++;
    },
    exit: () => {
      together--;
      next();
    },
    queue: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const entry = { isMine: false };
      const begin = () => (entry.isMine = true, resolve());
      queue.add(begin);
      next();
      return { mine: promise, isMine: () => entry.isMine, leave: () => void queue.delete(begin) };
    },
    release: () => {
      isHeld = false;
      // Those who waited begin before the next one is planned alone.
      for (const go of blocked.splice(0)) go();
      next();
    },
  };
}
