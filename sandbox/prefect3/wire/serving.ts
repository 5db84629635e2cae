/**
 * What requests and sockets of one server share.
 *
 * @module
 */

import {
  CANCELLING_TIMEOUT_SECONDS,
  CLEANUP_LEASE_SECONDS,
  LATE_SECONDS,
  LEASE_SECONDS,
  SLOT_WAIT_SECONDS,
} from "../../../schemas/prefect3/state_rules/server_times.ts";
import type { Clock, Random } from "../../../schemas/time/clock.ts";
import type { ChannelHub } from "../channel/hub.ts";
import type { EventHub } from "../events/event_hub.ts";
import type { Store } from "../store/store.ts";

/** Times that a real server takes from its settings, in seconds. */
export interface ServerPeriods {
  /** A run is Late when it has not begun so long after its time. */
  readonly lateAfter: number;
  /** How often the server looks for late runs, expired pauses and leases. */
  readonly loop: number;
  /** A run that is Cancelling for so long is set to Cancelled, and its task is to be stopped. */
  readonly cancellingTimeout: number;
  /** A deployment's slot is kept for so long from a claim on. */
  readonly deploymentLease: number;
  /** A cleanup message is a worker's for so long. */
  readonly cleanupLease: number;
  /** A run that finds no slot of its deployment is scheduled so much later. */
  readonly slotWait: number;
}

/** As a real server has them. */
export const SERVER_PERIODS: ServerPeriods = {
  lateAfter: LATE_SECONDS,
  loop: 5,
  cancellingTimeout: CANCELLING_TIMEOUT_SECONDS,
  deploymentLease: LEASE_SECONDS,
  cleanupLease: CLEANUP_LEASE_SECONDS,
  slotWait: SLOT_WAIT_SECONDS,
};

/** What they share. */
export interface Serving {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly periods: ServerPeriods;
  /** Tells and hears events. */
  readonly events: EventHub;
  /** The worker channels that are open. */
  readonly channels: ChannelHub;
  readonly log: (line: string) => void;
}
