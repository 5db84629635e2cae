/**
 * Whether the agent is healthy: its loop runs, and the Prefect API answers.
 *
 * @module
 */

import { IDLE_PAUSES_MS } from "../time/poll_pause.ts";
import type { FailureTag } from "../failure/failure.ts";
import type { JsonObject } from "../json/json.ts";

/** How an agent serves its health. */
export interface HealthStyle {
  /** Path that orchestrators ask. */
  readonly path: string;
  /** Body of a good answer. */
  readonly well: JsonObject;
  /** Whether health is served before the API has answered for the first time. */
  readonly isEarly: boolean;
  /** Longest time without an answered poll, in milliseconds, which then is all that decides; null: {@link HealthLimits} decide. */
  readonly silentAfterMs: number | null;
}

/** As the agents of Prefect 1 serve it. */
export const AGENT_HEALTH: HealthStyle = {
  path: "/api/health",
  well: {},
  isEarly: false,
  silentAfterMs: null,
};

/** The facts at the moment of a health check. Moments are milliseconds since 1970. */
export interface HealthFacts {
  readonly nowMs: number;
  /** The loop is expected to poll: false before the start has succeeded, and once no more polls are due. */
  readonly polling: boolean;
  /** The last time that a poll ended or a run changed its state. */
  readonly turnedMs: number;
  /** The last time that the API answered a poll, asked to be waited for, or was not to be polled; before that, the start. */
  readonly answeredMs: number;
  /** Since when the API has not been of use, null while it is. */
  readonly away: { readonly sinceMs: number; readonly failure: FailureTag } | null;
}

/** The limits of a healthy agent. */
export interface HealthLimits {
  /** Longest time in which the loop does nothing, in milliseconds. @default {@link STUCK_AFTER_MS} */
  readonly stuckAfterMs: number;
  /** Longest absence of the API, in milliseconds; 0: any. */
  readonly awayAfterMs: number;
  /** See {@link HealthStyle.silentAfterMs}. */
  readonly silentAfterMs: number | null;
}

/** Why the agent is not healthy, as `/api/health` says it. */
export interface Unhealthy {
  readonly status: "unhealthy";
  /** `loop`: nothing has moved; `api`: the Prefect API is away. */
  readonly cause: "loop" | "api";
  /** One sentence, nothing secret. */
  readonly reason: string;
  readonly seconds: number;
}

/** A loop that has done nothing for six of its longest pauses, and for at least a minute, is stuck. */
export const STUCK_AFTER_MS: number = Math.max(60_000, 6 * Math.max(...IDLE_PAUSES_MS));

/** Null: the agent is healthy. */
export function judgeHealth(
  facts: HealthFacts,
  { stuckAfterMs, awayAfterMs, silentAfterMs }: HealthLimits,
): Unhealthy | null {
  const { nowMs, polling, turnedMs, away } = facts;
  if (silentAfterMs !== null) return judgeSilence(nowMs - facts.answeredMs, silentAfterMs);
  const stillMs = nowMs - turnedMs;
  if (polling && stillMs > stuckAfterMs) {
    const seconds = Math.floor(stillMs / 1000);
    return sick("loop", `No poll has ended and no run has gone on for ${seconds} s`, seconds);
  }
  const awayMs = away === null ? 0 : nowMs - away.sinceMs;
  if (away === null || awayAfterMs === 0 || awayMs <= awayAfterMs) return null;
  const seconds = Math.floor(awayMs / 1000);
  return sick("api", `Polls of the Prefect API have failed for ${seconds} s (${away.failure})`, seconds);
}

function judgeSilence(silentMs: number, mostMs: number): Unhealthy | null {
  if (silentMs <= mostMs) return null;
  const seconds = Math.floor(silentMs / 1000);
  return sick("api", `No poll was answered for ${seconds} s`, seconds);
}

function sick(cause: Unhealthy["cause"], reason: string, seconds: number): Unhealthy {
  return { status: "unhealthy", cause, reason, seconds };
}
