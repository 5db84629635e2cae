import assert from "node:assert/strict";
import {
  type ContainerSight,
  type ContainerState,
  endOf,
  isRestarted,
  phaseOf,
  statusOfPod,
  unschedulable,
} from "../../../../sandbox/kubernetes/pods/pod_status.ts";
import type { JsonObject } from "../../../../schemas/json/json.ts";
import { mapping, mappings } from "../../../../schemas/json/shape.ts";

const NOW = Date.UTC(2026, 0, 1);
const WAITING: ContainerState = { at: "waiting", reason: "ContainerCreating", message: null };
const RUNNING: ContainerState = { at: "running", startedMs: NOW };
const ended = (exitCode: number): ContainerState => endOf(exitCode, NOW, NOW + 1000);
const sight = (state: ContainerState, more: Partial<ContainerSight> = {}): ContainerSight => ({
  state,
  before: null,
  restarts: 0,
  ...more,
});

function podOf(
  restartPolicy: string,
  init: readonly string[] = [],
  main: readonly string[] = ["flow"],
): JsonObject {
  const named = (names: readonly string[]) => names.map((name) => ({ name, image: "x:1" }));
  return { spec: { restartPolicy, initContainers: named(init), containers: named(main) }, status: {} };
}

const PHASES: readonly (readonly [
  what: string,
  pod: JsonObject,
  states: Readonly<Record<string, ContainerState>>,
  phase: string,
])[] = [
  ["a container that waits", podOf("Never"), { flow: WAITING }, "Pending"],
  ["a container that runs", podOf("Never"), { flow: RUNNING }, "Running"],
  ["a container that ended with 0", podOf("Never"), { flow: ended(0) }, "Succeeded"],
  ["a container that ended with 3", podOf("Never"), { flow: ended(3) }, "Failed"],
  ["a failure that is restarted", podOf("OnFailure"), { flow: ended(3) }, "Running"],
  ["a success that is not restarted", podOf("OnFailure"), { flow: ended(0) }, "Succeeded"],
  ["a success that is always restarted", podOf("Always"), { flow: ended(0) }, "Running"],
  [
    "one of two has ended",
    podOf("Never", [], ["flow", "side"]),
    { flow: ended(0), side: RUNNING },
    "Running",
  ],
  [
    "one of two has failed",
    podOf("Never", [], ["flow", "side"]),
    { flow: ended(0), side: ended(1) },
    "Failed",
  ],
  ["an init container that runs", podOf("Never", ["init"]), { init: RUNNING, flow: WAITING }, "Pending"],
  ["an init container that failed", podOf("Never", ["init"]), { init: ended(1), flow: WAITING }, "Failed"],
  [
    "an init container that is restarted",
    podOf("OnFailure", ["init"]),
    { init: ended(1), flow: WAITING },
    "Pending",
  ],
];

for (const [what, pod, states, phase] of PHASES) {
  Deno.test(`pod status: given ${what}, then the pod is ${phase}`, () => {
    const containers = new Map(Object.entries(states).map(([name, state]) => [name, sight(state)]));

    assert.equal(phaseOf(pod, containers), phase);
  });
}

Deno.test("pod status: given a container that waits for its next start, then the pod has begun", () => {
  const before = endOf(1, NOW, NOW);

  assert.equal(phaseOf(podOf("OnFailure"), new Map([["flow", sight(WAITING, { before })]])), "Running");
});

Deno.test("pod status: given policies and codes, then only what is asked for is started again", () => {
  const restarts = ["Never", "OnFailure", "Always"].map((policy) =>
    [0, 1].map((code) => isRestarted(podOf(policy), code))
  );

  assert.deepEqual(restarts, [[false, false], [false, true], [true, true]]);
});

Deno.test("pod status: given ends, then the status tells code, reason and moments, and the time before", () => {
  const pod = podOf("OnFailure");
  const containers = new Map([[
    "flow",
    sight(RUNNING, { before: endOf(137, NOW, NOW + 1000), restarts: 1 }),
  ]]);

  const [container] = mappings(statusOfPod(pod, containers, NOW)["containerStatuses"]);

  assert.deepEqual(container?.["state"], { running: { startedAt: "2026-01-01T00:00:00Z" } });
  assert.deepEqual(container?.["lastState"], {
    terminated: {
      exitCode: 137,
      reason: "Error",
      startedAt: "2026-01-01T00:00:00Z",
      finishedAt: "2026-01-01T00:00:01Z",
    },
  });
  assert.equal(container?.["restartCount"], 1);
  assert.equal(container?.["ready"], true);
});

Deno.test("pod status: given nothing changes, then its moments stay", () => {
  const pod = podOf("Never");
  const containers = new Map([["flow", sight(RUNNING)]]);
  const first = statusOfPod(pod, containers, NOW);

  const second = statusOfPod({ ...pod, status: first }, containers, NOW + 60_000);

  assert.deepEqual(second, first);
  assert.deepEqual(
    mappings(first["conditions"]).map(({ type, status }) => [type, status]),
    [["PodScheduled", "True"], ["Initialized", "True"], ["ContainersReady", "True"], ["Ready", "True"]],
  );
});

Deno.test("pod status: given no node takes it, then its condition says why", () => {
  const status = unschedulable({ status: { phase: "Pending" } }, "0/1 nodes are available", NOW);

  const [condition] = mappings(status["conditions"]);
  assert.equal(status["phase"], "Pending");
  const { type, status: holds, reason, message } = mapping(condition);
  assert.deepEqual([type, holds, reason, message], [
    "PodScheduled",
    "False",
    "Unschedulable",
    "0/1 nodes are available",
  ]);
});
