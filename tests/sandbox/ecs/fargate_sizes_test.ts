import assert from "node:assert/strict";
import { cpuUnits, isFargateSize, memoryMiB } from "../../../sandbox/ecs/fargate_sizes.ts";

const SIZES: readonly (readonly [number, number, boolean])[] = [
  [256, 512, true],
  [256, 1024, true],
  [256, 1536, false],
  [256, 2048, true],
  [256, 3072, false],
  [512, 512, false],
  [512, 4096, true],
  [1024, 1024, false],
  [1024, 2048, true],
  [1024, 8192, true],
  [1024, 9216, false],
  [2048, 16_384, true],
  [4096, 8192, true],
  [4096, 30_720, true],
  [4096, 31_744, false],
  [8192, 16_384, true],
  [8192, 18_432, false],
  [8192, 61_440, true],
  [16_384, 122_880, true],
  [16_384, 36_864, false],
  [300, 512, false],
];

for (const [cpu, memory, isOffered] of SIZES) {
  Deno.test(`Fargate sizes: given ${cpu} units and ${memory} MiB, then it is ${isOffered ? "" : "not "}offered`, () => {
    assert.equal(isFargateSize(cpu, memory), isOffered);
  });
}

Deno.test("Fargate sizes: given units or words, then both are read", () => {
  assert.deepEqual(["1024", "1 vCPU", ".25 vcpu", "2vCPU"].map(cpuUnits), [1024, 1024, 256, 2048]);
  assert.deepEqual(["2048", "2GB", "0.5 gb", "30 GB"].map(memoryMiB), [2048, 2048, 512, 30_720]);
  assert.deepEqual(["", "much", "-1", "1 GB"].map(cpuUnits), [null, null, null, null]);
});
