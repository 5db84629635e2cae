/**
 * Tasks and edges of a registered flow.
 *
 * @module
 */

import { isJsonObject, type Json, type JsonObject } from "../../schemas/json/json.ts";
import { refusal } from "./store/refusal.ts";
import type { Store } from "./store/store.ts";

/** Adds the tasks of a flow; one that is there already (by its slug) is left as it is. */
export function registerTasks(store: Store, flowId: string, tasks: readonly Json[]): void {
  const known = slugIds(store, flowId);
  const reference = referenceSlugs(store, flowId);
  const tenantId = String(store.byId("flow", flowId)?.["tenant_id"]);
  for (const task of tasks.filter(isJsonObject)) {
    const slug = textOf(task["slug"]) ?? textOf(task["name"]) ?? "";
    if (known.has(slug)) continue;
    known.set(
      slug,
      store.insert("task", {
        flow_id: flowId,
        tenant_id: tenantId,
        ...taskColumns(task, slug),
        is_reference_task: reference.has(slug),
      }),
    );
  }
}

function taskColumns(task: JsonObject, slug: string): JsonObject {
  const trigger = isJsonObject(task["trigger"]) ? task["trigger"]["fn"] : task["trigger"];
  return {
    slug,
    name: textOf(task["name"]) ?? slug,
    type: textOf(task["type"]),
    description: textOf(task["description"]),
    cache_key: textOf(task["cache_key"]),
    trigger: textOf(trigger),
    tags: Array.isArray(task["tags"]) ? task["tags"] : [],
    max_retries: typeof task["max_retries"] === "number" ? task["max_retries"] : 0,
    retry_delay: task["retry_delay"] ?? null,
    auto_generated: task["auto_generated"] === true,
    mapped: false,
    is_root_task: true,
    is_terminal_task: true,
  };
}

/** Adds the edges of a flow and what they say of the tasks at their ends. */
export function registerEdges(store: Store, flowId: string, edges: readonly Json[]): void {
  const ids = slugIds(store, flowId);
  const tenantId = String(store.byId("flow", flowId)?.["tenant_id"]);
  for (const edge of edges.filter(isJsonObject)) {
    const upstream = endOf(edge["upstream_task"], ids);
    const downstream = endOf(edge["downstream_task"], ids);
    const mapped = edge["mapped"] === true;
    store.insert("edge", {
      tenant_id: tenantId,
      flow_id: flowId,
      upstream_task_id: upstream,
      downstream_task_id: downstream,
      key: textOf(edge["key"]),
      mapped,
    });
    store.update("task", upstream, { is_terminal_task: false });
    store.update("task", downstream, { is_root_task: false, ...(mapped ? { mapped } : {}) });
  }
}

function slugIds(store: Store, flowId: string): Map<string, string> {
  const rows = store.all("SELECT slug, id FROM task WHERE flow_id = ?", flowId);
  return new Map(rows.map(({ slug, id }) => [String(slug), String(id)]));
}

/** The tasks whose states decide that of the flow, where the flow names them. */
function referenceSlugs(store: Store, flowId: string): ReadonlySet<string> {
  const flow = store.byId("flow", flowId)?.["serialized_flow"];
  const named = isJsonObject(flow) && Array.isArray(flow["reference_tasks"]) ? flow["reference_tasks"] : [];
  return new Set(named.filter(isJsonObject).map((task) => textOf(task["slug"]) ?? ""));
}

function endOf(task: Json | undefined, ids: ReadonlyMap<string, string>): string {
  const slug = isJsonObject(task) ? textOf(task["slug"]) ?? "" : "";
  const id = ids.get(slug);
  if (id === undefined) {
    throw refusal(`Edges could not be registered: the flow has no task ${JSON.stringify(slug)}`);
  }
  return id;
}

function textOf(value: Json | undefined): string | null {
  return typeof value === "string" ? value : null;
}
