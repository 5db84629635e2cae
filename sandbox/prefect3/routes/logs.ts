/**
 * Routes of the logs of runs.
 *
 * @module
 */

import * as v from "valibot";
import { type Answer, ok } from "../wire/answer.ts";
import { maybe, moment, page, text, uuid, whole } from "../wire/fields.ts";
import { readPage } from "../wire/page.ts";
import { type Call, type Route, takes } from "../wire/route.ts";
import { anyOf, between, bound, selected } from "./named_filter.ts";

const line = v.strictObject({
  name: text,
  level: whole,
  message: text,
  timestamp: moment,
  flow_run_id: maybe(uuid),
  task_run_id: maybe(uuid),
});

const times = v.object({ before_: maybe(moment), after_: maybe(moment) });

const filtered = v.object({
  logs: maybe(v.object({
    level: maybe(v.object({ ge_: maybe(whole), le_: maybe(whole) })),
    timestamp: maybe(times),
    flow_run_id: maybe(v.object({ any_: maybe(v.array(uuid)) })),
    task_run_id: maybe(v.object({ any_: maybe(v.array(uuid)) })),
  })),
  ...page,
  sort: v.optional(v.picklist(["TIMESTAMP_ASC", "TIMESTAMP_DESC"]), "TIMESTAMP_ASC"),
});

/** The routes. */
export const LOG_ROUTES: readonly Route[] = [
  takes("POST", "/logs", v.array(line), ({ store }, lines) => {
    store.transaction(() => lines.forEach((each) => store.insert("log", each)));
    return { status: 201, body: null };
  }),
  takes("POST", "/logs/filter", filtered, filterLogs),
];

function filterLogs({ store }: Call, body: v.InferOutput<typeof filtered>): Answer {
  const read = readPage(body);
  if ("refusal" in read) return read.refusal;
  const { logs } = body;
  const { sql, binds } = selected("log", [
    bound("level", ">=", logs?.level?.ge_),
    bound("level", "<=", logs?.level?.le_),
    anyOf("flow_run_id", logs?.flow_run_id?.any_),
    anyOf("task_run_id", logs?.task_run_id?.any_),
    between("timestamp", logs?.timestamp),
  ]);
  const order = body.sort === "TIMESTAMP_ASC" ? "ASC" : "DESC";
  const ordered = `${sql} ORDER BY timestamp ${order}, id ${order} LIMIT ? OFFSET ?`;
  return ok(store.docs(ordered, ...binds, read.page.limit, read.page.offset));
}
