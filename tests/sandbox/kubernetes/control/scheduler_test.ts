import assert from "node:assert/strict";
import { schedule } from "../../../../sandbox/kubernetes/control/scheduler.ts";
import type { JsonObject } from "../../../../schemas/json/json.ts";

function node(name: string, labels: JsonObject = {}, allocatable: JsonObject = {}): JsonObject {
  return {
    metadata: { name, labels },
    status: { allocatable: { cpu: "2", memory: "4Gi", pods: "3", ...allocatable } },
  };
}

function asking(requests: JsonObject, spec: JsonObject = {}, status: JsonObject = {}): JsonObject {
  return {
    metadata: { name: "a" },
    spec: { containers: [{ name: "flow", resources: { requests } }], ...spec },
    status,
  };
}

function refusal(pod: JsonObject, nodes: readonly JsonObject[], pods: readonly JsonObject[] = []): string {
  const found = schedule(pod, nodes, pods);
  return "refusal" in found ? found.refusal : assert.fail(`it was put on ${found.node}`);
}

Deno.test("scheduler: given room, then the pod gets the node", () => {
  assert.deepEqual(schedule(asking({ cpu: "2", memory: "4Gi" }), [node("one")], []), { node: "one" });
  assert.deepEqual(schedule(asking({}), [node("one")], []), { node: "one" });
});

Deno.test("scheduler: given more than any node has, then it says what is short, in the scheduler's words", () => {
  assert.equal(
    refusal(asking({ memory: "60Gi" }), [node("one")]),
    "0/1 nodes are available: 1 Insufficient memory. " +
      "preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.",
  );
  assert.match(
    refusal(asking({ cpu: "3", memory: "60Gi" }), [node("one")]),
    /: 1 Insufficient cpu, 1 Insufficient memory\./,
  );
  assert.match(refusal(asking({ "nvidia.com/gpu": "1" }), [node("one")]), /1 Insufficient nvidia\.com\/gpu/);
});

Deno.test("scheduler: given pods that are on the node, then those that have not ended take room", () => {
  const there = { nodeName: "one" };
  const running = asking({ cpu: "1500m" }, there, { phase: "Running" });
  const ended = asking({ cpu: "1500m" }, there, { phase: "Succeeded" });
  const elsewhere = asking({ cpu: "1500m" }, { nodeName: "two" }, { phase: "Running" });

  assert.match(refusal(asking({ cpu: "600m" }), [node("one")], [running]), /Insufficient cpu/);
  assert.deepEqual(schedule(asking({ cpu: "600m" }), [node("one")], [ended, elsewhere]), { node: "one" });
});

Deno.test("scheduler: given as many pods as a node takes, then it takes no other", () => {
  const there = Array.from({ length: 3 }, () => asking({}, { nodeName: "one" }, { phase: "Running" }));

  assert.match(refusal(asking({}), [node("one")], there), /1 Too many pods/);
});

Deno.test("scheduler: given the second of two nodes fits, then it is taken; given none, then reasons are counted", () => {
  const nodes = [node("small", {}, { cpu: "1" }), node("large", {}, { cpu: "4" })];

  assert.deepEqual(schedule(asking({ cpu: "3" }), nodes, []), { node: "large" });
  assert.match(refusal(asking({ cpu: "5" }), nodes), /^0\/2 nodes are available: 2 Insufficient cpu\./);
});

const MISMATCH =
  /1 node\(s\) didn't match Pod's node affinity\/selector\. preemption: .* Preemption is not helpful/;

Deno.test("scheduler: given a node selector, then each of its labels must be there", () => {
  const nodes = [node("one", { pool: "flows" })];
  const selecting = (nodeSelector: JsonObject) => asking({}, { nodeSelector });

  assert.deepEqual(schedule(selecting({ pool: "flows" }), nodes, []), { node: "one" });
  assert.match(refusal(selecting({ pool: "gpu" }), nodes), MISMATCH);
  assert.match(refusal(selecting({ pool: "flows", zone: "a" }), nodes), MISMATCH);
});

const EXPRESSIONS:
  readonly (readonly [operator: string, values: readonly string[], key: string, fits: boolean])[] = [
    ["In", ["flows", "gpu"], "pool", true],
    ["In", ["gpu"], "pool", false],
    ["In", ["gpu"], "zone", false],
    ["NotIn", ["gpu"], "pool", true],
    ["NotIn", ["gpu"], "zone", true],
    ["NotIn", ["flows"], "pool", false],
    ["Exists", [], "pool", true],
    ["Exists", [], "zone", false],
    ["DoesNotExist", [], "zone", true],
    ["DoesNotExist", [], "pool", false],
    ["Gt", ["3"], "cores", true],
    ["Gt", ["4"], "cores", false],
    ["Lt", ["5"], "cores", true],
    ["Lt", ["4"], "cores", false],
    ["Lt", ["4"], "zone", false],
  ];

for (const [operator, values, key, fits] of EXPRESSIONS) {
  Deno.test(`scheduler: given the affinity ${key} ${operator} ${values.join()}, then the node ${fits ? "fits" : "does not"}`, () => {
    const nodeSelectorTerms = [{ matchExpressions: [{ key, operator, values }] }];
    const affinity = {
      nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } },
    };

    const found = schedule(asking({}, { affinity }), [node("one", { pool: "flows", cores: "4" })], []);

    assert.equal("node" in found, fits);
  });
}
