/**
 * Parts of the ARN of a task.
 *
 * @module
 */

/** Cluster of a task: new ARNs name it, old ones do not. @see "ECS account settings", long ARN format */
export function clusterOfTask(arn: string, otherwise: string | null): string | null {
  return LONG_ARN.exec(arn)?.[1] ?? otherwise;
}

const LONG_ARN = /^(?:[^:]*:){5}task\/([^/]*)\//;
