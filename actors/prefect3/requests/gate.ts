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
  /**
   * A request of the first urgency is being made, waits between its tries included: meanwhile those of the last urgency wait,
   * each for ten seconds at most, because a busy server would do them in its place.
   *
   * @returns says that it is made
   */
  readonly begin: () => () => void;
  /** How many may be under way now. */
  readonly width: () => number;
}

/** Most requests under way. */
export const MOST_UNDER_WAY = 16;

/** One more may be under way after each such time without a refusal, in milliseconds. */
const WIDENING_MS = 1000;

/** A request of the last urgency waits so long for those of the first, in milliseconds. */
const HELD_BACK_MS = 10_000;

interface Waiter {
  readonly sinceMs: number;
  readonly go: (pass: Pass) => void;
}

interface State {
  readonly clock: Clock;
  readonly queues: Readonly<Record<Urgency, Set<Waiter>>>;
  underWay: number;
  /** Requests of the first urgency that are being made. */
  begun: number;
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
    begun: 0,
    narrowed: { width: MOST_UNDER_WAY, atMs: clock.now() },
    refusals: 0,
    widening: null,
  };
  return {
    enter: (urgency, signal) => enter(state, urgency, signal),
    begin: () => begin(state),
    width: () => widthOf(state),
  };
}

function begin(state: State): () => void {
  state.begun++;
  let isMade = false;
  return () => {
    if (isMade) return;
    isMade = true;
    state.begun--;
    serve(state);
  };
}

function enter(state: State, urgency: Urgency, signal: AbortSignal): Promise<Pass> {
  if (signal.aborted) return Promise.reject(signal.reason);
  const isHeldBack = urgency === "last" && state.begun > 0;
  if (!isHeldBack && !waits(state) && state.underWay < widthOf(state)) return Promise.resolve(pass(state));
  return new Promise((resolve, reject) => {
    const giveUp = () => {
      state.queues[urgency].delete(waiter);
      reject(signal.reason);
    };
    const waiter: Waiter = {
      sinceMs: state.clock.now(),
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
    if (queue === state.queues.last && isHeldBack(state, waiter)) break;
    queue.delete(waiter);
    waiter.go(pass(state));
  }
  awaitWidening(state);
}

function isHeldBack({ begun, clock }: State, { sinceMs }: Waiter): boolean {
  return begun > 0 && Math.abs(clock.now() - sinceMs) < HELD_BACK_MS;
}

/** While requests wait, the gate looks again when it may have become wider: those under way may take long. */
function awaitWidening(state: State): void {
  const mayWiden = widthOf(state) < MOST_UNDER_WAY || state.begun > 0;
  if (!waits(state) || state.widening !== null || !mayWiden) return;
  state.widening = state.clock.after(WIDENING_MS - sinceRefusalMs(state) % WIDENING_MS, () => {
    state.widening = null;
    serve(state);
  });
}
