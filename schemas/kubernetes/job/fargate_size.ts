/**
 * The size that EKS gives a pod on Fargate: it is counted from requests, and there are only certain sizes.
 *
 * @see EKS user guide, "Understand Fargate Pod configuration details"
 * @module
 */

import type { JsonObject } from "../../json/json.ts";
import { mapping } from "../../json/shape.ts";
import { amountOf } from "./quantity.ts";
import { containersBeside, podRequests } from "./requests.ts";

/** A size, and what it was counted from. CPU in vCPUs, memory in GiB. */
export interface FargateSize {
  readonly cpu: number;
  readonly memoryGiB: number;
  /** What the pod asks for, without what is added. */
  readonly requested: { readonly cpu: number; readonly memoryGiB: number };
  /** Containers with a request that is not its limit: what is above the request is not there on Fargate. */
  readonly unequal: readonly string[];
}

/** Memory that is added for Kubernetes' own programs, in GiB. */
export const ADDED_GIB = 0.25;

const GIB = 1024 ** 3;

interface Row {
  readonly cpu: number;
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

/** Memory of each CPU size, in GiB. The smallest has 0.5, 1 and 2. */
const ROWS: readonly Row[] = [
  { cpu: 0.25, from: 0.5, to: 2, step: 0.5 },
  { cpu: 0.5, from: 1, to: 4, step: 1 },
  { cpu: 1, from: 2, to: 8, step: 1 },
  { cpu: 2, from: 4, to: 16, step: 1 },
  { cpu: 4, from: 8, to: 30, step: 1 },
  { cpu: 8, from: 16, to: 60, step: 4 },
  { cpu: 16, from: 32, to: 120, step: 8 },
];

/** The size of a Job's pod; null: it asks for more than there is. */
export function fargateSize(job: JsonObject): FargateSize | null {
  const pod = mapping(mapping(mapping(job.spec).template).spec);
  const amounts = podRequests(pod);
  const [milli, bytes] = [amounts.get("cpu") ?? 0n, amounts.get("memory") ?? 0n];
  const requested = { cpu: Number(milli) / 1000, memoryGiB: Number(bytes) / GIB };
  const size = roundedUp(milli, bytes + BigInt(ADDED_GIB * GIB));
  const unequal = containersBeside(pod).filter(isUnequal).map(({ name }) => String(name));
  return size === null ? null : { ...size, requested, unequal };
}

function isUnequal({ resources }: JsonObject): boolean {
  const { requests, limits } = mapping(resources);
  const names = new Set([...Object.keys(mapping(requests)), ...Object.keys(mapping(limits))]);
  return [...names].some((name) => {
    const limit = mapping(limits)[name];
    const request = mapping(requests)[name] ?? limit;
    return limit === undefined || amountOf(String(request)) !== amountOf(String(limit));
  });
}

/** The smallest size that holds both: without requests it is the smallest of all. */
function roundedUp(milli: bigint, bytes: bigint): Pick<FargateSize, "cpu" | "memoryGiB"> | null {
  for (const row of ROWS) {
    if (BigInt(row.cpu * 1000) < milli || BigInt(row.to * GIB) < bytes) continue;
    // No row holds more bytes than a number holds exactly.
    const steps = Math.max(0, Math.ceil((Number(bytes) - row.from * GIB) / (row.step * GIB)));
    const memory = row.from + steps * row.step;
    return { cpu: row.cpu, memoryGiB: row.cpu === 0.25 && memory === 1.5 ? 2 : memory };
  }
  return null;
}
