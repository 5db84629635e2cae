/**
 * What the API tells of runs that become due or are to be cancelled, so that the worker need not wait for its next poll.
 *
 * @module
 */

import type { Push } from "../../../schemas/contracts/orchestrator.ts";

/** The subscription to the events of one work pool. */
export interface Wakes {
  /**
   * Subscribes, and again whenever the subscription is lost. What is told is a hint: `poke` for runs that may be due, at most
   * five a second, and `cancel.requested`.
   *
   * @param poolId id of the pool
   * @returns ends it
   */
  readonly listen: (poolId: string, tell: (push: Push) => void) => () => void;
}
