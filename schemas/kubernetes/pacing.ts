/**
 * How much one agent asks of an API server. A cluster serves many, and client libraries allow themselves about as much.
 *
 * @module
 */

import type { BucketLimit } from "../time/bucket_limit.ts";

/** The kinds of calls that have a limiter, with what they are, for people. */
export const KUBE_BUCKETS = {
  create: "creating Jobs",
  delete: "deleting Jobs",
  read: "lists, watches and logs",
} as const;

/** One of {@link KUBE_BUCKETS}. */
export type KubeBucket = keyof typeof KUBE_BUCKETS;

/** Each kind with its limit. */
export const KUBE_LIMITS: Readonly<Record<KubeBucket, BucketLimit>> = {
  create: { burst: 25, refillPerS: 25 },
  delete: { burst: 15, refillPerS: 15 },
  read: { burst: 10, refillPerS: 5 },
};
