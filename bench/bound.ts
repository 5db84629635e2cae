/**
 * The least time in which AWS's documented limits, or the agent's own for Kubernetes, let a number of runs start.
 *
 * @module
 */

import { DOCUMENTED_BUCKETS } from "../sandbox/ecs/limits.ts";
import { KUBE_LIMITS } from "../schemas/kubernetes/pacing.ts";
import type { BucketLimit } from "../sandbox/ecs/token_bucket.ts";

/** What is to be started. */
export interface Work {
  readonly runs: number;
  /** Each has a task definition of its own to be registered. */
  readonly flows: number;
  readonly launchType: string;
  /** Part of the limits that may be used. */
  readonly share: number;
}

const { clusterResourceModify, fargateRunTask, fargateOnDemand, taskDefinitionModify, taskDefinitionRead } =
  DOCUMENTED_BUCKETS;

/** Seconds from full buckets to the last RunTask: the first call goes at once, and each bucket gives its burst, then its rate. */
export function boundS({ runs, flows, launchType, share }: Work): number {
  const launching = launchType === "FARGATE"
    ? [clusterResourceModify, fargateRunTask, fargateOnDemand]
    : [clusterResourceModify];
  return Math.max(
    timeS(flows, taskDefinitionModify, share),
    timeS(flows, taskDefinitionRead, share),
    ...launching.map((limit) => timeS(runs, limit, share)),
  );
}

function timeS(calls: number, { burst, perSecond }: BucketLimit, share: number): number {
  return Math.max(0, (calls - burst * share) / (perSecond * share));
}

/** Least seconds in which the agent creates the Jobs of runs, as it allows itself. */
export function kubernetesBoundS(runs: number): number {
  const { burst, refillPerS } = KUBE_LIMITS.create;
  return Math.max(0, runs - burst) / refillPerS;
}
