/**
 * Routes of flows.
 *
 * @module
 */

import * as v from "valibot";
import { created, notFound, ok } from "../wire/answer.ts";
import { maybe, name, object, page, texts, uuid } from "../wire/fields.ts";
import { readPage } from "../wire/page.ts";
import { reads, type Route, takes } from "../wire/route.ts";
import { namedAs, selected } from "./named_filter.ts";

const flowCreate = v.strictObject({
  name,
  tags: v.optional(texts, []),
  labels: v.optional(v.nullable(object), {}),
});

/** A filter by ids and names. */
export const namedFilter = v.object({
  id: maybe(v.object({ any_: maybe(v.array(uuid)) })),
  name: maybe(v.object({ any_: maybe(texts), like_: maybe(v.string()) })),
});

/** The routes. */
export const FLOW_ROUTES: readonly Route[] = [
  takes("POST", "/flows", flowCreate, ({ store }, values) => {
    const known = store.find("flow", { name: values.name });
    return known === null ? created(store.insert("flow", values)) : ok(known);
  }),
  reads("GET", "/flows/:id", ({ store }, id) => {
    const flow = store.get("flow", id);
    return flow === null ? notFound("Flow not found") : ok(flow);
  }),
  reads("GET", "/flows/name/:name", ({ store }, flowName) => {
    const flow = store.find("flow", { name: flowName });
    return flow === null ? notFound("Flow not found") : ok(flow);
  }),
  takes("POST", "/flows/filter", v.object({ flows: maybe(namedFilter), ...page }), ({ store }, body) => {
    const read = readPage(body);
    if ("refusal" in read) return read.refusal;
    const { sql, binds } = selected("flow", [namedAs(body.flows)]);
    const { limit, offset } = read.page;
    return ok(store.docs(`${sql} ORDER BY name LIMIT ? OFFSET ?`, ...binds, limit, offset));
  }),
];
