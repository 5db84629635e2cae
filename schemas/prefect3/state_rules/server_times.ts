/**
 * Times and numbers that servers have by default. Seconds, unless the name says otherwise.
 *
 * @module
 * @see Prefect 3.9.1, settings/models/server
 */

/** A run that has not begun so long after its moment is Late. */
export const LATE_SECONDS = 15;

/** Between two tries for a slot of a deployment. */
export const SLOT_WAIT_SECONDS = 30;

/** A lease of a slot lasts so long from the claim on, and from each renewal on. */
export const LEASE_SECONDS = 300;

/** A run that is Cancelling for so long is set to Cancelled, and a worker is asked to stop its task. */
export const CANCELLING_TIMEOUT_SECONDS = 300;

/** A message that asks for a task to be stopped is one worker's for so long. */
export const CLEANUP_LEASE_SECONDS = 30;

/** So often such a message is delivered before it is given up. */
export const MOST_CLEANUP_DELIVERIES = 3;

/** A worker that does not say how often it comes is expected so often. */
export const HEARTBEAT_SECONDS = 30;

/** After so many heartbeats that are missing a worker is OFFLINE. */
export const MISSING_HEARTBEATS = 3;
