/**
 * A launch policy whose attempts after refused placements are stated: how many, and how long is waited between them.
 *
 * @module
 */

import { type Attempts, longestPausesMs } from "../time/attempts.ts";
import type { LaunchPolicy } from "./launch_policy.ts";

/** Time for the answer to each attempt, in milliseconds: the deadlines of a launch must not end what was stated. */
const ANSWER_MS = 15_000;

/** The policy with these attempts. Its deadlines are late enough for all of them. */
export function withAttempts(policy: LaunchPolicy, { most, ...pauses }: Attempts): LaunchPolicy {
  const retries = most === null ? policy.placementRetries : most - 1;
  const { deadlineMs } = policy;
  const wholeMs = longestPausesMs(retries, pauses) + (retries + 1) * ANSWER_MS;
  return {
    ...policy,
    placementRetries: retries,
    placementPauses: pauses,
    deadlineMs: {
      ...deadlineMs,
      placement: Math.max(deadlineMs.placement, wholeMs),
      launch: Math.max(deadlineMs.launch, wholeMs),
    },
  };
}
