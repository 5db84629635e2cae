/**
 * Everything that is known of one Job at a moment: what is judged.
 *
 * @module
 */

import type { KubeEvent } from "../objects/event.ts";
import type { Job } from "../objects/job.ts";
import type { Container, Pod } from "../objects/pod.ts";

/** A pod, with what was seen of it over time. Moments are in milliseconds since 1970. */
export interface PodPicture {
  /** As it was last seen. */
  readonly pod: Pod;
  readonly isGone: boolean;
  /** When the agent first saw it. */
  readonly seenMs: number;
  /** Since when the kubelet waits before it pulls an image again; null: it does not. */
  readonly pullWaitMs: number | null;
  /** When the flow's container was first seen to have ended; null: it was not. */
  readonly endedMs: number | null;
}

/** A Job, its pods and what events say of them. */
export interface Picture {
  /** As it was last seen. */
  readonly job: Job;
  /** `asked`: it is gone because this agent deleted it; `unasked`: somebody else did; null: it is there. */
  readonly gone: "asked" | "unasked" | null;
  /** This agent has asked for its deletion. */
  readonly isAsked: boolean;
  /** When it was last known to be suspended; null: it never was. */
  readonly heldMs: number | null;
  /** In the order of their making, those that are gone as well. */
  readonly pods: readonly PodPicture[];
  /** In the order in which they happened. */
  readonly events: readonly KubeEvent[];
  /** Why the Job was deleted although Jobs are kept; null: it was not. */
  readonly deletedBecause: string | null;
}

/** The pod that counts: the newest one that is there, else the newest one that was. */
export function presentPod({ pods }: Pick<Picture, "pods">): PodPicture | null {
  return pods.findLast(({ isGone }) => !isGone) ?? pods.at(-1) ?? null;
}

/** The container of a pod that runs the flow, by the name that was sent, not by its place; null: it has no status yet. */
export function flowContainer(job: Pick<Job, "container">, pod: Pod): Container | null {
  const name = job.container ?? pod.first;
  const ordinary = pod.containers.filter(({ isInit }) => !isInit);
  return ordinary.find((one) => one.name === name) ?? (name === null ? ordinary[0] ?? null : null);
}

/** Containers beside the flow's that still run. */
export function othersRunning(job: Pick<Job, "container">, pod: Pod): readonly string[] {
  const flow = flowContainer(job, pod);
  return pod.containers
    .filter((one) => one !== flow && one.state.at === "running")
    .map(({ name }) => name);
}

/** Whether more than one pod may execute the flow, as its template asks. */
export function mayRetry(
  { backoffLimit, hasFailurePolicy }: Pick<Job, "backoffLimit" | "hasFailurePolicy">,
): boolean {
  return backoffLimit > 0 || hasFailurePolicy;
}
