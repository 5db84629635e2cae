/**
 * The frames that the server sends over the worker channel.
 *
 * @module
 * @see the wire notes of the worker channel, version `work_pool_worker_channel.v1`
 */

import * as v from "valibot";
import { BOUNDS } from "../bounds/bounds.ts";
import { isJsonObject, type Json, type JsonObject } from "../json/json.ts";
import type { WorkPool } from "./flow_run.ts";
import { momentMs } from "./frame.ts";
import { readWorkPool } from "./work_pool.ts";

/** The one version of the channel. */
export const CHANNEL_VERSION = "work_pool_worker_channel.v1";

/** What the server delivers cleanup messages by. */
export const CLEANUP_DELIVERY = "cleanup_delivery.v1";

/** The one kind of cleanup that is carried out: a run was Cancelling for too long, and its task is to be stopped. */
export const TEARDOWN = "cancelling_timeout_teardown.v1";

const id = v.pipe(v.string(), v.minLength(1), v.maxLength(BOUNDS.id.most));
const name = v.pipe(v.string(), v.minLength(1), v.maxLength(BOUNDS.name.most));
const moment = v.pipe(name, v.transform(momentMs), v.number());
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const pool = v.pipe(
  v.unknown(),
  v.transform((value) => poolIn(value as Json)),
  v.custom<WorkPool>(isRead),
);

const snapshot = v.object({ snapshot_sequence: count, reason: name, work_pool: pool });

const ready = v.object({
  consumer_id: id,
  worker_id: v.optional(v.nullable(id), null),
  selected_channel_version: v.literal(CHANNEL_VERSION),
  effective_heartbeat_interval_seconds: v.pipe(v.number(), v.minValue(1), v.maxValue(86_400)),
  accepted_capabilities: v.array(name),
  rejected_capabilities: v.optional(v.unknown()),
  effective_max_cleanup_concurrency: v.optional(count, 0),
  resolved_work_queues: v.optional(v.unknown()),
  initial_snapshot: snapshot,
});

const target = v.object({ flow_run_id: id, infrastructure_pid: v.optional(v.nullable(name), null) });

const cleanup = v.object({
  message_id: id,
  reservation_token: v.pipe(v.string(), v.minLength(1), v.maxLength(4096)),
  lease_expires_at: moment,
  kind: name,
  delivery_count: v.optional(v.unknown()),
  work_queue_id: v.optional(v.unknown()),
  data: v.optional(v.unknown()),
  // A message whose target cannot be read is given back.
  target: v.fallback(v.nullable(target), null),
});

const result = v.object({
  request_frame_id: id,
  operation: name,
  status: name,
  message_id: v.optional(v.unknown()),
  lease_expires_at: v.optional(v.nullable(moment), null),
  reason: v.optional(v.nullable(v.string()), null),
  detail: v.optional(v.unknown()),
});

const envelope = { id, sent_at: moment };

const FRAMES = {
  "worker.ready.v1": v.object({ type: v.literal("worker.ready.v1"), ...envelope, payload: ready }),
  "work_pool.snapshot.v1": v.object({
    type: v.literal("work_pool.snapshot.v1"),
    ...envelope,
    payload: snapshot,
  }),
  "cleanup.message.v1": v.object({ type: v.literal("cleanup.message.v1"), ...envelope, payload: cleanup }),
  "cleanup.operation_result.v1": v.object({
    type: v.literal("cleanup.operation_result.v1"),
    ...envelope,
    payload: result,
  }),
} as const;

type FrameType = keyof typeof FRAMES;

/** A frame of the server. Moments are in milliseconds since 1970, by the server's clock. */
export type ChannelFrame = { readonly [T in FrameType]: v.InferOutput<(typeof FRAMES)[T]> }[FrameType];

/** The frame `worker.ready.v1`. */
export type ReadyFrame = Extract<ChannelFrame, { type: "worker.ready.v1" }>;

/** The frame `cleanup.message.v1`. */
export type CleanupFrame = Extract<ChannelFrame, { type: "cleanup.message.v1" }>;

/** The frame `cleanup.operation_result.v1`. */
export type ResultFrame = Extract<ChannelFrame, { type: "cleanup.operation_result.v1" }>;

/** What was read, and what is worth a line. */
export interface ReadChannelFrame {
  /** Null: the frame is left out. */
  readonly frame: ChannelFrame | null;
  /** What is strange about it, as a part of a sentence; null: nothing. */
  readonly strange: string | null;
}

/** Reads a frame. Members that nobody knows are left out, so that a newer server is understood as far as possible. */
export function readChannelFrame(raw: JsonObject): ReadChannelFrame {
  const { type } = raw;
  if (typeof type !== "string" || !isFrameType(type)) {
    return { frame: null, strange: `of the unknown type ${JSON.stringify(type ?? null).slice(0, 100)}` };
  }
  const read = v.safeParse(FRAMES[type], raw);
  if (!read.success) {
    const path = v.getDotPath(read.issues[0]) ?? "";
    return { frame: null, strange: `of type ${type} whose member ${path} cannot be read` };
  }
  const unknown = unknownMembers(raw, type);
  const strange = unknown.length === 0
    ? null
    : `of type ${type} with unknown members (${unknown.join(", ")})`;
  return { frame: read.output, strange };
}

function isFrameType(type: string): type is FrameType {
  return Object.hasOwn(FRAMES, type);
}

/** Names of members, the first few, that are none of the schema's. */
function unknownMembers(raw: JsonObject, type: FrameType): readonly string[] {
  const { entries } = FRAMES[type];
  const beyond = (value: Json | undefined, known: object) =>
    isJsonObject(value) ? Object.keys(value).filter((member) => !Object.hasOwn(known, member)) : [];
  return [...beyond(raw, entries), ...beyond(raw["payload"], entries.payload.entries)]
    .slice(0, 5).map((member) => member.slice(0, 100));
}

function poolIn(value: Json): WorkPool | null {
  const read = readWorkPool(value);
  return "pool" in read ? read.pool : null;
}

function isRead(value: unknown): boolean {
  return value !== null;
}
