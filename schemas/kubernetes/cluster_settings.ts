/**
 * What the options of an agent say about its cluster.
 *
 * @module
 */

/** Which finished Jobs stay: all, those that failed, none. */
export const KEEP_JOBS = ["all", "failed", "none"] as const;

/** One of {@link KEEP_JOBS}. */
export type KeepJobs = (typeof KEEP_JOBS)[number];

/** Settings of the connection and of the Jobs that are there. */
export interface ClusterSettings {
  /** Where Jobs are made, followed and deleted. */
  readonly namespace: string;
  readonly keepJobs: KeepJobs;
  /** `--kubeconfig`: a file that wins over the pod's own account. Null: not given. */
  readonly kubeconfig: string | null;
  /** `--context`: a context of the kubeconfig, which wins over the pod's own account. Null: not given. */
  readonly context: string | null;
}
