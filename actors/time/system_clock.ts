/**
 * The clock of the machine this program runs on. Waits of a second and more share timers.
 *
 * @module
 */

import type { Clock } from "../../schemas/time/clock.ts";

/** The runtime's timers hold 32 bits: a longer one would fire at once and start next year's run today. */
const LONGEST_MS = 2 ** 31 - 1;

/** Waits of at least this length share timers, because otherwise most of an agent's timers would be deadlines of runs. */
const COARSE_MS = 1000;

/** Such a wait may be longer by up to one part in this, and never by more, so that most of them share a timer. */
const PARTS = 64;

const MOST_LATE_MS = 128;

/** Waits that end together. */
interface Slot {
  readonly waits: Set<{ readonly fn: () => void }>;
  readonly timer: ReturnType<typeof setTimeout>;
}

/** By their end on the monotonic clock, which no change of the date moves, in milliseconds. */
const SLOTS = new Map<number, Slot>();

/** The clock of the machine this runs on. Waits of a second and more may be longer by a 64th, 128 ms at most. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, fn) => ms >= COARSE_MS ? coarsely(ms, fn) : exactly(ms, fn),
};

function exactly(ms: number, fn: () => void): () => void {
  const timer = setTimeout(fn, ms);
  return () => clearTimeout(timer);
}

function coarsely(ms: number, fn: () => void): () => void {
  if (ms > LONGEST_MS / 2) {
    let cancel = exactly(LONGEST_MS / 2, () => void (cancel = coarsely(ms - LONGEST_MS / 2, fn)));
    return () => cancel();
  }
  const grainMs = Math.min(MOST_LATE_MS, 2 ** Math.floor(Math.log2(ms / PARTS)));
  const end = Math.ceil((performance.now() + ms) / grainMs) * grainMs;
  const slot = SLOTS.get(end) ?? openSlot(end);
  const wait = { fn };
  slot.waits.add(wait);
  return () => {
    if (!slot.waits.delete(wait) || slot.waits.size > 0 || SLOTS.get(end) !== slot) return;
    clearTimeout(slot.timer);
    SLOTS.delete(end);
  };
}

function openSlot(end: number): Slot {
  const waits: Slot["waits"] = new Set();
  const close = () => {
    SLOTS.delete(end);
    // Each callback runs separately, as with timers: one that throws does not stop the others.
    for (const wait of waits) {
      queueMicrotask(() => {
        if (waits.delete(wait)) wait.fn();
      });
    }
  };
  const slot = { waits, timer: setTimeout(close, end - performance.now()) };
  SLOTS.set(end, slot);
  return slot;
}
