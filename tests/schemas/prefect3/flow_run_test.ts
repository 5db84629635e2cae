import assert from "node:assert/strict";
import { headerOf } from "../../../schemas/prefect3/flow_run.ts";
import { templateRun } from "../../support/prefect3/template_run.ts";

const RUN = templateRun({});
const DEPLOYMENT = { id: "d-1", name: "nightly", jobVariables: {}, updated: null, limit: null };

Deno.test("header: given a run of a deployment in a queue, when machines get its header, then pool, queue and deployment are named in this order", () => {
  const { origin } = headerOf({ ...RUN, workQueue: "fast", deployment: DEPLOYMENT });

  assert.deepEqual(origin, [
    { name: "Work pool", value: RUN.pool.name },
    { name: "Work queue", value: "fast" },
    { name: "Deployment", value: "nightly" },
  ]);
});

Deno.test("header: given a run without deployment or queue, when machines get its header, then its pool alone is named", () => {
  for (const deployment of [null, "gone"] as const) {
    const { origin } = headerOf({ ...RUN, workQueue: null, deployment });

    assert.deepEqual(origin, [{ name: "Work pool", value: RUN.pool.name }]);
  }
});
