/**
 * The gate of requests: how many are under way, and which goes next. It narrows when the API refuses for lack of room, and
 * widens again step by step.
 *
 * @module
 */

import type { Clock } from "../../../schemas/time/clock.ts";
import type { Urgency } from "../api.ts";

/** A request that has passed. */
export interface Pass {
  /** It is over; the second call does nothing. @param wasRefused the API had no room for it: 429 or 503 */
  readonly leave: (wasRefused: boolean) => void;
}

/** The gate. */
export interface Gate {
  /** Resolves when the request may be sent. Rejects with the signal's reason. */
  readonly enter: (urgency: Urgency, signal: AbortSignal) => Promise<Pass>;
  /** How many may be under way now. */
  readonly width: () => number;
}

/** Most requests under way. */
export const MOST_UNDER_WAY = 16;

/** One more may be under way after each such time without a refusal, in milliseconds. */
const WIDENING_MS = 1000;

interface Waiter {
  readonly go: (pass: Pass) => void;
}

interface State {
  readonly clock: Clock;
  readonly queues: Readonly<Record<Urgency, Set<Waiter>>>;
  underWay: number;
  /** The width right after the last refusal, and when that was; the counts tell refusals apart. */
  narrowed: { readonly width: number; readonly atMs: number };
  refusals: number;
  /** Ends the wait for the next widening; null: nothing waits for it. */
  widening: (() => void) | null;
}

const ORDER = ["first", "normal", "last"] as const satisfies readonly Urgency[];

/** A gate that is as wide as it gets. */
export function makeGate(clock: Clock): Gate {
  const state: State = {
    clock,
    queues: { first: new Set(), normal: new Set(), last: new Set() },
    underWay: 0,
    narrowed: { width: MOST_UNDER_WAY, atMs: clock.now() },
    refusals: 0,
    widening: null,
  };
  return { enter: (urgency, signal) => enter(state, urgency, signal), width: () => widthOf(state) };
}

function enter(state: State, urgency: Urgency, signal: AbortSignal): Promise<Pass> {
  if (signal.aborted) return Promise.reject(signal.reason);
  if (!waits(state) && state.underWay < widthOf(state)) return Promise.resolve(pass(state));
  return new Promise((resolve, reject) => {
    const giveUp = () => {
      state.queues[urgency].delete(waiter);
      reject(signal.reason);
    };
    const waiter: Waiter = {
      go: (passed) => {
        signal.removeEventListener("abort", giveUp);
        resolve(passed);
      },
    };
    signal.addEventListener("abort", giveUp, { once: true });
    state.queues[urgency].add(waiter);
    serve(state);
  });
}

function waits({ queues }: State): boolean {
  return ORDER.some((urgency) => queues[urgency].size > 0);
}

function widthOf(state: State): number {
  const { width } = state.narrowed;
  if (width >= MOST_UNDER_WAY) return MOST_UNDER_WAY;
  return Math.min(MOST_UNDER_WAY, width + Math.floor(sinceRefusalMs(state) / WIDENING_MS));
}

/** After the clock was set back it begins anew. */
function sinceRefusalMs(state: State): number {
  const nowMs = state.clock.now();
  if (nowMs < state.narrowed.atMs) state.narrowed = { width: state.narrowed.width, atMs: nowMs };
  return nowMs - state.narrowed.atMs;
}

function pass(state: State): Pass {
  let isUnderWay = true;
  const { refusals } = state;
  state.underWay++;
  return {
    leave: (wasRefused) => {
      if (!isUnderWay) return;
      isUnderWay = false;
      state.underWay--;
      if (wasRefused) narrow(state, refusals);
      serve(state);
    },
  };
}

/** Requests that were under way together and are refused together narrow it once. */
function narrow(state: State, refusalsBefore: number): void {
  const isNews = state.refusals === refusalsBefore;
  const width = isNews ? Math.max(1, Math.floor(widthOf(state) / 2)) : state.narrowed.width;
  if (isNews) state.refusals++;
  state.narrowed = { width, atMs: state.clock.now() };
}

function serve(state: State): void {
  while (state.underWay < widthOf(state)) {
    const queue = ORDER.map((urgency) => state.queues[urgency]).find(({ size }) => size > 0);
    const [waiter] = queue ?? [];
    if (queue === undefined || waiter === undefined) return;
    queue.delete(waiter);
    waiter.go(pass(state));
  }
  awaitWidening(state);
}

/** While requests wait, the gate looks again when it has become wider: those under way may take long. */
function awaitWidening(state: State): void {
  if (!waits(state) || state.widening !== null || widthOf(state) >= MOST_UNDER_WAY) return;
  state.widening = state.clock.after(WIDENING_MS - sinceRefusalMs(state) % WIDENING_MS, () => {
    state.widening = null;
    serve(state);
  });
}
