/**
 * A run whose credentials name a role that cannot be assumed: the real worker process between the Prefect 3 API and the ECS of
 * the sandbox. No Python is needed.
 *
 * @module
 */

import assert from "node:assert/strict";
import { withPrefect3Site } from "../support/prefect3_site.ts";
import { until } from "../support/process.ts";

const POOL = "lab";
const ROLE = "arn:aws:iam::123456789012:role/gone";

Deno.test("worker: given a run whose role cannot be assumed, when the worker takes it up, then it is Crashed with role, reason and remedy before ECS is asked, and another run is launched", async () => {
  await withPrefect3Site("python3", async ({ server, aws, launches, startWorker }) => {
    const worker = startWorker(["--pool", POOL], { EXTRA_PIP_PACKAGES: "prefect-docker" });
    await until(() => /started!/.test(worker.output()) || undefined, worker.output);
    const variables = { image: "example/flow:1", cpu: 256, memory: 512 };
    const secret = "c2VjcmV0LWtleS1vZi1hLXJvbGU";
    const credentials = { assume_role_arn: ROLE, assume_role_kwargs: { ExternalId: secret } };
    const refused = await server.createRun(
      await server.deploy("refused", POOL, { job_variables: { ...variables, aws_credentials: credentials } }),
    );
    await server.untilAll([refused], ({ stateType }) => stateType === "CRASHED", 60_000);
    const asked = aws.map(({ operation }) => operation).filter((name) => /RunTask|TaskDefinition/.test(name));
    const free = await server.createRun(await server.deploy("free", POOL, { job_variables: variables }));
    await until(() => launches(free)[0], worker.output);
    const [crashed] = await server.runs([refused]);

    assert.deepEqual(asked, []);
    assert.ok(aws.some(({ operation, status }) => operation === "AssumeRole" && status === 403));
    const message = crashed?.message ?? "";
    for (
      const said of [refused, ROLE, "is not authorized to perform: sts:AssumeRole", "Leave them out to use"]
    ) {
      assert.ok(message.includes(said), `${said} in ${message}`);
    }
    assert.deepEqual(launches(refused), []);
    assert.match(worker.output(), /EXTRA_PIP_PACKAGES has no effect/);
    assert.ok(!`${message}${worker.output()}`.includes(secret), "the external id of the role was told");
  }, { kind: "embedded" });
});
