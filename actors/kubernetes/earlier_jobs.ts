/**
 * A run that is launched while a Job of an earlier launch still has a pod: that Job is deleted first, and the new one follows
 * once its pods are gone. A Job that has finished is no obstacle.
 *
 * @module
 */

import type { Log } from "../../schemas/contracts/log.ts";
import { FailureError } from "../../schemas/failure/failure.ts";
import { conditionOf } from "../../schemas/kubernetes/objects/job.ts";
import { isOver } from "../../schemas/kubernetes/objects/pod.ts";
import type { Picture } from "../../schemas/kubernetes/sight/picture.ts";
import type { Clock } from "../../schemas/time/clock.ts";
import { wait } from "../time/wait.ts";
import type { ListRun } from "./list_run.ts";
import type { RemoveJobs } from "./remove_jobs.ts";
import type { ClusterView } from "./watching/cluster_view.ts";

/** What clearing needs. */
export interface EarlierDeps {
  readonly view: Pick<ClusterView, "store" | "known" | "isBehind">;
  readonly listRun: ListRun;
  readonly remove: Pick<RemoveJobs, "now">;
  readonly clock: Clock;
  readonly log: Log;
}

/** A launch that is about to happen. */
export interface ComingLaunch {
  readonly runId: string;
  /** Name of its Job. */
  readonly name: string;
  /** Makes sure that the run is this process's own. */
  readonly confirm: () => Promise<void>;
}

/** Makes room for a launch. @throws {FailureError} `notPlaced` while a pod of an earlier Job lives */
export type ClearEarlier = (launch: ComingLaunch, signal: AbortSignal) => Promise<void>;

/** Longest wait for pods to end before the launch is put off, in milliseconds: most are given 30 s. */
const WAIT_MS = 45_000;

/** Time between two looks at what watches tell, and between two lists where they do not, in milliseconds. */
const LOOK_MS = 250;
const LIST_MS = 1000;

/** Makes it. */
export function makeClearEarlier(deps: EarlierDeps): ClearEarlier {
  return async (launch, signal) => {
    const earlier = await earlierOf(launch, deps, signal);
    if (earlier.length === 0) return;
    await launch.confirm();
    for (const { job: { name, isDeleting } } of earlier) {
      if (isDeleting) continue;
      const why = `flow run ${launch.runId} is launched again, and a pod of this earlier Job may still run`;
      deps.log("WARNING", `Job ${name} is deleted: ${why}`, { runId: launch.runId });
      await deps.remove.now(name, "its flow run is launched again", signal);
    }
    await gone(launch, deps, signal);
  };
}

/** Jobs of the run that are not finished. Where watches do not tell, they are listed. */
async function earlierOf(
  launch: ComingLaunch,
  deps: EarlierDeps,
  signal: AbortSignal,
): Promise<readonly Picture[]> {
  const state = await deps.view.known(signal);
  if (state === "denied") return [];
  if (deps.view.isBehind()) await deps.listRun(launch.runId, signal);
  return living(launch, deps);
}

function living({ runId, name }: ComingLaunch, { view: { store } }: EarlierDeps): readonly Picture[] {
  return store.ofRun(runId).flatMap((other) => {
    const picture = other === name ? null : store.picture(other);
    return picture !== null && isAlive(picture) ? [picture] : [];
  });
}

/** Whether something of a Job may still run. */
export function isAlive(picture: Picture): boolean {
  const { job, gone, pods } = picture;
  // Its pods have ended well, whatever was last seen of them.
  if (conditionOf(job, "Complete") !== null) return false;
  const hasPod = pods.some(({ pod, isGone }) => !isGone && !isOver(pod));
  if (gone !== null) return hasPod;
  return hasPod || conditionOf(job, "Failed") === null;
}

async function gone(launch: ComingLaunch, deps: EarlierDeps, signal: AbortSignal): Promise<void> {
  const untilMs = deps.clock.now() + WAIT_MS;
  for (let earlier = living(launch, deps); earlier.length > 0; earlier = living(launch, deps)) {
    if (deps.clock.now() >= untilMs) throw stillThere(launch, earlier);
    const isBehind = deps.view.isBehind();
    await wait(isBehind ? LIST_MS : LOOK_MS, deps.clock, signal);
    if (isBehind) await deps.listRun(launch.runId, signal);
  }
}

/** The class of a reached limit: there is no room before something else has ended. */
function stillThere({ runId }: ComingLaunch, earlier: readonly Picture[]): FailureError {
  const names = earlier.map(({ job: { name } }) => name).join(", ");
  const message =
    `Flow run ${runId} is not launched yet: pods of its earlier Job ${names} are still ending; ` +
    "see kubectl get pods, and whether their nodes answer";
  const failures = [{ resourceId: names, reason: "an earlier Job of the run is still ending" }];
  return new FailureError({ tag: "notPlaced", class: "accountLimit", failures, message });
}
