/**
 * What the store keeps of one Job.
 *
 * @module
 */

import type { KubeEvent } from "../../../schemas/kubernetes/objects/event.ts";
import type { Job } from "../../../schemas/kubernetes/objects/job.ts";
import type { Picture } from "../../../schemas/kubernetes/sight/picture.ts";
import type { KnownPod } from "./known_pod.ts";

/** A Job, its pods by their names, and events by theirs. Moments are in milliseconds since 1970. */
export interface Entry {
  job: Job | null;
  readonly madeMs: number;
  putMs: number;
  goneMs: number | null;
  gone: Picture["gone"];
  isAsked: boolean;
  deletedBecause: string | null;
  heldMs: number | null;
  readonly pods: Map<string, KnownPod>;
  readonly events: Map<string, KubeEvent>;
}

/** Jobs that are gone are kept for so long, in milliseconds. */
const GONE_MS = 600_000;

/** Nothing is known yet. */
export function newEntry(madeMs: number): Entry {
  return {
    job: null,
    madeMs,
    putMs: 0,
    goneMs: null,
    gone: null,
    isAsked: false,
    deletedBecause: null,
    heldMs: null,
    pods: new Map(),
    events: new Map(),
  };
}

/** Whether nobody asks for it any more. Pods without a Job are of one that was forgotten, or of none of ours. */
export function isOld({ job, goneMs, madeMs }: Entry, nowMs: number): boolean {
  return nowMs - (goneMs ?? (job === null ? madeMs : nowMs)) >= GONE_MS;
}

/** As it is judged; null: the Job itself was never seen. */
export function pictureOf(entry: Entry | undefined): Picture | null {
  if (entry === undefined || entry.job === null) return null;
  const { job, gone, isAsked, deletedBecause, heldMs } = entry;
  const pods = [...entry.pods.values()].toSorted((a, b) => (a.pod.madeMs ?? 0) - (b.pod.madeMs ?? 0));
  const events = [...entry.events.values()].toSorted((a, b) => (a.atMs ?? 0) - (b.atMs ?? 0));
  return { job, gone, isAsked, heldMs, pods, events, deletedBecause };
}
