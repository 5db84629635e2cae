/**
 * The self-test of the Fargate agent over every recorded case.
 *
 * @module
 */

import assert from "node:assert/strict";
import { validateConfiguration } from "../../../../commands/wiring/fargate/validate_configuration.ts";
import { toFailure } from "../../../../schemas/failure/failure.ts";
import { listItems, mappings } from "../../../../schemas/json/shape.ts";
import { fargateCase } from "../../../support/goldens/fargate_case.ts";
import { assertSameRequest } from "../../../support/flavour.ts";
import { at, type GoldenCase, goldenCases } from "../../../support/goldens/golden.ts";
import { goldenEcs } from "../../../support/goldens/golden_ecs.ts";

const UUID = "00000001-0000-4000-8000-000000000000";
const { signal } = new AbortController();

async function validated(golden: GoldenCase) {
  const fake = goldenEcs(at(golden.json, "aws_before"));
  const lines: string[][] = [];
  const deps = {
    ecs: fake.ecs,
    pause: () => Promise.resolve(),
    newUuid: () => UUID,
    log: (level: string, message: string) => lines.push([level, message]),
  };
  const result = await validateConfiguration(fargateCase(golden).options(), deps, signal).then(
    (arn) => ({ arn, message: null }),
    (thrown) => ({ arn: null, message: toFailure(thrown).message }),
  );
  return { ...result, lines, registered: fake.registered, runTask: fake.runTask };
}

for (const golden of goldenCases("fargate/validate_configuration")) {
  Deno.test(`fargate validate: given ${golden.id}, when run, then the recorded definition is registered and run`, async () => {
    const expect = at(golden.json, "expect");

    const { message, lines, registered, runTask } = await validated(golden);

    assert.equal(message, at(expect, "error").message ?? null);
    const recorded = listItems(expect.logs).filter((line) => !String(line).includes("revisions enabled"));
    assert.deepEqual(lines, recorded);
    assert.equal(registered.length, mappings(expect.registered).length);
    mappings(expect.registered).forEach((params, index) => assertSameRequest(registered[index], params));
    mappings(expect.run_task).forEach((params, index) => {
      const { clientToken, ...sent } = runTask[index] ?? {};
      assert.equal(clientToken, UUID);
      assertSameRequest(sent, {
        ...params,
        taskDefinition: listItems(expect.run_task_resolved)[index] ?? null,
      });
    });
  });
}

Deno.test("F-RUN-FAILURES: given a placement that is refused, when validated, then every reason is told", async () => {
  const json = {
    agent: { kwargs: {} },
    aws_before: { run_task_failures: [{ reason: "RESOURCE:MEMORY" }] },
  };

  const { message } = await validated({ id: "refused", quirks: [], json });

  assert.match(message ?? "", /Failed to start task for the test\. Failures: .*RESOURCE:MEMORY/);
});

Deno.test("--run-by-family: given, when validated, then the bare family is run", async () => {
  const json = { agent: { kwargs: { run_by_family: true } } };

  const { runTask } = await validated({ id: "by-family", quirks: [], json });

  assert.equal(runTask[0]?.taskDefinition, "prefect-test-task-00000001");
});
