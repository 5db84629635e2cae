/** What is kept of a described task. @module */

import assert from "node:assert/strict";
import { DescribeTasksCommand, ECSClient } from "@aws-sdk/client-ecs";
import { HttpResponse } from "@smithy/protocol-http";
import { makeEcsClientCalls } from "../../actors/ecs_client.ts";
import { slimTasks } from "../../actors/slim_tasks.ts";
import { FailureError } from "../../schemas/failure.ts";

const SIGNAL = new AbortController().signal;
const ARN = "arn:aws:ecs:us-east-1:123456789012:task/default/0123456789abcdef0123456789abcdef";

/** A client whose every call is answered like this, and what the SDK got to read. */
function answering(body: string, statusCode = 200) {
  const read: unknown[] = [];
  const client = new ECSClient({
    region: "us-east-1",
    endpoint: "http://127.0.0.1:1",
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
    maxAttempts: 1,
    requestHandler: {
      handle: () => {
        const response = new HttpResponse({
          statusCode,
          headers: { "content-type": "application/x-amz-json-1.1" },
          body: new TextEncoder().encode(body),
        });
        return Promise.resolve({ response });
      },
    },
  });
  client.middlewareStack.add((next) => async (args) => {
    const result = await next(args);
    if (HttpResponse.isInstance(result.response)) read.push(new TextDecoder().decode(result.response.body));
    return result;
  }, { step: "deserialize", priority: "high" });
  return { client, calls: makeEcsClientCalls(client), read };
}

const LARGE = {
  taskArn: ARN,
  lastStatus: "STOPPED",
  desiredStatus: "STOPPED",
  startedBy: "run-1",
  stopCode: "EssentialContainerExited",
  stoppedReason: "Essential container in task exited",
  overrides: {
    containerOverrides: [{ name: "flow", environment: [{ name: "KEY", value: "v".repeat(5000) }] }],
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

Deno.test("slim tasks: given a large answer, when described, then everything a task is made of is there", async () => {
  const failures = [{ arn: "gone", reason: "MISSING" }];
  const { calls } = answering(JSON.stringify({ tasks: [LARGE], failures }));

  const answer = await calls.describeTasks("default", [ARN, "gone"], SIGNAL);

  assert.deepEqual(answer, {
    tasks: [{
      arn: ARN,
      lastStatus: "STOPPED",
      desiredStatus: "STOPPED",
      startedBy: "run-1",
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

Deno.test("slim tasks: given a large answer, when the SDK reads it, then what nobody needs is gone", async () => {
  const { client, read } = answering(JSON.stringify({ tasks: [LARGE], failures: [] }));
  const command = new DescribeTasksCommand({ tasks: [ARN] });
  command.middlewareStack.add(slimTasks, { step: "deserialize", priority: "low" });

  await client.send(command);

  const text = String(read[0]);
  assert.equal(read.length, 1);
  assert.ok(text.length < 500, `${text.length} characters`);
  assert.doesNotMatch(text, /vvv|macAddress|flows:latest/);
});

Deno.test("slim tasks: given answers of a wrong shape, when described, then they count as they did before", async () => {
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

Deno.test("slim tasks: given no JSON or a refusal, when described, then the SDK says what is wrong", async () => {
  const failing = async (body: string, status?: number): Promise<string> => {
    try {
      await answering(body, status).calls.describeTasks(null, [ARN], SIGNAL);
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
  assert.equal(await failing(`{"__type": "AccessDeniedException", "message": "no"}`, 400), "awsRefused");
  assert.notEqual(await failing(`{"tasks": [`), "none");
});
