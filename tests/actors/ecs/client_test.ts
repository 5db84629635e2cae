/** What is made of the answers of ECS. @module */

import assert from "node:assert/strict";
import { FailureError } from "../../../schemas/failure/failure.ts";
import { answering } from "../../support/ecs_stub.ts";

const SIGNAL = new AbortController().signal;
const ARN = "arn:aws:ecs:us-east-1:123456789012:task/default/0123456789abcdef0123456789abcdef";

const OWNER = { name: "PREFECT__CONTEXT__FLOW_RUN_ID", value: "run-2" };

const LARGE = {
  taskArn: ARN,
  lastStatus: "STOPPED",
  desiredStatus: "STOPPED",
  startedBy: "run-1",
  stopCode: "EssentialContainerExited",
  stoppedReason: "Essential container in task exited",
  overrides: {
    containerOverrides: [{ name: "flow", environment: [{ name: "KEY", value: "v".repeat(5000) }, OWNER] }],
  },
  attachments: [{ id: "a", type: "ElasticNetworkInterface", details: [{ name: "macAddress", value: "0e" }] }],
  containers: [
    {
      name: "flow",
      exitCode: 137,
      reason: "OutOfMemoryError",
      image: "flows:latest",
      networkInterfaces: [{}],
    },
    { name: "sidecar", lastStatus: "STOPPED" },
  ],
  createdAt: 1_700_000_000.123,
};

Deno.test("ecs client: given a large answer, when described, then everything a task is made of is there", async () => {
  const failures = [{ arn: "gone", reason: "MISSING" }];
  const { calls } = answering(JSON.stringify({ tasks: [LARGE], failures }));

  const answer = await calls.describeTasks("default", [ARN, "gone"], SIGNAL);

  assert.deepEqual(answer, {
    tasks: [{
      arn: ARN,
      lastStatus: "STOPPED",
      desiredStatus: "STOPPED",
      startedBy: "run-1",
      flowRunId: "run-2",
      stopCode: "EssentialContainerExited",
      stoppedReason: "Essential container in task exited",
      containers: [
        { name: "flow", exitCode: 137, reason: "OutOfMemoryError" },
        { name: "sidecar", exitCode: null, reason: null },
      ],
    }],
    failures,
  });
});

Deno.test("ecs client: given answers of a wrong shape, when described, then they count as empty", async () => {
  const empty = { tasks: [], failures: [] };
  for (const body of ["{}", `{"tasks": null}`, `{"tasks": [], "failures": null}`, `{"tasks": [null, 5]}`]) {
    assert.deepEqual(await answering(body).calls.describeTasks(null, [ARN], SIGNAL), empty, body);
  }
  const odd = await answering(
    JSON.stringify({ tasks: [{ taskArn: ARN, containers: [null, { exitCode: 0 }] }] }),
  )
    .calls.describeTasks(null, [ARN], SIGNAL);
  assert.deepEqual(odd.tasks[0]?.containers, [{ name: "", exitCode: 0, reason: null }]);
});

Deno.test("ecs client: given no JSON or a refusal, when described, then it is said what is wrong", async () => {
  const failing = async (body: string, status?: number): Promise<string> => {
    try {
      await answering(body, status === undefined ? {} : { status }).calls.describeTasks(null, [ARN], SIGNAL);
    } catch (thrown) {
      assert.ok(thrown instanceof FailureError);
      return thrown.failure.tag;
    }
    return "none";
  };

  assert.equal(
    await failing(`{"__type": "ThrottlingException", "message": "Rate exceeded"}`, 400),
    "throttled",
  );
  assert.equal(await failing(`{"__type": "AccessDeniedException", "message": "no"}`, 400), "refused");
  assert.notEqual(await failing(`{"tasks": [`), "none");
});
