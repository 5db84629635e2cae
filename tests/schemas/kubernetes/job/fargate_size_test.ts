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
