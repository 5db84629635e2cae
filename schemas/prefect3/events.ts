/**
 * The events of the Prefect 3 API that a worker listens to.
 *
 * @module
 */

import * as v from "valibot";
import { BOUNDS } from "../bounds/bounds.ts";
import type { JsonObject } from "../json/json.ts";

/** A state change of a flow run, as far as a worker needs it. */
export interface RunEvent {
  /** Name of the state: `Scheduled`, `Cancelling`… */
  readonly state: string;
  readonly runId: string;
  /** Ids of the work pools that it names; one, as a rule. */
  readonly poolIds: readonly string[];
  /** Names of the work queues that it names. */
  readonly queues: readonly string[];
}

/** Begins the name of an event about a flow run's state, and the id of a flow run as a resource. */
const RUN = "prefect.flow-run.";

/** Begins the id of a work pool as a resource. */
const POOL = "prefect.work-pool.";

const text = v.pipe(v.string(), v.maxLength(BOUNDS.name.most));

const resource = v.object({
  "prefect.resource.id": text,
  "prefect.resource.role": v.optional(text, ""),
  "prefect.resource.name": v.optional(v.nullable(text), null),
});

const eventFrame = v.object({
  type: v.literal("event"),
  event: v.object({
    event: text,
    resource: v.object({ "prefect.resource.id": text }),
    related: v.optional(v.array(resource), []),
  }),
});

/** Reads a frame of the subscription; null: it is no event about a flow run's state. */
export function readRunEvent(frame: JsonObject): RunEvent | null {
  const read = v.safeParse(eventFrame, frame);
  if (!read.success) return null;
  const { event, resource: { "prefect.resource.id": id }, related } = read.output.event;
  if (!event.startsWith(RUN) || !id.startsWith(RUN)) return null;
  const ids = related.map((one) => one["prefect.resource.id"]);
  return {
    state: event.slice(RUN.length),
    runId: id.slice(RUN.length),
    poolIds: ids.filter((one) => one.startsWith(POOL)).map((one) => one.slice(POOL.length)),
    queues: related.filter((one) => one["prefect.resource.role"] === "work-queue")
      .flatMap((one) => one["prefect.resource.name"] ?? []),
  };
}

const DAY_MS = 86_400_000;

/**
 * The frame that subscribes to state changes of a pool's runs. The server heeds the names and the pool's id, and nothing
 * about other related resources.
 *
 * @param nowMs in milliseconds since 1970; this clock may differ from the server's by hours
 */
export function subscription(poolId: string, states: readonly string[], nowMs: number): JsonObject {
  return {
    type: "filter",
    filter: {
      occurred: {
        since: new Date(nowMs - DAY_MS).toISOString(),
        until: new Date(nowMs + 3650 * DAY_MS).toISOString(),
      },
      event: { name: states.map((state) => `${RUN}${state}`) },
      any_resource: { id: [`${POOL}${poolId}`] },
    },
    backfill: false,
  };
}
