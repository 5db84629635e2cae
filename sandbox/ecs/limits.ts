/**
 * Which request takes from which token bucket, and how large the buckets are.
 *
 * @see "Request throttling for the Amazon ECS API" and "AWS Fargate throttling quotas", Amazon ECS documentation
 * @module
 */

import type { Clock } from "../../schemas/time/clock.ts";
import { AwsError } from "./error.ts";
import type { TaskRecord } from "./records.ts";
import { type BucketLevel, type BucketLimit, fullBucket, takeTokens } from "./token_bucket.ts";

/** `documented`: the buckets of the documentation; `none`: nothing is ever throttled. */
export type LimitChoice = "documented" | "none";

/** Buckets by name, as documented: {@link AwsLimits} of the agent says the same on its own, so that each tests the other. */
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
  // RunTask on Fargate has a bucket of its own beside that of the cluster resources, and its tasks have one by capacity.
  fargateRunTask: { burst: 20, perSecond: 20 },
  fargateOnDemand: { burst: 100, perSecond: 20 },
  fargateSpot: { burst: 100, perSecond: 20 },
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

/** What RunTask takes from one bucket beside that of its operation. */
export interface Draw {
  readonly bucket: BucketName;
  readonly tokens: number;
}

/** What a launch of so many tasks takes on Fargate: one call and as many tasks; elsewhere nothing. */
export function fargateDraws(
  { launchType, capacityProvider }: Pick<TaskRecord, "launchType" | "capacityProvider">,
  count: number,
): readonly Draw[] {
  if (launchType !== "FARGATE") return [];
  const capacity = capacityProvider === "FARGATE_SPOT" ? "fargateSpot" : "fargateOnDemand";
  return [{ bucket: "fargateRunTask", tokens: 1 }, { bucket: capacity, tokens: count }];
}

/** Takes tokens for requests; one per account and region. */
export interface Limiter {
  /**
   * @param draw a bucket of which one token is taken, or how many of which
   * @throws {AwsError} `ThrottlingException` when the bucket holds too few
   */
  readonly take: (draw: BucketName | Draw, region: string) => void;
}

/** A limiter with full buckets. */
export function createLimiter(choice: LimitChoice, clock: Pick<Clock, "now">): Limiter {
  const levels = new Map<string, BucketLevel>();
  return {
    take: (draw, region) => {
      if (choice === "none") return;
      const { bucket, tokens } = typeof draw === "string" ? { bucket: draw, tokens: 1 } : draw;
      const limit = DOCUMENTED_BUCKETS[bucket];
      const key = `${region}/${bucket}`;
      const now = clock.now();
      const { level, taken } = takeTokens(levels.get(key) ?? fullBucket(limit, now), limit, { tokens, now });
      levels.set(key, level);
      if (!taken) throw new AwsError("ThrottlingException", "Rate exceeded");
    },
  };
}
