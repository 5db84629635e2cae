/**
 * What the worker answers to a cleanup message: done, given back, or still at work. Each is confirmed by the server.
 *
 * @module
 */

import type { JsonObject } from "../../../schemas/json/json.ts";
import type { ResultFrame } from "../../../schemas/prefect3/channel_frames.ts";
import type { Clock } from "../../../schemas/time/clock.ts";

/** The three operations. */
export type Operation = "ack" | "release" | "renew";

/** How one ended. */
export type OperationEnd =
  /** `untilMs`: the lease that a renewal gave, in milliseconds from now. */
  | { readonly kind: "accepted"; readonly leaseMs: number | null }
  /** The message is no longer this worker's, or the server has forgotten it. */
  | { readonly kind: "lost"; readonly status: string }
  /** No answer, or only errors, to any try; or the channel is down. */
  | { readonly kind: "unanswered" };

/** Whose message it is, and until when the answer is worth waiting for. */
export interface OperationTarget {
  readonly messageId: string;
  readonly token: string;
  /** By this program's clock, in milliseconds since 1970; null: as long as it takes. */
  readonly deadlineMs: number | null;
}

/** What operations need. */
export interface OperationsDeps {
  readonly clock: Clock;
  /** @returns id of the frame; null: the channel is down */
  readonly send: (type: string, payload: JsonObject) => string | null;
}

/** Sends operations. */
export interface Operations {
  readonly send: (operation: Operation, target: OperationTarget, reason?: string) => Promise<OperationEnd>;
  readonly answered: (frame: ResultFrame) => void;
  /** The channel is down: nothing that waits will be answered. */
  readonly down: () => void;
}

const ANSWER_MS = 30_000;
const TRIES = 3;
const PAUSE_MS = 1000;

type Answer = ResultFrame | "late" | "down";

/** No operation is under way. */
export function makeOperations({ clock, send }: OperationsDeps): Operations {
  const waiting = new Map<string, (answer: Answer) => void>();
  const leftMs = ({ deadlineMs }: OperationTarget) =>
    deadlineMs === null ? Infinity : deadlineMs - clock.now();
  const ask = (operation: Operation, target: OperationTarget, reason?: string): Promise<Answer> => {
    const payload = { message_id: target.messageId, reservation_token: target.token };
    const id = send(`cleanup.${operation}.v1`, reason === undefined ? payload : { ...payload, reason });
    if (id === null) return Promise.resolve("down");
    return new Promise((resolve) => {
      const answer = (given: Answer): void => {
        forget();
        waiting.delete(id);
        resolve(given);
      };
      const forget = clock.after(Math.min(ANSWER_MS, leftMs(target)), () => answer("late"));
      waiting.set(id, answer);
    });
  };
  return {
    send: async (operation, target, reason) => {
      for (let tries = 1; tries <= TRIES && leftMs(target) > 0; tries++) {
        const answer = await ask(operation, target, reason);
        if (answer === "down") break;
        const end = answer === "late" ? null : endOf(answer);
        if (end !== null) return end;
        if (tries < TRIES) await pause(Math.min(PAUSE_MS, leftMs(target)), clock);
      }
      return { kind: "unanswered" };
    },
    answered: (frame) => waiting.get(frame.payload.request_frame_id)?.(frame),
    down: () => [...waiting.values()].forEach((answer) => answer("down")),
  };
}

const LOST: ReadonlySet<string> = new Set([
  "not_current",
  "not_found",
  "expired",
  "invalid_token",
  "unauthorized",
  "dead_lettered",
]);

/** Null: it is tried again. The lease is measured by the server's clock alone, which may differ from this one. */
function endOf({ payload, sent_at }: ResultFrame): OperationEnd | null {
  const { status, operation, lease_expires_at } = payload;
  if (status === "accepted") {
    return { kind: "accepted", leaseMs: lease_expires_at === null ? null : lease_expires_at - sent_at };
  }
  if (status === "not_found" && operation === "ack") return { kind: "accepted", leaseMs: null };
  return LOST.has(status) ? { kind: "lost", status } : null;
}

function pause(ms: number, clock: Clock): Promise<void> {
  return new Promise((resolve) => clock.after(Math.max(0, ms), resolve));
}
