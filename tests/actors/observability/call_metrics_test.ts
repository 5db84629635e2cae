import assert from "node:assert/strict";
import { makeCallMetrics } from "../../../actors/observability/call_metrics.ts";
import { type CallObserver, unobserved } from "../../../actors/observability/call_observer.ts";
import type { EcsCalls } from "../../../actors/ecs/calls.ts";
import { makeMetricRegistry } from "../../../actors/observability/metric_registry.ts";
import { observedEcs } from "../../../actors/ecs/observed_clients.ts";
import { FailureError } from "../../../schemas/failure/failure.ts";
import { fakeEcs, refused, task, taskArn } from "../../support/fake_ecs.ts";
import { parseScrape } from "../../support/prometheus.ts";

const { signal } = new AbortController();

/** Counts calls on a clock that goes on by 40 ms each time it is read. */
function counting() {
  const registry = makeMetricRegistry();
  let now = 0;
  const observe = makeCallMetrics(registry, () => now += 40);
  const counts = () =>
    parseScrape(registry.render()).filter(({ name }) => name.endsWith("call_seconds_count"))
      .map(({ name, labels, value }) => [name.split("_")[2], ...Object.values(labels), value]);
  return { registry, observe, counts };
}

/** One call of each kind. */
async function callAll(ecs: EcsCalls): Promise<void> {
  await ecs.describeTaskDefinition("etl", signal);
  const { arn } = await ecs.registerTaskDefinition({ family: "etl" }, signal);
  await ecs.describeTaskDefinition("etl", signal);
  const { tasks } = await ecs.runTask({ taskDefinition: arn }, signal);
  await ecs.describeTasks(null, tasks.map((one) => one.arn), signal);
  await ecs.listTasks(null, "run", signal);
  await ecs.stopTask(null, "task", "why", signal);
  await ecs.findDefinitionsByTag({}, signal);
  await ecs.deregisterTaskDefinition(arn, signal);
}

Deno.test("call metrics: given every call to ECS, when counted, then each has its operation and what came of it", async () => {
  const { observe, counts } = counting();

  await callAll(observedEcs(fakeEcs().calls, observe));

  assert.deepEqual(counts(), [
    ["aws", "ECS", "DescribeTaskDefinition", "notFound", 1],
    ["aws", "ECS", "RegisterTaskDefinition", "ok", 1],
    ["aws", "ECS", "DescribeTaskDefinition", "ok", 1],
    ["aws", "ECS", "RunTask", "ok", 1],
    ["aws", "ECS", "DescribeTasks", "ok", 1],
    ["aws", "ECS", "ListTasks", "ok", 1],
    ["aws", "ECS", "StopTask", "ok", 1],
    ["aws", "Tagging", "GetResources", "ok", 1],
    ["aws", "ECS", "DeregisterTaskDefinition", "ok", 1],
  ]);
});

Deno.test("observed calls: given arguments and answers, when observed, then they pass through as they are", async () => {
  const plain = fakeEcs();
  const watched = fakeEcs();

  await callAll(plain.calls);
  await callAll(observedEcs(watched.calls, unobserved));

  assert.deepEqual(watched.asked, plain.asked);
});

Deno.test("call metrics: given refusals, when counted, then the failure's tag is the result, and it is thrown on", async () => {
  const { observe, counts } = counting();
  const ecs = fakeEcs([{ family: "etl", revision: 1 }]);
  const calls = observedEcs(ecs.calls, observe);
  ecs.failNext("RunTask", { tag: "throttled", retryAfterMs: 0, message: "Rate exceeded" });
  ecs.failNext("RunTask", refused("RunTask", "AccessDenied", "no"));

  await assert.rejects(calls.runTask({ taskDefinition: "etl" }, signal), FailureError);
  await assert.rejects(calls.runTask({ taskDefinition: "etl" }, signal), /AccessDenied/);
  ecs.answerNext({ failures: [{ reason: "RESOURCE:MEMORY" }] });
  await calls.runTask({ taskDefinition: "etl" }, signal);
  ecs.answerNext({ tasks: [task(taskArn(1))] });
  await calls.runTask({ taskDefinition: "etl" }, signal);

  assert.deepEqual(counts().map((row) => row.at(3)), ["throttled", "awsRefused", "notPlaced", "ok"]);
});

Deno.test("call metrics: given a call that is given up or broken, when counted, then aborted or unexpected", async () => {
  const { observe, counts } = counting();
  const failing = (reason: unknown): Parameters<CallObserver>[0] => ({
    service: "S3",
    operation: "GetObject",
    work: () => Promise.reject(reason),
  });

  await assert.rejects(observe(failing(AbortSignal.abort().reason)), { name: "AbortError" });
  await assert.rejects(observe(failing(new TypeError("text"))), TypeError);

  assert.deepEqual(counts().map((row) => row.at(3)), ["aborted", "unexpected"]);
});

Deno.test("call metrics: given a request to the Prefect API, when counted, then it has a metric of its own, with its duration", async () => {
  const { observe, counts, registry } = counting();

  await observe({ service: "prefect", operation: "hello", work: () => Promise.resolve(1) });

  assert.deepEqual(counts(), [["api", "hello", "ok", 1]]);
  assert.match(
    registry.render(),
    /prefect_agent_api_call_seconds_sum\{operation="hello",result="ok"\} 0\.04\n/,
  );
});
