/** Sizes of pods on Fargate, as the EKS user guide counts them. */

import assert from "node:assert/strict";
import type { JsonObject } from "../../../../schemas/json/json.ts";
import { fargateSize } from "../../../../schemas/kubernetes/job/fargate_size.ts";

function jobOf(pod: JsonObject): JsonObject {
  return { spec: { template: { spec: pod } } };
}

function asking(cpu: string, memory: string): JsonObject {
  return { name: "flow", resources: { requests: { cpu, memory }, limits: { cpu, memory } } };
}

const ROWS: readonly (readonly [cpu: string, memory: string, size: readonly [number, number] | null])[] = [
  ["0", "0", [0.25, 0.5]],
  ["250m", "256Mi", [0.25, 0.5]],
  ["250m", "257Mi", [0.25, 1]],
  ["250m", "1Gi", [0.25, 2]],
  ["0.3", "512Mi", [0.5, 1]],
  ["1", "2Gi", [1, 3]],
  ["1", "8Gi", [2, 9]],
  ["4", "29.75Gi", [4, 30]],
  ["5", "10Gi", [8, 16]],
  ["16", "119.75Gi", [16, 120]],
  ["16", "120Gi", null],
  ["17", "1Gi", null],
];
for (const [cpu, memory, size] of ROWS) {
  Deno.test(`fargate size: given ${cpu} CPU and ${memory}, when counted, then it is ${size?.join(" vCPU and ") ?? "too large"} GB`, () => {
    const found = fargateSize(jobOf({ containers: [asking(cpu, memory)] }));

    assert.deepEqual(found === null ? null : [found.cpu, found.memoryGiB], size);
  });
}

Deno.test("fargate size: given init containers and several containers, when counted, then the larger of the largest and the sum counts, and what is not equal is named", () => {
  const size = fargateSize(jobOf({
    initContainers: [asking("2", "1Gi"), { name: "side", restartPolicy: "Always", ...asking("500m", "1Gi") }],
    containers: [asking("500m", "1Gi"), {
      name: "log",
      resources: { requests: { cpu: "500m" }, limits: { cpu: "1" } },
    }],
  }));

  assert.deepEqual(size?.requested, { cpu: 2, memoryGiB: 2 });
  assert.deepEqual(size?.unequal, ["log"]);
});

/** Amounts whose sum is a size exactly, and is not as a sum of binary fractions. */
const SUMS: readonly (readonly [
  cpus: readonly string[],
  memories: readonly string[],
  size: readonly [number, number],
])[] = [
  [["0.1", "0.2", "0.7"], ["0.75Gi", "0.5Gi", "0.5Gi"], [1, 2]],
  [["100m", "0.2", "200m"], ["0.25Gi", "0.25Gi", "0.25Gi"], [0.5, 1]],
  [["0.1", "0.1", "0.05"], ["0.1Gi", "0.1Gi", "0.05Gi"], [0.25, 1]],
  [["1.1", "2.2", "0.7"], ["0.1Gi", "0.2Gi", "7.45Gi"], [4, 9]],
  [["0.7", "0.1", "0.2"], ["100M", "100M", "100M"], [1, 2]],
];
for (const [cpus, memories, size] of SUMS) {
  Deno.test(`fargate size: given ${cpus.join(" + ")} CPU and ${memories.join(" + ")}, when counted, then it is ${size.join(" vCPU and ")} GB in any order`, () => {
    const containers = cpus.map((cpu, index) => asking(cpu, memories[index] ?? "0"));
    const found = [containers, containers.toReversed()].map((all) => fargateSize(jobOf({ containers: all })));

    for (const one of found) assert.deepEqual([one?.cpu, one?.memoryGiB], size);
  });
}

Deno.test("fargate size: given one amount in two spellings, when request and limit are compared, then they are equal", () => {
  const resources = { requests: { cpu: "0.29", memory: "1.5Gi" }, limits: { cpu: "290m", memory: "1536Mi" } };
  const size = fargateSize(jobOf({ containers: [{ name: "flow", resources }] }));

  assert.deepEqual(size?.unequal, []);
});
