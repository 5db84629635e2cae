/**
 * How much one agent asks of an API server. A cluster serves many, and client libraries allow themselves about as much.
 *
 * @module
 */

import type { BucketLimit } from "../time/bucket_limit.ts";

/** One kind of call. */
export interface KubeBucketRow {
  readonly limit: BucketLimit;
  /** For people. */
  readonly description: string;
}

/** The kinds of calls that have a limiter. */
export type KubeBucket = "create" | "delete" | "read";

/** Each kind with its limit. */
export const KUBE_BUCKETS: Readonly<Record<KubeBucket, KubeBucketRow>> = {
  create: { limit: { burst: 25, refillPerS: 25 }, description: "Creating Jobs" },
  delete: { limit: { burst: 15, refillPerS: 15 }, description: "Deleting Jobs" },
  read: { limit: { burst: 10, refillPerS: 5 }, description: "Lists, watches and logs" },
};
