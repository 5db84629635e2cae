import assert from "node:assert/strict";
import type { JsonObject } from "../../../schemas/json/json.ts";
import { type Bench, bench, created, registered } from "../support/sandbox_store.ts";

function withRun(): { readonly on: Bench; readonly run: string } {
  const on = bench();
  return { on, run: created(on, { flow_id: registered(on) }) };
}

Deno.test("logs: given lines of agent and runtime, when written, then they are read in the order of their time", () => {
  const { on, run } = withRun();
  const lines: readonly JsonObject[] = [
    { flow_run_id: run, name: "agent", message: "Submitted", level: "INFO" },
    { flow_run_id: run, timestamp: "2026-11-21T07:59:00+00:00", name: "prefect", message: "earlier" },
    { flow_run_id: "gone", message: "of a run that was deleted" },
  ];

  assert.deepEqual(on.mutate("write_run_logs", { logs: lines }, "success"), { success: true });

  const query =
    "query { flow_run { logs(order_by: { timestamp: asc }) { name level message task_run_id } } }";
  assert.deepEqual(on.ask(query), [{
    logs: [
      { name: "prefect", level: "INFO", message: "earlier", task_run_id: null },
      { name: "agent", level: "INFO", message: "Submitted", task_run_id: null },
    ],
  }]);
});

Deno.test("logs: given one line instead of a list, when written, then it is taken as a list of one", () => {
  const { on, run } = withRun();

  on.mutate("write_run_logs", { logs: { flow_run_id: run, message: "alone" } }, "success");

  assert.deepEqual(on.ask("query { log { message } }"), [{ message: "alone" }]);
});

Deno.test("artifacts: given one, when created, changed and deleted, then each is seen", () => {
  const { on } = withRun();
  const task_run_id = String(on.store.all("SELECT id FROM task_run LIMIT 1")[0]?.["id"]);
  const read = () => on.ask("query { task_run_artifact { kind data } }");

  const data = { markdown: "# report" };
  const { id } = on.mutate("create_task_run_artifact", {
    task_run_id,
    kind: "markdown",
    data,
    tenant_id: null,
  }, "id");
  assert.deepEqual(read(), [{ kind: "markdown", data }]);
  const task_run_artifact_id = String(id);
  on.mutate("update_task_run_artifact", { task_run_artifact_id, data: { markdown: "new" } }, "success");
  assert.deepEqual(read(), [{ kind: "markdown", data: { markdown: "new" } }]);
  on.mutate("delete_task_run_artifact", { task_run_artifact_id }, "success");
  assert.deepEqual(read(), []);
  assert.match(
    on.refused("create_task_run_artifact", { task_run_id: "none", kind: "link" }, "id").message,
    /Task run none not found/,
  );
});

Deno.test("key values: given a pair, when set twice and deleted, then there is one, then none", () => {
  const on = bench();
  const read = () => on.ask('query { key_value(where: { key: { _eq: "k" } }) { value } }');

  const { id } = on.mutate("set_key_value", { key: "k", value: [1, { a: null }] }, "id");
  assert.deepEqual(read(), [{ value: [1, { a: null }] }]);
  assert.equal(on.mutate("set_key_value", { key: "k", value: "text" }, "id")["id"], id);
  assert.deepEqual(read(), [{ value: "text" }]);
  on.mutate("delete_key_value", { key_value_id: String(id) }, "success");
  assert.deepEqual(read(), []);
});

Deno.test("secrets: given values of any kind, when set, then they are read by name only", () => {
  const on = bench();
  on.mutate("set_secret", { name: "B", value: { user: "me" } }, "success");
  on.mutate("set_secret", { name: "A", value: "text" }, "success");

  assert.deepEqual(on.ask("query { secret_names }"), ["A", "B"]);
  assert.deepEqual(on.ask('query { secret_value(name: "B") }'), { user: "me" });
  assert.equal(on.ask('query { secret_value(name: "none") }'), null);
  on.mutate("delete_secret", { name: "A" }, "success");
  assert.deepEqual(on.ask("query { secret_names }"), ["B"]);
  assert.equal(on.execute("query { secret { value } }").status, 400);
});

Deno.test("identity: given a request, when asked who it is, then tenant and scope fit keys and tokens alike", () => {
  const on = bench();

  assert.deepEqual(on.ask("query { auth_info { tenant_id api_token_scope user_id } }"), {
    tenant_id: on.tenantId,
    api_token_scope: "RUNNER",
    user_id: null,
  });
  assert.deepEqual(on.ask("query { tenant { id slug name } }"), [{
    id: on.tenantId,
    slug: "default",
    name: "default",
  }]);
  assert.equal(on.ask("query { hello }"), "👋");
  const tokens = on.mutate(
    "switch_tenant",
    { tenant_id: on.tenantId },
    "access_token refresh_token expires_at",
  );
  assert.equal(Object.keys(tokens).length, 3);
});

Deno.test("identity: given a header with another tenant, when a project is created, then it belongs to that one", () => {
  const on = bench();
  const { id } = on.mutate("create_tenant", { name: "Other", slug: "other" }, "id");

  on.mutate("create_project", { name: "lab" }, "id", { tenantId: String(id) });
  on.mutate("create_project", { name: "lab" }, "id");

  assert.deepEqual(on.ask("query { project(order_by: { created: asc }) { tenant { slug } } }"), [
    { tenant: { slug: "other" } },
    { tenant: { slug: "default" } },
  ]);
  assert.equal(
    on.refused("create_tenant", { name: "Again", slug: "other" }, "id").message,
    "Uniqueness violation.",
  );
});

Deno.test("agent configs: given settings, when asked for by id, then they come back; an unknown id is empty", () => {
  const on = bench();
  const { id } = on.mutate("create_agent_config", { name: "c", settings: { health_threshold: 3 } }, "id");
  const ask = (which: unknown) =>
    on.ask(`query { agent_config(where: { id: { _eq: "${which}" } }) { settings } }`);

  assert.deepEqual(ask(id), [{ settings: { health_threshold: 3 } }]);
  assert.deepEqual(ask("none"), []);
});
