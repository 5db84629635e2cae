import assert from "node:assert/strict";
import { ROUTES } from "../../../../sandbox/prefect3/routes/all.ts";
import { SOCKET_ROUTES } from "../../../../sandbox/prefect3/server.ts";

/** Everything that the worker, the built-in image, the demo and `prefect flow-run execute` call, and what makes work for them. */
const EXPECTED = [
  "DELETE /flow_runs/:id/input/:key",
  "GET /admin/storage",
  "GET /admin/version",
  "GET /block_documents/:id",
  "GET /block_types/slug/:slug",
  "GET /block_types/slug/:slug/block_documents/name/:name",
  "GET /csrf-token",
  "GET /deployments/:id",
  "GET /deployments/name/:flow/:deployment",
  "GET /flow_run_states",
  "GET /flow_run_states/:id",
  "GET /flow_runs/:id",
  "GET /flow_runs/:id/input/:key",
  "GET /flows/:id",
  "GET /flows/name/:name",
  "GET /health",
  "GET /hello",
  "GET /ready",
  "GET /task_runs/:id",
  "GET /variables/name/:name",
  "GET /version",
  "GET /work_pools/:pool",
  "GET /work_pools/:pool/queues/:queue",
  "GET /work_queues/:id",
  "PATCH /deployments/:id",
  "PATCH /flow_runs/:id",
  "PATCH /flow_runs/:id/labels",
  "PATCH /variables/name/:name",
  "PATCH /work_pools/:pool",
  "PATCH /work_pools/:pool/queues/:queue",
  "POST /block_documents",
  "POST /block_schemas",
  "POST /block_types",
  "POST /deployments",
  "POST /deployments/:id/create_flow_run",
  "POST /deployments/:id/pause_deployment",
  "POST /deployments/:id/resume_deployment",
  "POST /deployments/filter",
  "POST /flow_runs",
  "POST /flow_runs/:id/input",
  "POST /flow_runs/:id/input/filter",
  "POST /flow_runs/:id/resume",
  "POST /flow_runs/:id/set_state",
  "POST /flow_runs/bulk_set_state",
  "POST /flow_runs/count",
  "POST /flow_runs/filter",
  "POST /flows",
  "POST /flows/filter",
  "POST /logs",
  "POST /logs/filter",
  "POST /task_runs",
  "POST /task_runs/:id/set_state",
  "POST /task_runs/filter",
  "POST /v2/concurrency_limits/leases/:id/renew",
  "POST /variables",
  "POST /work_pools",
  "POST /work_pools/:pool/get_scheduled_flow_runs",
  "POST /work_pools/:pool/queues",
  "POST /work_pools/:pool/queues/filter",
  "POST /work_pools/:pool/workers/filter",
  "POST /work_pools/:pool/workers/heartbeat",
  "POST /work_pools/filter",
];

Deno.test("routes of the Prefect 3 API: given all of them, then they are those of this list, each once", () => {
  const routes = ROUTES.map(({ method, path }) => `${method} ${path}`).toSorted();

  assert.deepEqual(routes, EXPECTED.toSorted());
});

Deno.test("sockets of the Prefect 3 API: given all of them, then events in and out, and the worker channel", () => {
  assert.deepEqual(SOCKET_ROUTES, ["/events/in", "/events/out", "/work_pools/:pool/workers/connect"]);
});
