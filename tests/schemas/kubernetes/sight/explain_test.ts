import assert from "node:assert/strict";
import type { LostTask } from "../../../../schemas/contracts/platform.ts";
import { CAUSE_CLASS, type EndCause } from "../../../../schemas/kubernetes/sight/evidence.ts";
import { explainEnd, explainSlow } from "../../../../schemas/kubernetes/sight/explain.ts";

function lost(cause: EndCause, lines: readonly string[] = []): LostTask {
  const evidence = {
    ...{
      cause,
      pod: "job-pod",
      container: "flow",
      exitCode: 143,
      signal: 15,
      reason: "Error",
      message: "boom",
    },
    ...{
      podReason: "Evicted",
      podMessage: "low on memory",
      jobReason: "BackoffLimitExceeded",
      jobMessage: "limit",
    },
    others: ["proxy"],
  };
  return {
    runId: "run",
    taskId: "job",
    seen: {
      ...{ phase: "stopped", status: "Failed", failed: true, neverRan: false, endedByItself: true },
      ...{ class: CAUSE_CLASS[cause], evidence },
    },
    wasRunning: true,
    log: { places: [], lastLines: lines },
  };
}

for (const cause of Object.keys(CAUSE_CLASS)) {
  if (!isCause(cause)) throw new TypeError(cause);
  Deno.test(`explain: given a Job that ended by ${cause}, when it is explained, then exit code, signal, reasons, pod and messages are named`, () => {
    const { message, class: stopClass } = explainEnd(lost(cause));

    for (
      const part of [
        "job",
        "run",
        "job-pod",
        "flow",
        "exit code 143",
        "signal 15",
        "reason Error",
        "boom",
        "Evicted",
        "BackoffLimitExceeded",
        "proxy",
      ]
    ) {
      assert.ok(message.includes(part), `${part} in ${message}`);
    }
    assert.equal(stopClass, CAUSE_CLASS[cause]);
  });
}

function isCause(text: string): text is EndCause {
  return Object.hasOwn(CAUSE_CLASS, text);
}

for (
  const [resource, option] of [
    ["jobs", "--flow-rbac grants"],
    ["pods", "--flow-rbac grants"],
    ["services", "--flow-rbac dask grants"],
    ["pods/log", "--flow-rbac dask grants"],
    ["poddisruptionbudgets", "--flow-rbac dask grants"],
  ]
) {
  Deno.test(`explain: given a flow that may not use ${resource}, when its pod's last lines say so, then the option is named that ${option}`, () => {
    const line =
      `HTTP response body: {"message":"${resource} is forbidden: User \\"system:serviceaccount:flows:default\\" ` +
      `cannot create resource \\"${resource}\\" in API group \\"\\""}`;

    assert.ok(
      explainEnd(lost("failed", [line])).message.includes(`${option}`),
      explainEnd(lost("failed", [line])).message,
    );
  });
}

Deno.test("explain: given a Job that did not start in time, when it is explained, then the last reason is there", () => {
  const slow = { runId: "run", taskId: "job", wasRunning: false, startMs: 6000 };

  assert.match(explainSlow(slow, "FailedScheduling: no room").message, /6 s.*FailedScheduling: no room/);
  assert.equal(explainSlow(slow, null).class, "tooSlow");
});
