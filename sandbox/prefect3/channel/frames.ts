/**
 * The frames that a worker sends over its channel. A member that is not known makes a frame unreadable.
 *
 * @module
 * @see Prefect 3.9.1, client/schemas/worker_channel.py
 */

import * as v from "valibot";
import type { JsonObject } from "../../../schemas/json/json.ts";
import { CLEANUP_DELIVERY, TEARDOWN } from "../../../schemas/prefect3/channel_frames.ts";
import { count, moment, object, positive, uuid } from "../wire/fields.ts";

const words = v.array(v.pipe(v.string(), v.minLength(1)));
const filled = v.pipe(v.string(), v.minLength(1));

/** Capabilities that a worker has to ask for. */
export const REQUIRED = ["worker_heartbeat.v1", "work_pool_snapshot.v1"] as const;

const hello = v.pipe(
  v.strictObject({
    consumer_id: uuid,
    worker_name: filled,
    worker_type: filled,
    heartbeat_interval_seconds: positive,
    supported_channel_versions: v.pipe(words, v.minLength(1)),
    requested_capabilities: v.pipe(words, v.minLength(1)),
    work_queue_names: v.optional(words, []),
    handled_cleanup_kinds: v.optional(v.array(v.picklist([TEARDOWN, "pending_claim_teardown.v1"])), []),
    max_cleanup_concurrency: v.optional(count),
    create_pool_if_not_found: v.optional(v.boolean(), false),
    default_base_job_template: v.optional(object, {}),
    worker_metadata: v.optional(v.nullable(object), null),
  }),
  v.check(({ requested_capabilities }) => REQUIRED.every((one) => requested_capabilities.includes(one))),
  v.check(({ requested_capabilities, handled_cleanup_kinds, max_cleanup_concurrency }) =>
    requested_capabilities.includes(CLEANUP_DELIVERY) ||
    (handled_cleanup_kinds.length === 0 && (max_cleanup_concurrency ?? 0) === 0)
  ),
);

/** What a worker says of itself. */
export type Hello = v.InferOutput<typeof hello>;

const operation = v.strictObject({ message_id: uuid, reservation_token: filled });

const heartbeat = v.strictObject({
  consumer_id: uuid,
  worker_name: filled,
  heartbeat_interval_seconds: positive,
});

function frame<const T extends string, const S extends v.GenericSchema>(type: T, payload: S) {
  return v.strictObject({ type: v.literal(type), id: uuid, sent_at: moment, payload });
}

const schema = v.variant("type", [
  frame("worker.hello.v1", hello),
  frame("worker.heartbeat.v1", heartbeat),
  frame("cleanup.ack.v1", operation),
  frame("cleanup.release.v1", v.strictObject({ ...operation.entries, reason: filled })),
  frame("cleanup.renew.v1", operation),
]);

/** A frame of a worker. */
export type WorkerFrame = v.InferOutput<typeof schema>;

/** Reads a frame; null: it is none. */
export function readWorkerFrame(raw: JsonObject | null): WorkerFrame | null {
  const read = v.safeParse(schema, raw);
  return read.success ? read.output : null;
}

/** The most cleanups that a worker takes at a time; 0: it takes none. */
export function cleanupsAtATime(
  { requested_capabilities, handled_cleanup_kinds, max_cleanup_concurrency }: Hello,
): number {
  const isAsked = requested_capabilities.includes(CLEANUP_DELIVERY) && handled_cleanup_kinds.length > 0;
  return isAsked ? max_cleanup_concurrency ?? 1 : 0;
}
