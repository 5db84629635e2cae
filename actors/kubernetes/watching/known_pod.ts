/**
 * What is remembered of one pod while it changes: since when its image is not pulled, since when its flow has ended.
 *
 * @module
 */

import type { KubeEvent } from "../../../schemas/kubernetes/objects/event.ts";
import type { Job } from "../../../schemas/kubernetes/objects/job.ts";
import type { Pod } from "../../../schemas/kubernetes/objects/pod.ts";
import { flowContainer, type PodPicture } from "../../../schemas/kubernetes/sight/picture.ts";

/** A pod that was seen. Moments are in milliseconds since 1970. */
export interface KnownPod extends PodPicture {
  /** When it was last told. */
  readonly putMs: number;
  /** When the cluster last began to pull an image of it, by the cluster's clock; null: no event says so. */
  readonly pulledMs: number | null;
}

/** What the pod is seen with. */
export interface PodSeen {
  readonly job: Pick<Job, "container"> | null;
  /** As it was known before; undefined: it was not. */
  readonly before: KnownPod | undefined;
  /** What is known of its Job. */
  readonly events: Iterable<KubeEvent>;
  readonly nowMs: number;
}

/** The pod as it is told now. */
export function seePod(pod: Pod, { job, before, events, nowMs }: PodSeen): KnownPod {
  const waits = pod.containers.some(({ state }) =>
    state.at === "waiting" && state.reason === "ImagePullBackOff"
  );
  const hasEnded = flowContainer(job ?? { container: null }, pod)?.state.at === "ended";
  return {
    pod,
    isGone: false,
    seenMs: before?.seenMs ?? nowMs,
    pullWaitMs: waits ? before?.pullWaitMs ?? nowMs : null,
    endedMs: hasEnded ? before?.endedMs ?? nowMs : null,
    putMs: nowMs,
    pulledMs: before === undefined ? lastPull(pod.name, events) : before.pulledMs,
  };
}

function lastPull(podName: string, events: Iterable<KubeEvent>): number | null {
  const moments = [...events].flatMap((event) =>
    isPull(event) && event.about.name === podName ? event.atMs ?? [] : []
  );
  return moments.length === 0 ? null : Math.max(...moments);
}

/** Whether an event says that an image is pulled. */
export function isPull({ reason }: Pick<KubeEvent, "reason">): boolean {
  return reason === "Pulling";
}

/**
 * The image is pulled once more: the wait begins anew. Lists tell the same event again and again, which says nothing new.
 *
 * @param isNew no event of its name was known: it counts also where it names no moment
 */
export function pullPod(known: KnownPod, { atMs }: KubeEvent, isNew: boolean, nowMs: number): KnownPod {
  const isLater = atMs === null ? isNew : atMs > (known.pulledMs ?? -Infinity);
  if (!isLater) return known;
  return {
    ...known,
    pulledMs: atMs ?? known.pulledMs,
    pullWaitMs: known.pullWaitMs === null ? null : nowMs,
  };
}
