/**
 * When a request to the Prefect 3 API is sent again.
 *
 * @module
 */

import { backoffMs } from "../../../schemas/time/backoff.ts";
import type { Clock, Random } from "../../../schemas/time/clock.ts";
import type { Passing } from "../../../schemas/prefect3/api_answer.ts";
import type { ApiRequest } from "../api.ts";

/** What the waits are made of. */
export interface TriesDeps {
  readonly clock: Pick<Clock, "now">;
  readonly random: Random;
  /** Share of a wait that chance may take off or, where the server names the wait, adds to it: 0 to 1. */
  readonly jitter: number;
  /** How often a brief request is sent again, where the user says so; null: as the program thinks best. */
  readonly maxRetries: number | null;
}

/** The tries of one request. */
export interface Tries {
  /** The wait before the next try, in milliseconds; null: this was the last one. */
  readonly next: (trouble: Passing) => number | null;
}

/** Wait before the second try, and longest one, in milliseconds. */
const WAIT_MS = { base: 250, cap: 30_000 } as const;

/** A brief request is given up after so many tries, or when it has been tried for so long, but not after a single try. */
const BRIEFLY = { tries: 8, ms: 30_000 } as const;

/** Longest wait that a server may ask for, in milliseconds. */
const LONGEST_ASKED_MS = 3_600_000;

/** No try was made yet. */
export function makeTries(
  mode: ApiRequest["tries"],
  { clock, random, jitter, maxRetries }: TriesDeps,
): Tries {
  const startedMs = clock.now();
  const share = Math.min(1, Math.max(0, jitter));
  let tries = 0;
  let retry = 0;
  const isOver = ({ isExtra }: Passing): boolean => {
    if (mode === "once") return true;
    if (mode === "held" && !isExtra) return false;
    if (maxRetries !== null) return tries > maxRetries;
    return tries >= BRIEFLY.tries || (tries > 1 && clock.now() - startedMs >= BRIEFLY.ms);
  };
  return {
    next: (trouble) => {
      if (trouble.cause !== "maintenance") {
        tries++;
        if (isOver(trouble)) return null;
      }
      retry++;
      // The jitter of the rule itself takes a half off, which is too much for who sets a smaller one.
      const ownMs = backoffMs(retry, { baseMs: WAIT_MS.base, capMs: WAIT_MS.cap, random: () => 1 }) *
        (1 - share * random());
      const { atLeastMs } = trouble;
      if (atLeastMs === null) return ownMs;
      return Math.max(ownMs, Math.min(LONGEST_ASKED_MS, atLeastMs * (1 + share * random())));
    },
  };
}
