/**
 * A small number of places for work that waits for others' servers, few for each of them: one that never answers takes its
 * own places and no more.
 *
 * @module
 */

import { forgetOldest } from "../../schemas/bounds/forget_oldest.ts";

/** How many places there are. */
export interface SlotLimits {
  readonly total: number;
  /** For each key. */
  readonly perKey: number;
  /** Of all places, those that keys may take together whose last work was marked as slow. */
  readonly slow: number;
}

/** A place that is held. */
export interface Slot {
  /** Frees the place; the second call does nothing. @param wasSlow the server did not answer in time */
  readonly release: (wasSlow: boolean) => void;
}

/** The places. */
export interface Slots {
  /**
   * Resolves when there is a place for the key; keys take turns, and those whose last work was slow come last. Rejects with
   * the signal's reason.
   */
  readonly acquire: (key: string, signal: AbortSignal) => Promise<Slot>;
  /** How many wait, for tests and metrics. */
  readonly waiting: () => number;
}

/** One that waits. */
interface Waiter {
  readonly go: (slot: Slot) => void;
}

/** State of the places. */
interface Places {
  readonly limits: SlotLimits;
  /** Places taken by each key that has any. */
  readonly taken: Map<string, number>;
  /** Waiters by key. The keys are in the order in which they take turns. */
  readonly queues: Map<string, Set<Waiter>>;
  /** The slow keys, the one that was slow first at the front; a bounded number. */
  readonly slow: Set<string>;
}

/** Slow keys that are remembered. */
const MOST_SLOW = 1000;

/** Places of which none is taken. */
export function makeSlots(limits: SlotLimits): Slots {
  const places: Places = { limits, taken: new Map(), queues: new Map(), slow: new Set() };
  return {
    acquire: (key, signal) => acquire(places, key, signal),
    waiting: () => sum([...places.queues.values()].map(({ size }) => size)),
  };
}

function acquire(places: Places, key: string, signal: AbortSignal): Promise<Slot> {
  if (signal.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const queue = places.queues.get(key) ?? new Set();
    const giveUp = () => {
      queue.delete(waiter);
      if (queue.size === 0 && places.queues.get(key) === queue) places.queues.delete(key);
      reject(signal.reason);
    };
    const waiter: Waiter = {
      go: (slot) => {
        signal.removeEventListener("abort", giveUp);
        resolve(slot);
      },
    };
    signal.addEventListener("abort", giveUp, { once: true });
    places.queues.set(key, queue.add(waiter));
    serve(places);
  });
}

/** Gives places to waiters for as long as there are any. */
function serve(places: Places): void {
  for (let key = nextKey(places); key !== undefined; key = nextKey(places)) {
    const queue = places.queues.get(key) ?? new Set();
    const [waiter] = queue;
    places.queues.delete(key);
    if (waiter === undefined) continue;
    queue.delete(waiter);
    // The key goes to the end, so that others have their turn.
    if (queue.size > 0) places.queues.set(key, queue);
    places.taken.set(key, (places.taken.get(key) ?? 0) + 1);
    waiter.go(slotOf(places, key));
  }
}

function nextKey(places: Places): string | undefined {
  const { limits, taken, queues, slow } = places;
  if (sum([...taken.values()]) >= limits.total) return undefined;
  const ready = [...queues.keys()].filter((key) => (taken.get(key) ?? 0) < limits.perKey);
  const quick = ready.find((key) => !slow.has(key));
  if (quick !== undefined) return quick;
  const ofSlow = sum([...taken].map(([key, count]) => slow.has(key) ? count : 0));
  return ofSlow < limits.slow ? ready[0] : undefined;
}

function slotOf(places: Places, key: string): Slot {
  let isHeld = true;
  return {
    release: (wasSlow) => {
      if (!isHeld) return;
      isHeld = false;
      const left = (places.taken.get(key) ?? 1) - 1;
      if (left === 0) places.taken.delete(key);
      else places.taken.set(key, left);
      markSlow(places.slow, key, wasSlow);
      serve(places);
    },
  };
}

function markSlow(slow: Set<string>, key: string, isSlow: boolean): void {
  slow.delete(key);
  if (!isSlow) return;
  slow.add(key);
  forgetOldest(slow, MOST_SLOW);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
