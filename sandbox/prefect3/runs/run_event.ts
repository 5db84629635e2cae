/**
 * The event that tells of a new state of a flow run.
 *
 * @module
 * @see Prefect 3.9.1, server/models/events.py
 */

import type { JsonObject } from "../../../schemas/json/json.ts";
import { listItems } from "../../../schemas/json/shape.ts";
import type { State } from "../../../schemas/prefect3/state_rules/state.ts";
import type { Doc, Store } from "../store/store.ts";
import type { Serving } from "../wire/serving.ts";
import { docOf, placeOf } from "./run_rows.ts";

/** Longest message of a state that an event tells, in characters. */
const MOST_MESSAGE = 100_000;

/** Tells it. */
export function tellState({ store, events }: Serving, run: Doc, before: State | null, state: State): void {
  events.tell({
    occurred: state.timestamp,
    event: `prefect.flow-run.${state.name}`,
    resource: {
      "prefect.resource.id": `prefect.flow-run.${run.id}`,
      "prefect.resource.name": run["name"] ?? "",
      "prefect.run-count": String(run["run_count"] ?? 0),
      "prefect.state-message": (state.message ?? "").slice(0, MOST_MESSAGE),
      "prefect.state-name": state.name,
      "prefect.state-timestamp": state.timestamp,
      "prefect.state-type": state.type,
    },
    related: relatedTo(store, run),
    payload: {
      intended: { from: before?.type ?? null, to: state.type },
      initial_state: stateText(before),
      validated_state: stateText(state),
    },
    id: state.id,
    follows: before?.id ?? null,
  });
}

function stateText(state: State | null): JsonObject | null {
  if (state === null) return null;
  const { type, name, message, state_details: { pause_reschedule } } = state;
  return {
    ...{ type, name },
    ...(message === null || message === "" ? {} : { message: message.slice(0, MOST_MESSAGE) }),
    ...(type === "PAUSED" ? { pause_reschedule: String(pause_reschedule) } : {}),
  };
}

function relatedTo(store: Store, run: Doc): readonly JsonObject[] {
  const { queue, pool } = placeOf(store, run);
  const flow = docOf(store, "flow", run["flow_id"]);
  const deployment = docOf(store, "deployment", run["deployment_id"]);
  const tags = [run, flow, deployment].flatMap((one) => listItems(one?.["tags"]).map(String));
  return [
    ...related("flow", flow),
    ...related("deployment", deployment),
    ...related("work-queue", queue),
    ...related("work-pool", pool, { "prefect.work-pool.type": pool?.["type"] ?? "" }),
    ...related("task-run", docOf(store, "task_run", run["parent_task_run_id"])),
    ...[...new Set(tags)].toSorted().map((tag) => ({
      "prefect.resource.id": `prefect.tag.${tag}`,
      "prefect.resource.role": "tag",
    })),
  ];
}

function related(kind: string, doc: Doc | null, more: JsonObject = {}): readonly JsonObject[] {
  return doc === null ? [] : [{
    "prefect.resource.id": `prefect.${kind}.${doc.id}`,
    "prefect.resource.role": kind,
    "prefect.resource.name": doc["name"] ?? "",
    ...more,
  }];
}
