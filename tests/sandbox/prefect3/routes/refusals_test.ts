import assert from "node:assert/strict";
import type { Json, JsonObject } from "../../../../schemas/json/json.ts";
import { prefect3World, withDeployment } from "../../support/prefect3_world.ts";

const CONFLICT =
  "Data integrity conflict. This usually means a unique or foreign key constraint was violated. See server logs for details.";

const NOBODY = "00000000-0000-4000-8000-000000000000";

/** Requests that a server of 3.9.1 refuses, and where it says that the fault is. */
const UNFIT: readonly (readonly [path: string, body: Json, place: string, type: string])[] = [
  ["/flow_runs/:run/set_state", { state: { type: "BOGUS" } }, "body.state.type", "enum"],
  ["/flow_runs/:run/set_state", { state: { type: "PENDING", x: 1 } }, "body.state.x", "extra_forbidden"],
  ["/flow_runs/:run/set_state", { state: { name: "x" } }, "body.state.type", "missing"],
  ["/flow_runs/:run/set_state", { state: { type: "PENDING", name: 1 } }, "body.state.name", "string_type"],
  ["/flow_runs/:run/set_state", {}, "body.state", "missing"],
  ["/flow_runs/:run/set_state", { state: { type: "PENDING" }, force: 7 }, "body.force", "bool_type"],
  [
    "/flow_runs/:run/set_state",
    { state: { type: "PENDING", state_details: { transition_id: "x" } } },
    "body.state.state_details.transition_id",
    "uuid_parsing",
  ],
  ["/flow_runs/bulk_set_state", { state: { type: "PENDING" }, limit: 51 }, "body.limit", "less_than_equal"],
  ["/flow_runs/bulk_set_state", { state: { type: "PENDING" }, limit: 0 }, "body.limit", "greater_than_equal"],
  ["/flow_runs/filter", { flow_runs: { id: { any_: ["x"] } } }, "body.flow_runs.id.any_.0", "uuid_parsing"],
  ["/flow_runs/filter", { flow_runs: { colour: {} } }, "body.flow_runs.colour", "extra_forbidden"],
  ["/flow_runs/filter", { sort: "COLOUR" }, "body.sort", "enum"],
  ["/flow_runs/filter", { offset: -1 }, "body.offset", "greater_than_equal"],
  ["/work_pools/", { type: "ecs" }, "body.name", "missing"],
  ["/work_pools/", { name: "a/b" }, "body.name", "string_pattern_mismatch"],
  ["/work_pools/", { name: "a", concurrency_limit: -1 }, "body.concurrency_limit", "greater_than_equal"],
  [
    "/work_pools/",
    { name: "a", base_job_template: { variables: {} } },
    "body.base_job_template",
    "value_error",
  ],
  ["/flows/", { name: "" }, "body.name", "string_pattern_mismatch"],
  ["/deployments/", { name: "d", flow_id: "x" }, "body.flow_id", "uuid_parsing"],
  ["/deployments/", { name: "d" }, "body.flow_id", "missing"],
  ["/logs/", [{ name: "a", level: 20, message: "m" }], "body.0.timestamp", "missing"],
  ["/work_pools/lab/workers/heartbeat", {}, "body.name", "missing"],
  ["/work_pools/lab/queues", { name: "q", priority: 0 }, "body.priority", "greater_than"],
  [
    "/work_pools/",
    { name: "a", storage_configuration: { bundle_upload_step: 3 } },
    "body.storage_configuration.bundle_upload_step",
    "dict_type",
  ],
  ["/variables/", { name: "Limit", value: 1 }, "body.name", "value_error"],
  ["/variables/", { name: "limit", value: 1, tags: null }, "body.tags", "list_type"],
  ["/deployments/", { name: "d", flow_id: NOBODY, parameters: null }, "body.parameters", "dict_type"],
];

for (const [path, body, place, type] of UNFIT) {
  Deno.test(`Prefect 3 API: given POST ${path} with ${JSON.stringify(body)}, then 422 names ${place}`, async () => {
    const world = prefect3World();
    const { id } = await (await withDeployment(world)).run();

    const answer = await world.ask("POST", path.replace(":run", id), body);

    assert.equal(answer.status, 422);
    const { exception_detail: [fault] } = answer.body as {
      exception_detail: [{ loc: string[]; type: string }];
    };
    assert.deepEqual([fault.loc.join("."), fault.type], [place, type]);
  });
}

/** The same of changes. */
const UNFIT_CHANGES: readonly (readonly [path: string, body: Json, place: string, type: string])[] = [
  ["/work_pools/lab/queues/default", { is_paused: null }, "body.is_paused", "bool_type"],
  ["/work_pools/lab/queues/default", { priority: 0 }, "body.priority", "greater_than"],
  [
    "/work_pools/lab/queues/default",
    { last_polled: "soon" },
    "body.last_polled",
    "datetime_from_date_parsing",
  ],
  ["/deployments/:deployment", { schedules: null }, "body.schedules", "list_type"],
  ["/deployments/:deployment", { concurrency_limit: 0 }, "body.concurrency_limit", "greater_than"],
];

for (const [path, body, place, type] of UNFIT_CHANGES) {
  Deno.test(`Prefect 3 API: given PATCH ${path} with ${JSON.stringify(body)}, then 422 names ${place}`, async () => {
    const world = prefect3World();
    const { deployment } = await withDeployment(world);

    const answer = await world.ask("PATCH", path.replace(":deployment", deployment.id), body);

    assert.equal(answer.status, 422);
    const { exception_detail: [fault] } = answer.body as {
      exception_detail: [{ loc: string[]; type: string }];
    };
    assert.deepEqual([fault.loc.join("."), fault.type], [place, type]);
  });
}

/** Changes that the data itself does not allow: a name that is taken, and null where a value has to be. */
const CONFLICTS: readonly (readonly [path: string, body: JsonObject])[] = [
  ["/work_pools/lab/queues/fast", { name: "default" }],
  ["/work_pools/lab/queues/fast", { name: null }],
  ["/work_pools/lab/queues/fast", { priority: null }],
  ["/work_pools/lab/queues/fast", { description: null }],
  ["/work_pools/lab", { is_paused: null }],
  ["/work_pools/lab", { storage_configuration: null }],
  ["/deployments/:deployment", { enforce_parameter_schema: null }],
  ["/variables/name/limit", { tags: null }],
  ["/variables/name/limit", { name: null }],
  ["/variables/name/limit", { name: "other" }],
];

for (const [path, body] of CONFLICTS) {
  Deno.test(`Prefect 3 API: given PATCH ${path} with ${JSON.stringify(body)}, then 409, nothing is changed and no line says that the server failed`, async () => {
    const world = prefect3World();
    const { deployment } = await withDeployment(world);
    await world.made("POST", "/work_pools/lab/queues", { name: "fast" });
    for (const name of ["limit", "other"]) await world.made("POST", "/variables/", { name, value: 1 });
    const place = path.replace(":deployment", deployment.id);
    const before = await world.made("GET", place);

    const answer = await world.ask("PATCH", place, body);
    const after = await world.made("GET", place);

    assert.deepEqual(answer, { status: 409, body: { detail: CONFLICT } });
    assert.deepEqual(after, before);
    assert.deepEqual(world.lines, []);
  });
}

Deno.test("Prefect 3 API: given a parent that is not there, when a run or a task run is made, then 409", async () => {
  const world = prefect3World();
  const { flow } = await withDeployment(world);
  const task = { flow_run_id: NOBODY, task_key: "a", dynamic_key: "0" };

  const run = await world.ask("POST", "/flow_runs/", { flow_id: flow.id, parent_task_run_id: NOBODY });
  const orphan = await world.ask("POST", "/task_runs/", task);

  assert.deepEqual([run, orphan], Array(2).fill({ status: 409, body: { detail: CONFLICT } }));
});

Deno.test("Prefect 3 API: given a deployment whose parameters are checked, when a change does not fit, then 409, and it fits once nothing is checked", async () => {
  const world = prefect3World();
  const { deployment } = await withDeployment(world);
  const change = (body: JsonObject) => world.ask("PATCH", `/deployments/${deployment.id}`, body);
  const parameter_openapi_schema = {
    type: "object",
    properties: { n: { type: "integer" } },
    required: ["n"],
  };

  const results = [
    await change({ parameter_openapi_schema }),
    await change({ parameters: { n: "x" } }),
    await change({ parameters: { n: "x" }, enforce_parameter_schema: false }),
    await change({ parameters: { n: 1 }, enforce_parameter_schema: true }),
    await change({ parameter_openapi_schema: null }),
    await change({ description: "new" }),
  ];

  assert.deepEqual(results.map(({ status }) => status), [204, 409, 204, 204, 204, 409]);
  assert.match(
    JSON.stringify(results[1]?.body),
    /Error updating deployment: Validation failed for field 'n'/,
  );
  assert.match(JSON.stringify(results[5]?.body), /does not have a valid parameter schema/);
});

/** Requests about what is not there, or is there already. */
const OTHERS:
  readonly (readonly [method: string, path: string, body: Json, status: number, said: JsonObject])[] = [
    ["GET", `/flow_runs/${NOBODY}`, null, 404, { detail: "Flow run not found" }],
    ["GET", "/flow_runs/abc", null, 404, { detail: "Not Found" }],
    ["PATCH", `/flow_runs/${NOBODY}`, { infrastructure_pid: "x" }, 404, { detail: "Flow run not found" }],
    [
      "POST",
      `/flow_runs/${NOBODY}/set_state`,
      { state: { type: "PENDING" } },
      404,
      { exception_message: `Flow run with id ${NOBODY} not found` },
    ],
    ["GET", "/work_pools/nope", null, 404, { detail: 'Work pool "nope" not found.' }],
    ["POST", "/flow_runs/", { flow_id: NOBODY }, 409, { detail: CONFLICT }],
    ["POST", "/deployments/", { name: "d", flow_id: NOBODY }, 409, { detail: CONFLICT }],
    ["POST", "/work_pools/", { name: "lab" }, 409, { detail: "A work pool with this name already exists." }],
    [
      "POST",
      "/work_pools/",
      { name: "Prefect-pool" },
      403,
      { detail: "Work pools starting with 'Prefect' are reserved for internal use." },
    ],
    [
      "POST",
      "/work_pools/lab/get_scheduled_flow_runs",
      { work_queue_names: ["nope"] },
      404,
      { detail: "Work pool queue 'lab/nope' not found." },
    ],
    [
      "POST",
      "/work_pools/lab/get_scheduled_flow_runs",
      { limit: 201 },
      422,
      { detail: "Invalid limit: must be less than or equal to 200." },
    ],
    ["POST", "/flow_runs/filter", { limit: -1 }, 422, {
      detail: "Invalid limit: must be greater than or equal to 0.",
    }],
    ["POST", `/deployments/${NOBODY}/create_flow_run`, {}, 404, { detail: "Deployment not found" }],
    ["GET", `/deployments/${NOBODY}`, null, 404, { detail: "Deployment not found" }],
    ["GET", "/variables/name/nope", null, 404, { detail: "Variable not found." }],
    ["GET", `/block_documents/${NOBODY}`, null, 404, { detail: "Block document not found" }],
    ["GET", "/csrf-token?client=a", null, 422, { detail: "CSRF protection is disabled." }],
    ["POST", `/v2/concurrency_limits/leases/${NOBODY}/renew`, {}, 410, {
      detail: "Lease not found - it may have expired or been revoked",
    }],
  ];

for (const [method, path, body, status, said] of OTHERS) {
  Deno.test(`Prefect 3 API: given ${method} ${path} with ${JSON.stringify(body)}, then ${status}`, async () => {
    const world = prefect3World();
    await withDeployment(world);

    const answer = await world.ask(method, path, method === "GET" ? undefined : body);

    assert.deepEqual(answer, { status, body: said });
  });
}

Deno.test("Prefect 3 API: given job variables of a wrong type, when deployment or run is made, then 422 names the variable", async () => {
  const world = prefect3World();
  const { flow, deployment } = await withDeployment(world);
  const values = { flow_id: flow.id, work_pool_name: "lab", job_variables: { cpu: "many" } };

  const made = await world.ask("POST", "/deployments/", { name: "other", ...values });
  const run = await world.ask("POST", `/deployments/${deployment.id}/create_flow_run`, {
    job_variables: { cpu: "many" },
  });
  const unknown = await world.ask("POST", `/deployments/${deployment.id}/create_flow_run`, {
    job_variables: { colour: "red", cpu: null },
  });

  assert.deepEqual([made.status, run.status, unknown.status], [422, 422, 201]);
  assert.match(JSON.stringify(made.body), /Error creating deployment: Validation failed for field 'cpu'/);
  assert.match(JSON.stringify(run.body), /Error creating flow run: Validation failed for field 'cpu'/);
});

Deno.test("Prefect 3 API: given parameters that do not fit their schema, when a run is made, then 409 unless it is not enforced", async () => {
  const world = prefect3World();
  const parameter_openapi_schema = {
    type: "object",
    properties: { n: { type: "integer" } },
    required: ["n"],
  };
  const { deployment } = await withDeployment(world, { parameter_openapi_schema });
  const path = `/deployments/${deployment.id}/create_flow_run`;

  const missing = await world.ask("POST", path, {});
  const wrong = await world.ask("POST", path, { parameters: { n: "x" } });
  const free = await world.ask("POST", path, { parameters: { n: "x" }, enforce_parameter_schema: false });

  assert.deepEqual([missing.status, wrong.status, free.status], [409, 409, 201]);
});
