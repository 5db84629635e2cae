/**
 * Tells in the agent's log that something which is asked again and again is not answered: once it has lasted for some seconds,
 * then at growing intervals.
 *
 * @module
 */

import type { Log } from "../../schemas/contracts/log.ts";
import type { Failure } from "../../schemas/failure/failure.ts";
import { spokenTime } from "../../schemas/flow_run/deadlines.ts";
import type { Clock } from "../../schemas/time/clock.ts";
import { type Again, nextLine, WORTH_A_LINE_MS } from "../../schemas/time/told_again.ts";

/** What one report needs. */
export interface TroubleDeps {
  readonly clock: Pick<Clock, "now">;
  readonly log: Log;
  /** What cannot be done: `read the flow runs that are followed`. */
  readonly what: string;
  /** What that means, and what to check. */
  readonly advice: string;
}

/** Tells it of one thing that is asked. */
export interface TroubleReport {
  readonly failed: (failure: Failure) => void;
  /** It was answered. */
  readonly over: () => void;
}

interface Trouble {
  readonly sinceMs: number;
  tries: number;
  again: Again | null;
}

/** No trouble yet. */
export function makeTroubleReport({ clock, log, what, advice }: TroubleDeps): TroubleReport {
  let trouble: Trouble | null = null;
  return {
    over: () => trouble = null,
    failed: ({ message }) => {
      const nowMs = clock.now();
      const now = trouble ??= { sinceMs: nowMs, tries: 0, again: null };
      now.tries++;
      const isDue = now.again === null ? nowMs - now.sinceMs >= WORTH_A_LINE_MS : nowMs >= now.again.atMs;
      if (!isDue) return;
      now.again = nextLine(now.again, nowMs);
      const time = spokenTime(nowMs - now.sinceMs);
      log("WARNING", `Cannot ${what} for ${time} by now, ${now.tries} tries: ${message}; ${advice}`);
    },
  };
}
