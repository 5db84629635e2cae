/**
 * Last lines of a lost task's log, fetched on failure only and with a limiter of their own.
 *
 * @module
 */

import type { Clock } from "../../schemas/time/clock.ts";
import { toFailure } from "../../schemas/failure/failure.ts";
import type { LogPlace } from "../../schemas/ecs/log_places.ts";
import type { Log } from "../../schemas/contracts/log.ts";
import { makeLimiter } from "../time/limiter.ts";

/** Reads the end of a stream; an absent one has no lines. */
export type ReadLogTail = (place: LogPlace, lines: number, signal: AbortSignal) => Promise<readonly string[]>;

/** What fetching needs. */
export interface LastLinesDeps {
  readonly read: ReadLogTail;
  /** Most lines of one task. */
  readonly lines: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** GetLogEvents is limited for the whole account: a few calls a second are not missed. @see "CloudWatch Logs quotas" */
const LIMIT = { burst: 5, refillPerS: 5 };

/** Longest quoted line, in characters; a stack trace in one line may be too long to read. */
const MAX_LINE = 500;

/** Makes the fetcher; lines that cannot be read are left out and never change the outcome of the run. */
export function makeLastLines({ read, lines, clock, log }: LastLinesDeps) {
  const limiter = makeLimiter({ limit: LIMIT, clock });
  return async (logs: readonly LogPlace[], signal: AbortSignal): Promise<readonly string[]> => {
    const found: string[] = [];
    for (const place of logs) {
      const turn = await limiter.acquire(0, signal);
      try {
        found.push(...await read(place, lines, signal));
      } catch (thrown) {
        signal.throwIfAborted();
        const failure = toFailure(thrown);
        if (failure.tag === "throttled") limiter.throttled(turn);
        log("WARNING", `Cannot read log stream ${place.stream} of group ${place.group}: ${failure.message}`);
      }
    }
    return found.slice(-lines).map((line) => line.length <= MAX_LINE ? line : `${line.slice(0, MAX_LINE)}…`);
  };
}
