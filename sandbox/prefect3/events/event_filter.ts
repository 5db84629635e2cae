/**
 * Which events a subscriber wants. What the live stream of a real server leaves out of account (`related`, `text`) is so here.
 *
 * @module
 * @see Prefect 3.9.1, server/events/filters.py
 */

import * as v from "valibot";
import type { JsonObject } from "../../../schemas/json/json.ts";
import { mapping, mappings } from "../../../schemas/json/shape.ts";
import { json, maybe, moment, texts, uuid } from "../wire/fields.ts";

const resource = v.strictObject({
  id: maybe(texts),
  id_prefix: maybe(texts),
  labels: maybe(v.record(v.string(), v.union([v.string(), texts]))),
});

const schema = v.strictObject({
  occurred: maybe(v.strictObject({ since: maybe(moment), until: maybe(moment) })),
  event: maybe(v.strictObject({
    prefix: maybe(texts),
    exclude_prefix: maybe(texts),
    name: maybe(texts),
    exclude_name: maybe(texts),
  })),
  resource: maybe(v.strictObject({ ...resource.entries, distinct: maybe(v.boolean()) })),
  related: maybe(json),
  any_resource: maybe(v.union([resource, v.array(resource)])),
  id: maybe(v.strictObject({ id: maybe(v.array(uuid)) })),
  text: maybe(json),
  order: maybe(v.picklist(["ASC", "DESC"])),
});

/** A filter. */
export type EventFilter = v.InferOutput<typeof schema>;

type ResourceFilter = v.InferOutput<typeof resource>;

/** Reads a filter; a text says why it is none. */
export function readEventFilter(value: unknown): EventFilter | string {
  const read = v.safeParse(schema, value);
  if (read.success) return read.output;
  const [issue] = read.issues;
  return `${v.getDotPath(issue) ?? "filter"} ${issue.message}`;
}

/** Whether a subscriber wants an event. */
export function isWanted(event: JsonObject, filter: EventFilter): boolean {
  const occurred = String(event["occurred"]);
  const { since, until } = filter.occurred ?? { since: null, until: null };
  if ((since !== null && occurred < since) || (until !== null && occurred > until)) return false;
  if (!fitsName(String(event["event"]), filter.event)) return false;
  const own = mapping(event["resource"]);
  if (filter.resource !== null && !fitsResource(own, filter.resource)) return false;
  if (!fitsAny([own, ...mappings(event["related"])], filter.any_resource)) return false;
  const ids = filter.id?.id ?? [];
  return ids.length === 0 || ids.includes(String(event["id"]));
}

function fitsName(name: string, filter: EventFilter["event"]): boolean {
  if (filter === null) return true;
  const { prefix, exclude_prefix, name: names, exclude_name } = filter;
  const begins = (some: readonly string[] | null) => some?.some((one) => name.startsWith(one)) === true;
  if (isGiven(prefix) && !begins(prefix)) return false;
  if (isGiven(names) && !names.includes(name)) return false;
  return !begins(exclude_prefix) && exclude_name?.includes(name) !== true;
}

function fitsAny(resources: readonly JsonObject[], filter: EventFilter["any_resource"]): boolean {
  if (filter === null) return true;
  const all = Array.isArray(filter) ? filter : [filter];
  return all.every((one) => resources.some((resource) => fitsResource(resource, one)));
}

function fitsResource(resource: JsonObject, { id, id_prefix, labels }: ResourceFilter): boolean {
  const own = String(resource["prefect.resource.id"]);
  if (isGiven(id) && !id.includes(own)) return false;
  if (isGiven(id_prefix) && !id_prefix.some((prefix) => own.startsWith(prefix))) return false;
  return Object.entries(labels ?? {}).every(([label, values]) =>
    (Array.isArray(values) ? values : [values]).some((value) => fitsLabel(resource[label], value))
  );
}

/** `*` at the end stands for any rest, `!` at the begin for the contrary. */
function fitsLabel(value: unknown, wanted: string): boolean {
  if (wanted.startsWith("!")) return !fitsLabel(value, wanted.slice(1));
  if (typeof value !== "string") return false;
  return wanted.endsWith("*") ? value.startsWith(wanted.slice(0, -1)) : value === wanted;
}

function isGiven(list: readonly string[] | null): list is readonly string[] {
  return list !== null && list.length > 0;
}
