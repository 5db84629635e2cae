/**
 * What the inspector of a running worker tells: its name, where a run comes from, and its calls by route and operation.
 *
 * @module
 */

import assert from "node:assert/strict";
import { until } from "../support/process.ts";
import { SITE_POOL, siteDeployment, withWorkerSite } from "../support/prefect3_api.ts";

Deno.test("worker: given an inspector, when a run of a deployment was launched, then it tells pool and deployment of the run, and the calls by route and operation", async () => {
  await withWorkerSite(async (site) => {
    site.world.deploymentRows.set("d-1", siteDeployment("d-1", { image: "example/flow:1" }));
    const { id } = site.world.schedule({ deployment: "d-1" });
    const worker = site.start(["worker", "start", "--pool", SITE_POOL, "--inspect=127.0.0.1:0"]);
    const url = await until(() => /Inspector: (http:\S+)/.exec(worker.output())?.[1], worker.output);
    await until(() => site.world.run(id).pid ?? undefined, worker.output);
    const { search } = new URL(url);
    const ask = async (path: string) => await (await fetch(new URL(`${path}${search}`, url))).json();

    const detail = await ask(`/api/runs/${id}`);
    const overview = await ask("/api/overview");

    const origin = new Map(
      detail.origin.map((part: { name: string; value: string }) => [part.name, part.value]),
    );
    assert.deepEqual([origin.get("Work pool"), origin.get("Deployment")], [SITE_POOL, "deployment d-1"]);
    const made = overview.calls.map((call: { service: string; operation: string }) =>
      `${call.service} ${call.operation}`
    );
    for (const call of ["prefect POST /work_pools/{name}/get_scheduled_flow_runs", "ECS RunTask"]) {
      assert.ok(made.includes(call), `${call}: ${made.join(", ")}`);
    }
  });
});
