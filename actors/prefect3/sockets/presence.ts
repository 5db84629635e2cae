/**
 * The worker's presence at its work pool, as the parts of the dialect use it.
 *
 * @module
 */

import type { Push } from "../../../schemas/contracts/orchestrator.ts";
import type { WorkPool } from "../../../schemas/prefect3/flow_run.ts";

/** The worker at its pool. */
export interface Presence {
  /**
   * Finds or creates the pool, opens the worker channel, or sends the first heartbeat over REST where there is no channel.
   * An API that does not answer is waited for.
   *
   * @returns the pool as it is now
   * @throws {FailureError} the worker can never work here: the message names the pool, what is accepted and what to do
   * @throws the reason of `signal`
   */
  readonly start: (signal: AbortSignal) => Promise<WorkPool>;
  /** The pool as the API last gave it; null before {@link Presence.start} has ended. Edits show without a restart. */
  readonly pool: () => WorkPool | null;
  /**
   * The work queues to poll. Null: all of the pool. An empty list: those that were asked for do not exist, so nothing is to be
   * polled now.
   */
  readonly queues: () => readonly string[] | null;
  /** Id that the server gave this worker; null on servers that give none. */
  readonly workerId: () => string | null;
  /** Whether the worker channel is up: heartbeats, edits of the pool and cleanup messages come over it. */
  readonly hasChannel: () => boolean;
  /** Adds a listener for what the channel asks for. @returns ends it */
  readonly pushed: (tell: (push: Push) => void) => () => void;
  /** Ends heartbeats and channel. Never rejects. */
  readonly end: (signal: AbortSignal) => Promise<void>;
}
