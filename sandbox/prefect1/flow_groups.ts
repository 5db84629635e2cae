/**
 * What holds for all versions of a flow: labels, defaults, run config, switches.
 *
 * @module
 */

import * as v from "valibot";
import { isJsonObject, type JsonObject } from "../../schemas/json/json.ts";
import { type ApiOperation, type Call, DONE, jsonObject, labels, mutation, text } from "./operation.ts";
import { refusal } from "./store/refusal.ts";
import { flowOf } from "./registration.ts";
import type { Row, Store } from "./store/store.ts";

function groupOf(store: Store, id: string): Row {
  const group = store.byId("flow_group", id);
  if (group === undefined) throw refusal(`Flow group ${id} not found`);
  return group;
}

function change({ store }: Call, id: string, values: JsonObject): JsonObject {
  groupOf(store, id);
  store.update("flow_group", id, values);
  return DONE;
}

/** Sets a switch of the group and of its versions: clients read `flow { settings }`. */
function setting(values: JsonObject): ApiOperation {
  return mutation({
    input: v.strictObject({ flow_id: v.string() }),
    payload: ["success"],
    run: ({ store }, { flow_id }) => {
      const group = groupOf(store, String(flowOf(store, flow_id)["flow_group_id"]));
      const before = isJsonObject(group["settings"]) ? group["settings"] : {};
      const settings = { ...before, ...values };
      store.update("flow_group", String(group["id"]), { settings });
      const flows = store.all("SELECT id FROM flow WHERE flow_group_id = ?", String(group["id"]));
      for (const { id } of flows) store.update("flow", String(id), { settings });
      return DONE;
    },
  });
}

const groupId = { flow_group_id: v.string() };

/** Mutations of flow groups. */
export const FLOW_GROUPS: Readonly<Record<string, ApiOperation>> = {
  set_flow_group_labels: mutation({
    input: v.strictObject({ ...groupId, labels }),
    payload: ["success"],
    run: (call, { flow_group_id, labels: wanted }) => {
      return change(call, flow_group_id, { labels: wanted ? [...new Set(wanted)].sort() : null });
    },
  }),
  set_flow_group_default_parameters: mutation({
    input: v.strictObject({ ...groupId, parameters: jsonObject }),
    payload: ["success"],
    run: (call, { flow_group_id, parameters }) =>
      change(call, flow_group_id, { default_parameters: parameters ?? {} }),
  }),
  set_flow_group_run_config: mutation({
    input: v.strictObject({ ...groupId, run_config: jsonObject }),
    payload: ["success"],
    run: (call, { flow_group_id, run_config }) =>
      change(call, flow_group_id, { run_config: run_config ?? null }),
  }),
  set_flow_group_description: mutation({
    input: v.strictObject({ ...groupId, description: text }),
    payload: ["success"],
    run: (call, { flow_group_id, description }) =>
      change(call, flow_group_id, { description: description ?? null }),
  }),
  enable_flow_version_lock: setting({ version_locking_enabled: true }),
  disable_flow_version_lock: setting({ version_locking_enabled: false }),
  enable_flow_heartbeat: setting({ heartbeat_enabled: true, disable_heartbeat: false }),
  disable_flow_heartbeat: setting({ heartbeat_enabled: false, disable_heartbeat: true }),
  enable_flow_lazarus_process: setting({ lazarus_enabled: true }),
  disable_flow_lazarus_process: setting({ lazarus_enabled: false }),
};
