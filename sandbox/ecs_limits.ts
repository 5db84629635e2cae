/**
 * Which request takes from which token bucket, and how large the buckets are.
 *
 * @see "Request throttling for the Amazon ECS API" and "AWS Fargate throttling quotas", Amazon ECS documentation
 * @module
 */

import type { Clock } from "../schemas/clock.ts";
import { AwsError } from "./ecs_error.ts";
import { type BucketLevel, type BucketLimit, fullBucket, takeToken } from "./token_bucket.ts";

/** `documented`: the buckets of the documentation; `none`: nothing is ever throttled. */
export type LimitChoice = "documented" | "none";

/** Buckets by name, as documented. */
export const DOCUMENTED_BUCKETS = {
  taskDefinitionModify: { burst: 20, perSecond: 1 },
  taskDefinitionRead: { burst: 50, perSecond: 20 },
  taskDefinitionDelete: { burst: 5, perSecond: 1 },
  clusterResourceModify: { burst: 100, perSecond: 40 },
  clusterResourceRead: { burst: 100, perSecond: 20 },
  clusterModify: { burst: 20, perSecond: 1 },
  clusterRead: { burst: 50, perSecond: 20 },
  tagModify: { burst: 20, perSecond: 10 },
  tagRead: { burst: 50, perSecond: 20 },
  // RunTask on Fargate has a bucket of its own beside that of the cluster resources.
  fargateRunTask: { burst: 20, perSecond: 20 },
} as const satisfies Readonly<Record<string, BucketLimit>>;

/** Name of a bucket. */
export type BucketName = keyof typeof DOCUMENTED_BUCKETS;

const BUCKET_OF: Readonly<Record<string, BucketName>> = {
  RegisterTaskDefinition: "taskDefinitionModify",
  DeregisterTaskDefinition: "taskDefinitionModify",
  DescribeTaskDefinition: "taskDefinitionRead",
  ListTaskDefinitions: "taskDefinitionRead",
  ListTaskDefinitionFamilies: "taskDefinitionRead",
  DeleteTaskDefinitions: "taskDefinitionDelete",
  RunTask: "clusterResourceModify",
  StopTask: "clusterResourceModify",
  DescribeTasks: "clusterResourceRead",
  ListTasks: "clusterResourceRead",
  CreateCluster: "clusterModify",
  DeleteCluster: "clusterModify",
  DescribeClusters: "clusterRead",
  ListClusters: "clusterRead",
  TagResource: "tagModify",
  UntagResource: "tagModify",
  ListTagsForResource: "tagRead",
};

/** The bucket of an operation, undefined for one that has none. */
export function bucketOf(operation: string): BucketName | undefined {
  return Object.hasOwn(BUCKET_OF, operation) ? BUCKET_OF[operation] : undefined;
}

/** Takes tokens for requests; one per account and region. */
export interface Limiter {
  /** @throws {AwsError} `ThrottlingException` when the bucket is empty */
  readonly take: (bucket: BucketName, region: string) => void;
}

/** A limiter with full buckets. */
export function createLimiter(choice: LimitChoice, clock: Clock): Limiter {
  const levels = new Map<string, BucketLevel>();
  return {
    take: (bucket, region) => {
      if (choice === "none") return;
      const limit = DOCUMENTED_BUCKETS[bucket];
      const key = `${region}/${bucket}`;
      const { level, taken } = takeToken(
        levels.get(key) ?? fullBucket(limit, clock.now()),
        limit,
        clock.now(),
      );
      levels.set(key, level);
      if (!taken) throw new AwsError("ThrottlingException", "Rate exceeded");
    },
  };
}
