/**
 * The server's queue of cleanup messages: each is one worker's for the time of its lease, and is another's when that ends. One
 * that was delivered too often is given up.
 *
 * @module
 */

import type { JsonObject } from "../../schemas/json/json.ts";
import { TEARDOWN } from "../../schemas/prefect3/channel_frames.ts";
import {
  CLEANUP_LEASE_SECONDS,
  MOST_CLEANUP_DELIVERIES,
} from "../../schemas/prefect3/state_rules/server_times.ts";
import type { World } from "../world/world.ts";

/** A message. */
interface Cleanup {
  readonly id: string;
  readonly run: string;
  readonly pid: string | null;
  deliveries: number;
  /** Of the worker that has it; null: nobody has it. */
  token: string | null;
  untilMs: number;
}

/** A worker's channel that takes messages. */
export type Taker = (message: JsonObject) => void;

const LEASE_MS = CLEANUP_LEASE_SECONDS * 1000;

/** No message yet. */
export function makeCleanupQueue({ time }: Pick<World, "time">, newId: () => string) {
  let open: Cleanup[] = [];
  const takers = new Set<Taker>();
  const deliver = (): void => {
    const [taker] = takers;
    if (taker === undefined) return;
    const isHeld = ({ token, untilMs }: Cleanup) => token !== null && untilMs > time.now();
    open = open.filter((one) => isHeld(one) || one.deliveries < MOST_CLEANUP_DELIVERIES);
    for (const one of open) {
      if (isHeld(one)) continue;
      one.token = newId();
      one.untilMs = time.now() + LEASE_MS;
      one.deliveries += 1;
      time.after(LEASE_MS, deliver);
      taker({
        message_id: one.id,
        reservation_token: one.token,
        lease_expires_at: new Date(one.untilMs).toISOString(),
        delivery_count: one.deliveries,
        kind: TEARDOWN,
        target: { flow_run_id: one.run, infrastructure_pid: one.pid },
      });
    }
  };
  return {
    put: (run: string, pid: string | null): void => {
      open.push({ id: newId(), run, pid, deliveries: 0, token: null, untilMs: 0 });
      deliver();
    },
    join: (taker: Taker): void => {
      takers.add(taker);
      deliver();
    },
    leave: (taker: Taker): void => void takers.delete(taker),
    /** What a worker says of a message. @returns the status of the answer, and the end of its lease */
    answer: (kind: string, token: string): { readonly status: string; readonly untilMs: number | null } => {
      const one = open.find((message) => message.token === token);
      if (one === undefined) return { status: "not_found", untilMs: null };
      if (one.untilMs <= time.now()) return { status: "expired", untilMs: null };
      if (kind === "cleanup.renew.v1") one.untilMs = time.now() + LEASE_MS;
      else if (kind === "cleanup.ack.v1") open = open.filter((other) => other !== one);
      else {
        one.token = null;
        time.after(1000, deliver);
      }
      return { status: "accepted", untilMs: kind === "cleanup.renew.v1" ? one.untilMs : null };
    },
  };
}
