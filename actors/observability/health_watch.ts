/**
 * Remembers the facts that decide the agent's health.
 *
 * @module
 */

import type { Clock } from "../../schemas/time/clock.ts";
import type { FailureTag } from "../../schemas/failure/failure.ts";
import { type HealthLimits, judgeHealth, type Unhealthy } from "../../schemas/observability/health.ts";

/** Receives events, and answers whether the agent is healthy. */
export interface HealthWatch {
  /** A poll ended; null: well. */
  readonly polled: (failure: FailureTag | null) => void;
  /** The API asks to be waited for, which counts as an answer. */
  readonly excused: () => void;
  /** The agent asks for no runs while it has no room for one: then no answer is missed. */
  readonly asks: (isAsking: boolean) => void;
  /** A run's machine changed its state. */
  readonly turned: () => void;
  /** From now on the loop is expected to poll. */
  readonly began: () => void;
  /** No more polls are due. */
  readonly finished: () => void;
  /** Seconds since the last poll ended, null before the first. */
  readonly lastPollAgeS: () => number | null;
  /** Null: well. */
  readonly judge: () => Unhealthy | null;
}

/** An API that throttles is reachable. */
const PRESENT: ReadonlySet<FailureTag> = new Set<FailureTag>(["throttled"]);

/** Begins to watch. */
export function makeHealthWatch(clock: Pick<Clock, "now">, limits: HealthLimits): HealthWatch {
  let polling = false;
  let turnedMs = clock.now();
  let answeredMs = turnedMs;
  let lastPollMs: number | null = null;
  let isAsking = true;
  let away: { sinceMs: number; failure: FailureTag } | null = null;
  return {
    polled: (failure) => {
      const now = clock.now();
      turnedMs = now;
      lastPollMs = now;
      if (failure === null) answeredMs = now;
      if (failure === null || PRESENT.has(failure)) away = null;
      else away = { sinceMs: away?.sinceMs ?? now, failure };
    },
    excused: () => {
      answeredMs = clock.now();
    },
    asks: (asking) => {
      if (asking && !isAsking) answeredMs = clock.now();
      isAsking = asking;
    },
    turned: () => {
      turnedMs = clock.now();
    },
    began: () => {
      polling = true;
      turnedMs = clock.now();
    },
    finished: () => {
      polling = false;
      away = null;
    },
    lastPollAgeS: () => lastPollMs === null ? null : (clock.now() - lastPollMs) / 1000,
    judge: () => {
      const nowMs = clock.now();
      return judgeHealth(
        { nowMs, polling, turnedMs, answeredMs: isAsking ? answeredMs : nowMs, away },
        limits,
      );
    },
  };
}
