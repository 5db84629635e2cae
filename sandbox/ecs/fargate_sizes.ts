/**
 * Sizes of tasks.
 *
 * @see "Amazon ECS task definition parameters: task size", Amazon ECS documentation
 * @module
 */

const MIB = 1024;

/** Memory in MiB from, to, and the step between, by CPU units. */
const MEMORY: ReadonlyMap<number, readonly [number, number, number]> = new Map([
  [256, [512, 2 * MIB, 512]],
  [512, [MIB, 4 * MIB, MIB]],
  [1024, [2 * MIB, 8 * MIB, MIB]],
  [2048, [4 * MIB, 16 * MIB, MIB]],
  [4096, [8 * MIB, 30 * MIB, MIB]],
  [8192, [16 * MIB, 60 * MIB, 4 * MIB]],
  [16384, [32 * MIB, 120 * MIB, 8 * MIB]],
]);

/** CPU units of `1024`, `1 vCPU` or `.5 vcpu`, null for anything else. */
export function cpuUnits(text: string): number | null {
  const found = /^\s*([0-9]*\.?[0-9]+)\s*(vcpu)?\s*$/i.exec(text);
  if (found === null) return null;
  return Number(found[1]) * (found[2] === undefined ? 1 : 1024);
}

/** MiB of `2048`, `2GB` or `2 gb`, null for anything else. */
export function memoryMiB(text: string): number | null {
  const found = /^\s*([0-9]*\.?[0-9]+)\s*(gb)?\s*$/i.exec(text);
  if (found === null) return null;
  return Number(found[1]) * (found[2] === undefined ? 1 : MIB);
}

/** Whether Fargate offers this pair; 256 CPU units with 1.5 GiB is none. */
export function isFargateSize(cpu: number, memory: number): boolean {
  const range = MEMORY.get(cpu);
  if (range === undefined) return false;
  const [from, to, step] = range;
  if (cpu === 256) return memory === 512 || memory === MIB || memory === 2 * MIB;
  return memory >= from && memory <= to && (memory - from) % step === 0;
}
