/**
 * The worker's side of a channel of the sandbox, without a socket.
 *
 * @module
 */

import { workerChannel } from "../../../sandbox/prefect3/channel/worker_channel.ts";
import type { JsonObject } from "../../../schemas/json/json.ts";
import { fakePeer, type Prefect3World, TEMPLATE } from "./prefect3_world.ts";

/** The process of a worker. */
export const CONSUMER = "22222222-2222-4222-8222-222222222222";
/** The kind of every cleanup message of a self-hosted server. */
export const TEARDOWN = "cancelling_timeout_teardown.v1";

/** A frame of a worker. */
export function frame(type: string, payload: JsonObject): JsonObject {
  return { type, id: crypto.randomUUID(), sent_at: "2026-12-01T05:00:00Z", payload };
}

/** The first frame of a worker. */
export function hello(more: JsonObject = {}): JsonObject {
  return frame("worker.hello.v1", {
    consumer_id: CONSUMER,
    worker_name: "one",
    worker_type: "ecs",
    heartbeat_interval_seconds: 30,
    supported_channel_versions: ["work_pool_worker_channel.v1"],
    requested_capabilities: ["worker_heartbeat.v1", "work_pool_snapshot.v1", "cleanup_delivery.v1"],
    work_queue_names: [],
    handled_cleanup_kinds: [TEARDOWN],
    max_cleanup_concurrency: 2,
    create_pool_if_not_found: true,
    default_base_job_template: TEMPLATE,
    worker_metadata: null,
    ...more,
  });
}

/** A channel whose key is right, and what the server has sent over it. */
export function opened({ serving, cleanups }: Prefect3World, poolName = "lab") {
  const peer = fakePeer();
  const listener = workerChannel({ serving, cleanups, poolName }, peer);
  const types = () => peer.sent.map(({ type }) => type);
  const payload = (type: string) =>
    peer.sent.findLast((sent) => sent["type"] === type)?.["payload"] as JsonObject;
  return { peer, listener, types, payload };
}
