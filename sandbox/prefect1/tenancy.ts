/**
 * Tenants, projects and who is asking. There is one key, so all that is kept is for whoever has it.
 *
 * @module
 */

import * as v from "valibot";
import type { JsonObject } from "../../schemas/json/json.ts";
import {
  type ApiOperation,
  type Call,
  DONE,
  jsonObject,
  mutation,
  question,
  tenantOf,
  text,
} from "./operation.ts";
import { refusal } from "./store/refusal.ts";
import type { Store } from "./store/store.ts";

/** Name and slug of the tenant that a new data file begins with. */
const FIRST_TENANT = { name: "default", slug: "default", settings: {} };

/** The tenant of requests that name none: the oldest; made when the data file is new. */
export function defaultTenant(store: Store): string {
  const [known] = store.all("SELECT id FROM tenant ORDER BY created LIMIT 1");
  return known === undefined ? store.insert("tenant", FIRST_TENANT) : String(known["id"]);
}

/** Message that the Prefect CLI looks for, word by word and with status 200. @see recorded: client-register */
const TAKEN = "Uniqueness violation.";

const projectInput = v.strictObject({ name: v.string(), description: text, tenant_id: text });

function createProject(call: Call, input: v.InferOutput<typeof projectInput>): string {
  const { store } = call;
  const tenantId = tenantOf(call, input.tenant_id);
  const known = store.all("SELECT id FROM project WHERE tenant_id = ? AND name = ?", tenantId, input.name);
  if (known.length > 0) throw refusal(TAKEN);
  return store.insert("project", {
    tenant_id: tenantId,
    name: input.name,
    description: input.description ?? null,
  });
}

/** Removes a project with its flows, their runs and what hangs on those. */
function deleteProject(store: Store, id: string): void {
  const flows = "(SELECT id FROM flow WHERE project_id = ?)";
  const runs = `(SELECT id FROM flow_run WHERE flow_id IN ${flows})`;
  const taskRuns = `(SELECT id FROM task_run WHERE flow_run_id IN ${runs})`;
  store.run(`DELETE FROM task_run_artifact WHERE task_run_id IN ${taskRuns}`, id);
  store.run(`DELETE FROM task_run_state WHERE task_run_id IN ${taskRuns}`, id);
  for (const table of ["log", "flow_run_state", "task_run"]) {
    store.run(`DELETE FROM ${table} WHERE flow_run_id IN ${runs}`, id);
  }
  for (const table of ["flow_run", "task", "edge"]) {
    store.run(`DELETE FROM ${table} WHERE flow_id IN ${flows}`, id);
  }
  store.run("DELETE FROM flow WHERE project_id = ?", id);
  store.run("DELETE FROM project WHERE id = ?", id);
}

/** Tokens of the legacy login; they say nothing and are never looked at again. */
function accessTokens(call: Call): JsonObject {
  return {
    access_token: `sandbox-${call.store.newId()}`,
    refresh_token: `sandbox-${call.store.newId()}`,
    expires_at: "2099-01-01T00:00:00+00:00",
  };
}

const TOKENS = ["access_token", "refresh_token", "expires_at", "expires_in"];

/** Mutations of tenants and projects. */
export const TENANCY: Readonly<Record<string, ApiOperation>> = {
  create_project: mutation({
    input: projectInput,
    payload: ["id"],
    run: (call, input) => ({ id: createProject(call, input) }),
  }),
  delete_project: mutation({
    input: v.strictObject({ project_id: v.string() }),
    payload: ["success"],
    run: ({ store }, { project_id }) => {
      const known = store.byId("project", project_id) !== undefined;
      deleteProject(store, project_id);
      return { success: known };
    },
  }),
  set_project_description: mutation({
    input: v.strictObject({ project_id: v.string(), project_description: text }),
    payload: ["success"],
    run: ({ store }, { project_id, project_description }) => {
      store.update("project", project_id, { description: project_description ?? null });
      return DONE;
    },
  }),
  create_tenant: mutation({
    input: v.strictObject({ name: v.string(), slug: v.string(), settings: jsonObject }),
    payload: ["id"],
    run: ({ store }, { name, slug, settings }) => {
      if (store.all("SELECT id FROM tenant WHERE slug = ?", slug).length > 0) throw refusal(TAKEN);
      return { id: store.insert("tenant", { name, slug, settings: settings ?? {} }) };
    },
  }),
  switch_tenant: mutation({
    input: v.strictObject({ tenant_id: v.string() }),
    payload: TOKENS,
    run: accessTokens,
  }),
  refresh_token: mutation({
    input: v.strictObject({ access_token: text }),
    payload: TOKENS,
    run: accessTokens,
  }),
};

/** Queries that are no table. */
export const IDENTITY: Readonly<Record<string, ApiOperation>> = {
  hello: question({ input: v.strictObject({}), payload: [], run: () => "👋" }),
  api: question({ input: v.strictObject({}), payload: ["backend", "mode", "version"], run: apiInfo }),
  auth_info: question({
    input: v.strictObject({}),
    payload: ["tenant_id", "api_token_scope", "user_id", "tenant_role", "license_id", "memberships"],
    run: ({ tenantId }) => ({
      tenant_id: tenantId,
      api_token_scope: "RUNNER",
      user_id: null,
      tenant_role: null,
    }),
  }),
};

function apiInfo(call: Call): JsonObject {
  return { backend: "SANDBOX", mode: "normal", version: call.coreVersion };
}
