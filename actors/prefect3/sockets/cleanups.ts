/**
 * Cleanup messages: the server asks that the task of a run is stopped which was Cancelling for too long. A message is this
 * worker's for the time of its lease, which is renewed while the task is being stopped.
 *
 * @module
 */

import type { Log } from "../../../schemas/contracts/log.ts";
import type { Push } from "../../../schemas/contracts/orchestrator.ts";
import { type CleanupFrame, TEARDOWN } from "../../../schemas/prefect3/channel_frames.ts";
import { MOST_CLEANUPS } from "./channel.ts";
import { makeOperations, type Operations, type OperationsDeps } from "./operations.ts";

/** What the API has stored as the task of a run: whether there is one; `gone`: the run is no more. */
export type StoredTask = "stored" | "none" | "gone" | "unknown";

/** What cleanups need. */
export interface CleanupsDeps extends OperationsDeps {
  readonly log: Log;
  /** Asks the agent. */
  readonly tell: (push: Push) => void;
  /** Never rejects. */
  readonly storedTask: (runId: string) => Promise<StoredTask>;
}

/** The messages of one worker. */
export interface Cleanups {
  readonly message: (frame: CleanupFrame) => void;
  readonly answered: Operations["answered"];
  /** The channel is down: the server takes its messages back and sends them again. */
  readonly down: () => void;
}

/** A lease is renewed this long before it ends, a short one after half of it, in milliseconds. */
const RENEW_MS = 5000;

/** The shortest time between two renewals, in milliseconds. */
const BETWEEN_RENEWALS_MS = 250;

/** Why a message is given back, in the words of the server's own clients. */
type ReleaseReason =
  | "unsupported_cleanup_kind"
  | "invalid_payload"
  | "concurrency_limit_reached"
  | "missing_infrastructure_handle"
  | "infrastructure_not_available"
  | "handler_failed";

/** A message that is this worker's. */
interface Reservation {
  readonly messageId: string;
  readonly token: string;
  readonly runId: string;
  /** By this program's clock. */
  deadlineMs: number;
  /** It is over: answered, or no longer ours. */
  isOver: boolean;
  stopRenewal: () => void;
}

/** No message is in hand. */
export function makeCleanups(deps: CleanupsDeps): Cleanups {
  return new HandledCleanups(deps);
}

class HandledCleanups implements Cleanups {
  readonly #deps: CleanupsDeps;
  readonly #operations: Operations;
  /** By their tokens. */
  readonly #inHand = new Map<string, Reservation>();

  constructor(deps: CleanupsDeps) {
    this.#deps = deps;
    this.#operations = makeOperations(deps);
  }

  answered: Operations["answered"] = (frame) => this.#operations.answered(frame);

  down = (): void => {
    this.#inHand.forEach((reservation) => this.#drop(reservation));
    this.#operations.down();
  };

  message = ({ payload, sent_at }: CleanupFrame): void => {
    const { message_id: messageId, reservation_token: token, kind, target } = payload;
    if (this.#inHand.has(token)) return;
    const deadlineMs = this.#deps.clock.now() + payload.lease_expires_at - sent_at;
    const release = (reason: ReleaseReason) =>
      void this.#operations.send("release", { messageId, token, deadlineMs: null }, reason);
    if (kind !== TEARDOWN) return release("unsupported_cleanup_kind");
    if (target === null) return release("invalid_payload");
    if (payload.lease_expires_at <= sent_at) return;
    if (this.#inHand.size >= MOST_CLEANUPS) return release("concurrency_limit_reached");
    const runId = target.flow_run_id;
    const reservation: Reservation = {
      messageId,
      token,
      runId,
      deadlineMs,
      isOver: false,
      stopRenewal: () => undefined,
    };
    this.#inHand.set(token, reservation);
    this.#renewInTime(reservation);
    if (target.infrastructure_pid === null) return void this.#withoutTask(reservation);
    this.#stop(reservation, target.infrastructure_pid);
  };

  #stop(reservation: Reservation, infrastructurePid: string): void {
    const taskId = infrastructurePid.split("::").at(-1) ?? "";
    if (taskId === "") return this.#finish(reservation, "invalid_payload");
    const { runId } = reservation;
    this.#deps.tell({
      type: "stop.requested",
      runId,
      taskId,
      done: (how, why) => {
        if (reservation.isOver) return;
        if (how === "stopped" || how === "gone" || how === "unwanted") {
          return this.#finish(reservation, null);
        }
        this.#deps.log(
          "WARNING",
          `The task of flow run ${runId} was not stopped, the server asks again: ${why}`,
          {
            runId,
          },
        );
        this.#finish(reservation, how === "busy" ? "concurrency_limit_reached" : "handler_failed");
      },
    });
  }

  /** A message that names no task: there is nothing to stop, unless the run has one by now. */
  async #withoutTask(reservation: Reservation): Promise<void> {
    const stored = await this.#deps.storedTask(reservation.runId);
    if (reservation.isOver) return;
    if (stored === "stored") return this.#finish(reservation, "missing_infrastructure_handle");
    this.#finish(reservation, stored === "unknown" ? "infrastructure_not_available" : null);
  }

  #finish(reservation: Reservation, reason: ReleaseReason | null): void {
    const { messageId, token, runId } = reservation;
    reservation.isOver = true;
    reservation.stopRenewal();
    const sent = reason === null
      ? this.#operations.send("ack", { messageId, token, deadlineMs: null })
      : this.#operations.send("release", { messageId, token, deadlineMs: null }, reason);
    sent.then((end) => {
      this.#inHand.delete(token);
      if (end.kind === "accepted") return;
      const why = end.kind === "lost" ? `the server says ${end.status}` : "the server did not confirm it";
      this.#deps.log("DEBUG", `The cleanup message for flow run ${runId} may come again: ${why}`, { runId });
    });
  }

  #renewInTime(reservation: Reservation): void {
    const { clock } = this.#deps;
    const leaseMs = reservation.deadlineMs - clock.now();
    const waitMs = Math.max(BETWEEN_RENEWALS_MS, leaseMs - Math.min(RENEW_MS, leaseMs / 2));
    reservation.stopRenewal = clock.after(waitMs, () => void this.#renew(reservation));
  }

  async #renew(reservation: Reservation): Promise<void> {
    const end = await this.#operations.send("renew", reservation);
    if (reservation.isOver) return;
    if (end.kind !== "accepted" || end.leaseMs === null) return this.#drop(reservation);
    reservation.deadlineMs = this.#deps.clock.now() + end.leaseMs;
    this.#renewInTime(reservation);
  }

  #drop(reservation: Reservation): void {
    reservation.isOver = true;
    reservation.stopRenewal();
    this.#inHand.delete(reservation.token);
  }
}
