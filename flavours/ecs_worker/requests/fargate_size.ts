/**
 * The sizes that tasks on Fargate can have.
 *
 * @module
 */

import { badFlowRun } from "../../../schemas/flow_run/bad_flow_run.ts";
import type { Hint } from "../../../schemas/plan/run_plan.ts";
import type { Job } from "./job.ts";

interface Step {
  readonly leastMb: number;
  readonly mostMb: number;
  readonly stepMb: number;
}

const GB = 1024;

/** Memory by CPU units. @see "Task CPU and memory", Amazon ECS developer guide for AWS Fargate */
const SIZES: ReadonlyMap<number, Step> = new Map([
  [256, { leastMb: 512, mostMb: 2 * GB, stepMb: 512 }],
  [512, { leastMb: GB, mostMb: 4 * GB, stepMb: GB }],
  [1024, { leastMb: 2 * GB, mostMb: 8 * GB, stepMb: GB }],
  [2048, { leastMb: 4 * GB, mostMb: 16 * GB, stepMb: GB }],
  [4096, { leastMb: 8 * GB, mostMb: 30 * GB, stepMb: GB }],
  [8192, { leastMb: 16 * GB, mostMb: 60 * GB, stepMb: 4 * GB }],
  [16384, { leastMb: 32 * GB, mostMb: 120 * GB, stepMb: 8 * GB }],
  [32768, { leastMb: 60 * GB, mostMb: 244 * GB, stepMb: 4 * GB }],
]);

/** 256 CPU units go with 512, 1024 and 2048 MiB alone. */
const SMALLEST = { cpu: 256, memory: [512, GB, 2 * GB] } as const;

/**
 * Refuses a size that no task on Fargate has. A pair that Fargate does not have is told and left to AWS, which says so as well.
 *
 * @param cpu CPU units as text
 * @param memory MiB as text
 * @throws {FailureError} `badFlowRun` that names cpu or memory and the accepted values
 */
export function fargateHints({ run }: Job, cpu: string, memory: string): readonly Hint[] {
  const step = SIZES.get(Number(cpu));
  if (step === undefined) {
    throw badFlowRun(run, "cpu", `is no size of Fargate: use ${[...SIZES.keys()].join(", ")}`);
  }
  if (fits(Number(cpu), Number(memory), step)) return [];
  const isKnown = [...SIZES].some(([units, other]) => fits(units, Number(memory), other));
  const accepted = Number(cpu) === SMALLEST.cpu
    ? SMALLEST.memory.join(", ")
    : `${step.leastMb} to ${step.mostMb} in steps of ${step.stepMb}`;
  if (!isKnown) {
    throw badFlowRun(run, "memory", `is no size of Fargate: with ${cpu} CPU units use ${accepted} MiB`);
  }
  const text = `Fargate has no tasks of ${cpu} CPU units with ${memory} MiB of memory: use ${accepted} MiB`;
  return [{ key: `size ${cpu} ${memory}`, text }];
}

function fits(cpu: number, memory: number, { leastMb, mostMb, stepMb }: Step): boolean {
  if (cpu === SMALLEST.cpu) return SMALLEST.memory.some((size) => size === memory);
  return memory >= leastMb && memory <= mostMb && (memory - leastMb) % stepMb === 0;
}
