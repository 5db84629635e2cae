import assert from "node:assert/strict";
import type { RunTaskAnswer } from "../../../actors/ecs/calls.ts";
import { launchOnce } from "../../../actors/ecs/launch_once.ts";
import { unplacedText } from "../../../schemas/prefect1/unplaced_text.ts";
import { type Failure, FailureError, toFailure } from "../../../schemas/failure/failure.ts";
import type { JsonObject } from "../../../schemas/json/json.ts";

const TASK = {
  arn: "arn:task/1",
  lastStatus: "PROVISIONING",
  desiredStatus: "RUNNING",
  startedBy: null,
  flowRunId: null,
  stopCode: null,
  stoppedReason: null,
  containers: [],
};
const request = { taskDefinition: "f", clientToken: "token" };
const { signal } = new AbortController();

function scripted(answers: readonly (RunTaskAnswer | Failure)[]) {
  const sent: JsonObject[] = [];
  const waits: number[] = [];
  const queue = [...answers];
  const deps = {
    ecs: {
      runTask: (params: JsonObject) => {
        sent.push(params);
        const next = queue.shift() ?? { tasks: [], failures: [] };
        return "tag" in next ? Promise.reject(new FailureError(next)) : Promise.resolve(next);
      },
    },
    pause: (retry: number) => {
      waits.push(retry);
      return Promise.resolve();
    },
  };
  return { sent, waits, launch: () => launchOnce({ request, what: "the test", unplacedText }, deps, signal) };
}

const lost: Failure = { tag: "unknownOutcome", operation: "RunTask", message: "lost" };
const slow: Failure = { tag: "throttled", retryAfterMs: 0, message: "slow" };
const no: Failure = {
  tag: "refused",
  service: "ECS",
  code: "X",
  operation: "RunTask",
  message: "An error occurred (X)",
};

Deno.test("launchOnce: given two tasks, when launched, then the first is told", async () => {
  const { launch, waits } = scripted([{ tasks: [TASK, { ...TASK, arn: "arn:task/2" }], failures: [] }]);

  assert.equal(await launch(), "arn:task/1");
  assert.deepEqual(waits, []);
});

Deno.test("launchOnce: given a lost answer, throttling and an empty one, when launched, then the same request is sent again", async () => {
  const { launch, sent, waits } = scripted([lost, slow, { tasks: [], failures: [] }, {
    tasks: [TASK],
    failures: [],
  }]);

  assert.equal(await launch(), "arn:task/1");
  assert.deepEqual(sent, [request, request, request, request]);
  assert.deepEqual(waits, [0, 1, 2]);
});

Deno.test("launchOnce: given a refusal, when launched, then it is told at once", async () => {
  const { launch, sent } = scripted([no]);

  await assert.rejects(launch(), /An error occurred \(X\)/);
  assert.equal(sent.length, 1);
});

Deno.test("F-RUN-FAILURES: given failures, when launched, then arn and reason of each are told and nothing is repeated", async () => {
  const failures = [{ arn: "arn:a", reason: "RESOURCE:CPU" }, { reason: "AGENT" }];
  const { launch, sent } = scripted([{ tasks: [], failures }]);

  const failure = await launch().then(() => undefined, toFailure);

  assert.ok(failure?.tag === "notPlaced");
  assert.deepEqual(failure.failures, [{ resourceId: "arn:a", reason: "RESOURCE:CPU" }, { reason: "AGENT" }]);
  assert.match(failure.message, /the test\. Failures: \[\{'arn': 'arn:a', 'reason': 'RESOURCE:CPU'\}/);
  assert.equal(sent.length, 1);
});

Deno.test("launchOnce: given no answer ever, when launched, then it gives up and says that the outcome is unknown", async () => {
  const { launch, sent } = scripted([]);

  const failure = await launch().then(() => undefined, toFailure);

  assert.equal(failure?.tag, "unknownOutcome");
  assert.equal(sent.length, 6);
});
