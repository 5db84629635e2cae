/**
 * The least time in which AWS's documented limits let a number of runs start.
 *
 * @module
 */

import { DOCUMENTED, type Documented } from "./fakes.ts";

/** What is to be started. */
export interface Work {
  readonly runs: number;
  /** Each has a task definition of its own to be registered. */
  readonly flows: number;
  readonly launchType: string;
  /** Part of the limits that may be used. */
  readonly share: number;
}

/** Seconds from full buckets to the last RunTask: the first call goes at once, and each bucket gives its burst, then its rate. */
export function boundS({ runs, flows, launchType, share }: Work): number {
  const launching = launchType === "FARGATE"
    ? [DOCUMENTED.clusterModify, DOCUMENTED.fargateRunTask, DOCUMENTED.fargateOnDemand]
    : [DOCUMENTED.clusterModify];
  return Math.max(
    timeS(flows, DOCUMENTED.definitionModify, share),
    timeS(flows, DOCUMENTED.definitionRead, share),
    ...launching.map((limit) => timeS(runs, limit, share)),
  );
}

function timeS(calls: number, { burst, perS }: Documented, share: number): number {
  return Math.max(0, (calls - burst * share) / (perS * share));
}
