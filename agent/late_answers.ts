/**
 * Says that an answer is late which the agent waits for: what is asked again and again is told at growing intervals until there
 * is an answer.
 *
 * @module
 */

import type { Log } from "../schemas/contracts/log.ts";
import type { Clock } from "../schemas/time/clock.ts";

/** What saying it needs. */
export interface LateDeps {
  readonly clock: Pick<Clock, "now" | "after">;
  readonly log: Log;
  /** What is waited for, before "is not answered". */
  readonly what: string;
}

/** Work that can be given up. */
type Asking<T> = (signal: AbortSignal) => Promise<T>;

/** An answer that takes longer is worth a line, in milliseconds. */
const LATE_MS = 10_000;

/** The line is repeated after twice the time since the last one, at most after this time, in milliseconds. */
const FIRST_AGAIN_MS = 60_000;
const MOST_AGAIN_MS = 600_000;

/** The same work, each time it is asked for; the log says so when it is late. */
export function sayWhenLate({ clock, log, what }: LateDeps): <T>(work: Asking<T>) => Asking<T> {
  let again: { readonly atMs: number; readonly pauseMs: number } | null = null;
  const say = () => {
    const nowMs = clock.now();
    if (again !== null && nowMs < again.atMs) return;
    const pauseMs = again === null ? FIRST_AGAIN_MS : Math.min(2 * again.pauseMs, MOST_AGAIN_MS);
    again = { atMs: nowMs + pauseMs, pauseMs };
    log(
      "WARNING",
      `${what} is not answered for ${
        LATE_MS / 1000
      } s by now and still waited for; it is asked again afterwards. ` +
        "Check the address of the API, the proxies on the way there, and its health",
    );
  };
  return (work) => async (signal) => {
    const forget = clock.after(LATE_MS, say);
    signal.addEventListener("abort", forget, { once: true });
    const answer = await work(signal).finally(() => {
      forget();
      signal.removeEventListener("abort", forget);
    });
    again = null;
    return answer;
  };
}
