/**
 * The API rate limits of one AWS account, as data.
 *
 * @module
 */

import type { BucketLimit } from "../time/bucket_limit.ts";
import * as v from "valibot";
import { FailureError } from "../failure/failure.ts";
import { isJsonObject } from "../json/json.ts";

/**
 * The buckets this program draws from. All actions of one bucket share it, and so does everything else in the account and
 * region.
 */
export const AWS_BUCKETS = {
  definitionModify: "registering and deregistering task definitions",
  definitionRead: "describing task definitions",
  clusterModify: "starting and stopping tasks",
  clusterRead: "describing and listing tasks",
  fargateRunTask: "starting Fargate tasks",
  fargateOnDemand: "launches of Fargate tasks",
  fargateSpot: "launches of Fargate Spot tasks",
  tagSearch: "searching by tags",
} as const;

/** Name of a bucket. */
export type AwsBucket = keyof typeof AWS_BUCKETS;

/** A limit for each bucket; null: not paced until AWS throttles. */
export type AwsLimits = Readonly<Record<AwsBucket, BucketLimit | null>>;

/**
 * What AWS documents.
 *
 * @see "Request throttling for the Amazon ECS API"; "AWS Fargate throttling quotas"; "Resource Groups Tagging API quotas"
 */
export const DOCUMENTED_LIMITS: AwsLimits = {
  definitionModify: { burst: 20, refillPerS: 1 },
  definitionRead: { burst: 50, refillPerS: 20 },
  clusterModify: { burst: 100, refillPerS: 40 },
  clusterRead: { burst: 100, refillPerS: 20 },
  fargateRunTask: { burst: 20, refillPerS: 20 },
  fargateOnDemand: { burst: 100, refillPerS: 20 },
  fargateSpot: { burst: 100, refillPerS: 20 },
  tagSearch: { burst: 15, refillPerS: 15 },
};

/** No pacing in advance; throttling still slows down. */
export const NO_LIMITS: AwsLimits = {
  definitionModify: null,
  definitionRead: null,
  clusterModify: null,
  clusterRead: null,
  fargateRunTask: null,
  fargateOnDemand: null,
  fargateSpot: null,
  tagSearch: null,
};

const positive = v.pipe(v.number(), v.finite(), v.gtValue(0));
const limit = v.nullable(v.strictObject({
  burst: v.pipe(positive, v.minValue(1)),
  refillPerS: positive,
}));
// A list would pass for an object without members.
const table = v.pipe(
  v.custom(isJsonObject),
  v.strictObject({
    definitionModify: v.optional(limit),
    definitionRead: v.optional(limit),
    clusterModify: v.optional(limit),
    clusterRead: v.optional(limit),
    fargateRunTask: v.optional(limit),
    fargateOnDemand: v.optional(limit),
    fargateSpot: v.optional(limit),
    tagSearch: v.optional(limit),
  }),
);

/**
 * A table given by the user: buckets that it does not name keep the documented limit, null switches one off.
 *
 * @param value parsed JSON or YAML, e.g. `{ clusterModify: { burst: 200, refillPerS: 80 } }`
 * @param place the file, for messages
 * @throws {FailureError} `configuration` that names bucket and accepted values
 */
export function parseAwsLimits(value: unknown, place: string): AwsLimits {
  const parsed = v.safeParse(table, value);
  if (parsed.success) return { ...DOCUMENTED_LIMITS, ...defined(parsed.output) };
  const [issue] = parsed.issues;
  const path = v.getDotPath(issue) ?? "the file";
  const message = `Cannot use the AWS limits of ${place}: ${path} is not as it should be; each of ` +
    `${Object.keys(AWS_BUCKETS).join(", ")} is null or {burst: 1 or more, refillPerS: more than 0}`;
  throw new FailureError({ tag: "configuration", field: "aws-limits", message });
}

function defined(given: v.InferOutput<typeof table>): Partial<AwsLimits> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
