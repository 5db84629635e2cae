import assert from "node:assert/strict";
import fc from "fast-check";
import type { JsonObject } from "../../../../schemas/json/json.ts";
import { readEvent } from "../../../../schemas/kubernetes/objects/event.ts";
import { readJob } from "../../../../schemas/kubernetes/objects/job.ts";
import { readPage, readWatchLine } from "../../../../schemas/kubernetes/objects/list.ts";
import { readPod } from "../../../../schemas/kubernetes/objects/pod.ts";
import { isForbidden, refusalOf } from "../../../../schemas/kubernetes/objects/status.ts";
import { containerStatus, podOf } from "../../../support/kubernetes/fake_kube.ts";
import { pythonJob, RUN } from "../../../support/kubernetes/world.ts";

const ASKED = { verb: "create", resource: "jobs", group: "batch", namespace: "flows", isRead: false };

function isJson(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Objects with members of the right names and of any kind. */
const odd = fc.object({
  key: fc.constantFrom(
    ...[
      "metadata",
      "name",
      "labels",
      "annotations",
      "spec",
      "template",
      "status",
      "conditions",
      "containers",
    ],
    ...["containerStatuses", "state", "waiting", "terminated", "involvedObject", "items", "object", "type"],
  ),
  maxDepth: 5,
});

Deno.test("objects: given members of any kind, when they are read, then nothing is thrown", () => {
  fc.assert(fc.property(odd, (made) => {
    const object: unknown = JSON.parse(JSON.stringify(made));
    assert.ok(isJson(object));
    for (const read of [readJob, readPod, readEvent, readPage, readWatchLine]) read(object);
    refusalOf({ status: 422, body: object, retryAfterMs: null }, ASKED);
  }));
});

Deno.test("objects: given texts of any length, when they are read, then they are kept short and on one line", () => {
  const long = "x\n".repeat(100_000);
  const status = {
    phase: "Pending",
    containerStatuses: [containerStatus("flow", { waiting: { reason: "R", message: long } })],
  };
  const state = readPod(podOf(pythonJob("job", RUN), status))?.containers[0]?.state;

  assert.ok(state?.at === "waiting" && (state.message?.length ?? 0) < 1100 && !state.message?.includes("\n"));
});

Deno.test("objects: given a Job of an agent in Python, when it is read, then its run, its first container and Kubernetes' own limit are known", () => {
  const spec = { template: { spec: { containers: [{ name: "main" }] } } };
  const job = readJob({ ...pythonJob("job", RUN), spec });

  assert.deepEqual([job?.runId, job?.container, job?.backoffLimit], [RUN, "main", 6]);
});

for (
  const [what, times] of [
    ["a series", {
      series: { lastObservedTime: "2023-01-02T03:04:05.000000Z" },
      eventTime: "2022-01-01T00:00:00Z",
    }],
    ["lastTimestamp", { lastTimestamp: "2023-01-02T03:04:05Z", firstTimestamp: "2022-01-01T00:00:00Z" }],
    ["eventTime alone", { lastTimestamp: null, eventTime: "2023-01-02T03:04:05.000000Z" }],
    ["firstTimestamp alone", { firstTimestamp: "2023-01-02T03:04:05Z" }],
  ] as const
) {
  Deno.test(`objects: given an event with ${what}, when it is read, then its moment is known`, () => {
    const event = readEvent({ metadata: { name: "e" }, reason: "R", ...times });

    assert.equal(event?.atMs, Date.UTC(2023, 0, 2, 3, 4, 5));
  });
}

Deno.test("objects: given lines of a watch, when they are read, then each kind is told apart", () => {
  const object = { metadata: { resourceVersion: "7" } };
  const types = ["ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR", "ODD"].map((type) =>
    readWatchLine({ type, object: type === "ERROR" ? { code: 410, message: "too old" } : object })?.type ??
      null
  );

  assert.deepEqual(types, ["put", "put", "gone", "bookmark", "refused", null]);
});

Deno.test("refusals: given an answer of the API server, when it is told, then reason and message are there and no headers", () => {
  const body = { kind: "Status", reason: "Forbidden", message: "jobs.batch is forbidden" };
  const failure = refusalOf({ status: 403, body, retryAfterMs: null }, ASKED);

  assert.ok(isForbidden(failure));
  assert.match(failure.message, /create jobs in namespace flows: jobs\.batch is forbidden \(Forbidden\)/);
});
