/**
 * Virtual time: timers fire in order, and between two timers everything that is ready runs to its end.
 *
 * @module
 */

import { nextTick } from "node:process";

/** The time of a simulated world. */
export interface VirtualTime {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Calls `fn` after `ms` milliseconds; the answer forgets it. */
  readonly after: (ms: number, fn: () => void) => () => void;
  /** Goes on until `untilMs`, or until `isOver` says so. @returns timers fired */
  readonly run: (untilMs: number, isOver: () => boolean) => Promise<number>;
}

interface Timer {
  readonly atMs: number;
  readonly order: number;
  fn: (() => void) | null;
}

/** @param startMs the moment at which the world begins */
export function makeVirtualTime(startMs: number): VirtualTime {
  let now = startMs;
  let order = 0;
  const heap: Timer[] = [];
  return {
    now: () => now,
    after: (ms, fn) => {
      const timer: Timer = { atMs: now + Math.max(0, ms), order: order++, fn };
      push(heap, timer);
      return () => {
        timer.fn = null;
      };
    },
    run: async (untilMs, isOver) => {
      let fired = 0;
      await drain();
      for (let due = heap[0]; due !== undefined && due.atMs <= untilMs; due = heap[0]) {
        pop(heap);
        if (due.fn === null) continue;
        now = Math.max(now, due.atMs);
        due.fn();
        fired++;
        await drain();
        if (isOver()) break;
      }
      return fired;
    },
  };
}

/** Every promise that is ready, and what that sets off, runs before the next tick; it costs a quarter of a whole turn. */
function drain(): Promise<void> {
  return new Promise((resolve) => nextTick(resolve));
}

function isBefore(a: Timer | undefined, b: Timer | undefined): boolean {
  if (a === undefined || b === undefined) return b === undefined;
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

function swap(heap: Timer[], i: number, j: number): void {
  const [a, b] = [heap[i], heap[j]];
  if (a === undefined || b === undefined) return;
  heap[i] = b;
  heap[j] = a;
}

function push(heap: Timer[], timer: Timer): void {
  let at = heap.push(timer) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!isBefore(heap[at], heap[parent])) return;
    swap(heap, at, parent);
    at = parent;
  }
}

function pop(heap: Timer[]): void {
  swap(heap, 0, heap.length - 1);
  heap.pop();
  for (let at = 0;;) {
    const left = 2 * at + 1;
    if (left >= heap.length) return;
    const child = left + 1 < heap.length && isBefore(heap[left + 1], heap[left]) ? left + 1 : left;
    if (!isBefore(heap[child], heap[at])) return;
    swap(heap, at, child);
    at = child;
  }
}
