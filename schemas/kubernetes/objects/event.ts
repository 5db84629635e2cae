/**
 * An event as the API server shows it, as far as it matters here.
 *
 * @see "Event" in the Kubernetes API reference, group core/v1. The scheduler writes events without `lastTimestamp`
 * @module
 */

import type { JsonObject } from "../../json/json.ts";
import { mapping } from "../../json/shape.ts";
import { metaIn } from "./meta.ts";
import { momentIn, nameIn, textIn } from "./text.ts";

/** One event. */
export interface KubeEvent {
  readonly name: string;
  /** What it is about. */
  readonly about: { readonly kind: string; readonly name: string };
  readonly reason: string;
  readonly message: string | null;
  readonly isWarning: boolean;
  /** When it happened last, in milliseconds since 1970; null: not said. */
  readonly atMs: number | null;
}

/** Reads an event; null for anything else. */
export function readEvent(object: JsonObject): KubeEvent | null {
  const meta = metaIn(object);
  if (meta === null) return null;
  const about = mapping(object["involvedObject"]);
  const series = mapping(object["series"]);
  const moments = [
    series["lastObservedTime"],
    object["lastTimestamp"],
    object["eventTime"],
    object["firstTimestamp"],
    mapping(object["metadata"])["creationTimestamp"],
  ];
  return {
    name: meta.name,
    about: { kind: nameIn(about["kind"]), name: nameIn(about["name"]) },
    reason: textIn(object["reason"]) ?? "Event",
    message: textIn(object["message"]),
    isWarning: object["type"] === "Warning",
    atMs: moments.map(momentIn).find((moment) => moment !== null) ?? null,
  };
}
