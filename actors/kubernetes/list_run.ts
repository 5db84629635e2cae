/**
 * Reads the Jobs and pods of one run from the API server, where watches do not tell what there is, or may not.
 *
 * @module
 */

import { FailureError } from "../../schemas/failure/failure.ts";
import type { JsonObject } from "../../schemas/json/json.ts";
import { FLOW_RUN_LABEL } from "../../schemas/kubernetes/labels.ts";
import { readJob } from "../../schemas/kubernetes/objects/job.ts";
import { readPod } from "../../schemas/kubernetes/objects/pod.ts";
import { isForbidden } from "../../schemas/kubernetes/objects/status.ts";
import type { Clock } from "../../schemas/time/clock.ts";
import type { KubeCalls } from "./requests/calls.ts";
import type { JobStore } from "./watching/store.ts";

/** What reading needs. */
export interface ListRunDeps {
  readonly namespace: string;
  readonly calls: Pick<KubeCalls, "list">;
  readonly store: Pick<JobStore, "replaceJobs" | "replacePods">;
  readonly clock: Pick<Clock, "now">;
}

/** Puts Jobs and pods of a run into the store as they are now: what is not listed is gone. @throws {FailureError} */
export type ListRun = (runId: string, signal: AbortSignal) => Promise<void>;

/** Objects of one page: a run has few. */
const PAGE = 50;

/** Makes it. */
export function makeListRun(deps: ListRunDeps): ListRun {
  const { store, clock } = deps;
  return async (runId, signal) => {
    const beganMs = clock.now();
    const jobs = await listOfRun("jobs", runId, deps, signal);
    if (jobs !== null) store.replaceJobs(jobs.flatMap((job) => readJob(job) ?? []), beganMs, runId);
    const pods = await listOfRun("pods", runId, deps, signal);
    if (pods !== null) store.replacePods(pods.flatMap((pod) => readPod(pod) ?? []), beganMs, runId);
  };
}

/** Null: they may not be listed. */
async function listOfRun(
  resource: "jobs" | "pods",
  runId: string,
  { namespace, calls }: ListRunDeps,
  signal: AbortSignal,
): Promise<readonly JsonObject[] | null> {
  const query = { resource, namespace, labelSelector: `${FLOW_RUN_LABEL}=${runId}`, limit: PAGE };
  const objects: JsonObject[] = [];
  try {
    for (let next: string | null = null;;) {
      const page = await calls.list({ ...query, next }, signal);
      objects.push(...page.items);
      next = page.next;
      if (next === null) return objects;
    }
  } catch (thrown) {
    if (!(thrown instanceof FailureError) || !isForbidden(thrown.failure)) throw thrown;
    return null;
  }
}
