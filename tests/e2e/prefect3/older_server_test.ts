/**
 * The worker against a real Prefect 3.4.25 server: no worker channel, no states of many runs at once, no second PENDING state.
 *
 * `PREFECT34_PYTHON` names the Python (see make_prefect34_venv.sh); where it is not set, the test is ignored and says so.
 *
 * @module
 */

import assert from "node:assert/strict";
import { POOL_VARIABLES } from "../support/prefect3_site.ts";
import { prefect3Test } from "../support/prefect3_test.ts";
import { until } from "../support/process.ts";

const ENDED: ReadonlySet<string> = new Set(["COMPLETED", "FAILED", "CRASHED", "CANCELLED"]);

prefect3Test({
  variable: "PREFECT34_PYTHON",
  name:
    "worker: given a Prefect 3.4.25 server, when ten flow runs are due, then each completes with one task",
  work: async ({ server, startWorker, launches }) => {
    const worker = startWorker(["--pool", "old", "--name", "one"], { PREFECT_WORKER_QUERY_SECONDS: "2" });
    const hasPool = () => server.ask("GET", "/work_pools/old").then(() => true, () => undefined);
    await until(hasPool, () => worker.output().slice(-3000));
    const deployment = await server.deploy("greet", "old", { job_variables: { ...POOL_VARIABLES } });

    const ids: string[] = [];
    for (let at = 0; at < 10; at += 1) ids.push(await server.createRun(deployment));
    const runs = await server.untilAll(ids, ({ stateType }) => ENDED.has(stateType), 240_000);

    assert.deepEqual(runs.filter(({ stateType }) => stateType !== "COMPLETED"), []);
    for (const id of ids) assert.equal(launches(id).length, 1, `RunTask requests for ${id}`);
    worker.signal("SIGTERM");
    assert.equal(await worker.exited, 0, worker.output().slice(-3000));
  },
});
