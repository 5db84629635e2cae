/**
 * Events that workers and runs of flows tell the API.
 *
 * @module
 * @see Prefect 3.9.1, server/events/schemas/events.py and server/services/task_run_recorder.py
 */

import * as v from "valibot";
import { BOUNDS } from "../../../schemas/bounds/bounds.ts";
import type { JsonObject } from "../../../schemas/json/json.ts";
import { mapping, mappings } from "../../../schemas/json/shape.ts";
import { isUuid, maybe, moment, object, uuid } from "../wire/fields.ts";
import { keepTaskState } from "../runs/task_states.ts";
import type { Serving } from "../wire/serving.ts";

const resource = v.pipe(object, v.check((given) => typeof given["prefect.resource.id"] === "string"));

const schema = v.object({
  occurred: moment,
  event: v.pipe(v.string(), v.maxLength(BOUNDS.name.most)),
  resource,
  related: v.optional(v.pipe(v.array(resource), v.maxLength(100)), []),
  payload: v.optional(object, {}),
  id: uuid,
  follows: maybe(uuid),
});

/** Reads an event; null: it is none. */
export function readEvent(value: unknown): JsonObject | null {
  const read = v.safeParse(schema, value);
  return read.success ? { ...read.output } : null;
}

/** Keeps an event, tells it, and records the task run that it is about. */
export function receiveEvent(serving: Serving, event: JsonObject): void {
  serving.store.transaction(() => {
    serving.events.tell(event);
    if (String(event["event"]).startsWith("prefect.task-run.")) recordTaskRun(serving, event);
  });
}

function recordTaskRun({ store }: Serving, event: JsonObject): void {
  const id = String(mapping(event["resource"])["prefect.resource.id"]).replace("prefect.task-run.", "");
  const payload = mapping(event["payload"]);
  if (!isUuid(id) || store.get("task_run_state", String(event["id"])) !== null) return;
  const flowRun = mappings(event["related"]).find((one) => one["prefect.resource.role"] === "flow-run");
  const flow_run_id = String(flowRun?.["prefect.resource.id"] ?? "").replace("prefect.flow-run.", "") || null;
  const validated = mapping(payload["validated_state"]);
  const state = {
    ...validated,
    id: String(event["id"]),
    timestamp: event["occurred"] ?? null,
    state_details: { ...mapping(validated["state_details"]), task_run_id: id, flow_run_id },
  };
  const given: JsonObject = {
    ...mapping(payload["task_run"]),
    ...{ id, flow_run_id },
    ...keepTaskState(store, id, state),
  };
  const known = store.get("task_run", id) ?? (flow_run_id === null ? null : store.find("task_run", {
    flow_run_id,
    task_key: String(given["task_key"]),
    dynamic_key: String(given["dynamic_key"]),
  }));
  if (known === null) store.insert("task_run", given);
  // States come in any order: the newest counts.
  else if (String(known["state_timestamp"]) <= String(state.timestamp)) {
    store.update("task_run", known, given);
  }
}
