/**
 * Routes of inputs of flow runs.
 *
 * @module
 * @see Prefect 3.9.1, server/api/flow_runs.py
 */

import * as v from "valibot";
import { type Answer, DONE, notFound, ok, refusal } from "../wire/answer.ts";
import { maybe, text, texts, whole } from "../wire/fields.ts";
import { type Call, reads, type Route, takes } from "../wire/route.ts";

const create = v.object({ key: text, value: text, sender: maybe(text) });

const filter = v.object({
  prefix: text,
  limit: v.optional(v.pipe(whole, v.minValue(0), v.maxValue(200)), 1),
  exclude_keys: v.optional(texts, []),
});

/** The routes. */
export const INPUT_ROUTES: readonly Route[] = [
  takes("POST", "/flow_runs/:id/input", create, createInput),
  takes("POST", "/flow_runs/:id/input/filter", filter, ({ store }, { prefix, limit, exclude_keys }, id) => {
    const all = store.docs("SELECT doc FROM flow_run_input WHERE flow_run_id = ? ORDER BY created", id);
    const wanted = all.filter((input) => {
      const key = String(input["key"]);
      return key.startsWith(prefix) && !exclude_keys.includes(key);
    });
    return ok(wanted.slice(0, limit));
  }),
  reads("GET", "/flow_runs/:id/input/:key", ({ store }, id, key) => {
    const input = store.find("flow_run_input", { flow_run_id: id, key });
    return input === null
      ? notFound("Flow run input not found")
      : { status: 200, body: input["value"] ?? "", isText: true };
  }),
  reads("DELETE", "/flow_runs/:id/input/:key", ({ store }, id, key) => {
    const input = store.find("flow_run_input", { flow_run_id: id, key });
    if (input === null) return notFound("Flow run input not found");
    store.remove("flow_run_input", input.id);
    return DONE;
  }),
];

function createInput({ store }: Call, input: v.InferOutput<typeof create>, id: string): Answer {
  if (store.get("flow_run", id) === null) return notFound("Flow run not found");
  if (store.find("flow_run_input", { flow_run_id: id, key: input.key }) !== null) {
    return refusal(409, "A flow run input with this key already exists.");
  }
  store.insert("flow_run_input", { ...input, flow_run_id: id });
  return { status: 201, body: null };
}
