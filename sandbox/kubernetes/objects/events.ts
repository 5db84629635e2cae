/**
 * Events: what happened to an object, for people.
 *
 * @see "Event" in the Kubernetes API reference, group core/v1
 * @module
 */

import type { JsonObject } from "../../../schemas/json/json.ts";
import { moment, placeOf, uidOf } from "./meta.ts";

/** What happened. */
export interface Happening {
  /** What it is about. */
  readonly about: JsonObject;
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
  /** Who says so, such as `kubelet`. */
  readonly component: string;
}

/**
 * The event.
 *
 * @param id unique among the events of the object
 * @param nowMs since 1970
 */
export function eventOf(
  { about, type, reason, message, component }: Happening,
  id: string,
  nowMs: number,
): JsonObject {
  const { namespace, name } = placeOf(about);
  const at = moment(nowMs);
  // The scheduler writes a moment in microseconds in place of the other two.
  const times = component === "default-scheduler"
    ? { eventTime: at.replace("Z", ".000000Z"), firstTimestamp: null, lastTimestamp: null }
    : { eventTime: null, firstTimestamp: at, lastTimestamp: at, count: 1 };
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: `${name}.${id}`, namespace, uid: id, creationTimestamp: at },
    involvedObject: {
      kind: about["kind"] ?? "",
      apiVersion: about["apiVersion"] ?? "",
      namespace,
      name,
      uid: uidOf(about),
    },
    type,
    reason,
    message,
    source: { component },
    reportingComponent: component,
    reportingInstance: "sandbox",
    ...times,
  };
}
