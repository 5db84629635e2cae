/**
 * What is known of the Jobs of one namespace, with their pods and events, as lists and watches tell it. Jobs that are gone
 * stay for a while, since the state seen last is the reason of their end.
 *
 * @module
 */

import type { KubeEvent } from "../../../schemas/kubernetes/objects/event.ts";
import type { Job } from "../../../schemas/kubernetes/objects/job.ts";
import type { Pod } from "../../../schemas/kubernetes/objects/pod.ts";
import { flowContainer, type Picture, type PodPicture } from "../../../schemas/kubernetes/sight/picture.ts";
import type { Clock } from "../../../schemas/time/clock.ts";
import { makeLooseEvents } from "./loose_events.ts";

/** The store. */
export interface JobStore {
  /** A Job is as it is shown now. */
  readonly putJob: (job: Job) => void;
  /** A Job was made just now: newer knowledge of it stays. */
  readonly addJob: (job: Job) => void;
  readonly dropJob: (job: Job) => void;
  /** These Jobs are there, as a list says that began at a moment in milliseconds since 1970; others are gone. */
  readonly replaceJobs: (jobs: readonly Job[], beganMs: number) => void;
  readonly putPod: (pod: Pod) => void;
  readonly dropPod: (pod: Pod) => void;
  readonly replacePods: (pods: readonly Pod[], beganMs: number) => void;
  readonly putEvent: (event: KubeEvent) => void;
  /** Null: such a Job was never seen. */
  readonly picture: (name: string) => Picture | null;
  /** Names of Jobs of a run, those that are gone as well. */
  readonly ofRun: (runId: string) => readonly string[];
  readonly names: () => Iterable<string>;
  /** This agent deletes a Job. @param because why, although Jobs are kept; null: they are not */
  readonly asked: (name: string, because: string | null) => void;
  /** It could not be deleted. */
  readonly notAsked: (name: string) => void;
  /** Whether events are followed. */
  readonly eventsFollowed: (are: boolean) => void;
}

/** Events of one Job that are kept. */
const MOST_EVENTS = 60;

/** Pods of one Job that are kept. */
const MOST_PODS = 40;

/** Jobs that are gone are kept for so long, in milliseconds. */
const GONE_MS = 600_000;

/** They are looked for at most so often, in milliseconds. */
const SWEEP_MS = 60_000;

interface Entry {
  job: Job | null;
  readonly madeMs: number;
  putMs: number;
  goneMs: number | null;
  gone: Picture["gone"];
  isAsked: boolean;
  deletedBecause: string | null;
  readonly pods: Map<string, PodPicture & { readonly putMs: number }>;
  readonly events: Map<string, KubeEvent>;
}

/** An empty store. @param changed told the name of each Job about which something is new */
export function makeJobStore(clock: Pick<Clock, "now">, changed: (name: string) => void): JobStore {
  const entries = new Map<string, Entry>();
  const byRun = new Map<string, Set<string>>();
  const jobOfPod = new Map<string, string>();
  const loose = makeLooseEvents();
  let hasEvents = false;
  const entryOf = (name: string): Entry => {
    const known = entries.get(name);
    if (known !== undefined) return known;
    const entry = newEntry(clock.now());
    entries.set(name, entry);
    for (const event of loose.take(name)) entry.events.set(event.name, event);
    return entry;
  };
  const put = (job: Job): Entry => {
    const before = entries.get(job.name);
    // Another Job of the same name has nothing to do with the one before.
    if (before !== undefined && before.job !== null && before.job.uid !== job.uid) entries.delete(job.name);
    const entry = entryOf(job.name);
    Object.assign(entry, { job, putMs: clock.now(), gone: null, goneMs: null });
    if (job.runId !== null) addTo(byRun, job.runId, job.name);
    return entry;
  };
  const lose = (name: string, entry: Entry) => {
    if (entry.gone !== null) return;
    entry.gone = entry.isAsked ? "asked" : "unasked";
    entry.goneMs = clock.now();
    changed(name);
    sweep();
  };
  let sweptMs = clock.now();
  const sweep = () => {
    if (clock.now() - sweptMs < SWEEP_MS) return;
    sweptMs = clock.now();
    for (const [name, entry] of entries) {
      if (!isOld(entry, clock.now())) continue;
      entries.delete(name);
      for (const pod of entry.pods.keys()) jobOfPod.delete(pod);
      removeFrom(byRun, entry.job?.runId ?? "", name);
      changed(name);
    }
  };
  const putPod = (pod: Pod) => {
    if (pod.job === null) return;
    const entry = entryOf(pod.job);
    entry.pods.set(pod.name, pictured(pod, entry, clock.now()));
    jobOfPod.set(pod.name, pod.job);
    bound(entry.pods, MOST_PODS);
    changed(pod.job);
  };
  const losePod = (jobName: string, entry: Entry, podName: string) => {
    const known = entry.pods.get(podName);
    if (known === undefined || known.isGone) return;
    entry.pods.set(podName, { ...known, isGone: true });
    changed(jobName);
  };
  return {
    putJob: (job) => {
      put(job);
      changed(job.name);
    },
    addJob: (job) => {
      if (entries.get(job.name)?.job?.uid === job.uid) return;
      put(job);
      changed(job.name);
    },
    dropJob: (job) => {
      const known = entries.get(job.name);
      if (known?.job !== undefined && known.job !== null && known.job.uid !== job.uid) return;
      lose(job.name, put(job));
    },
    replaceJobs: (jobs, beganMs) => {
      const there = new Set(jobs.map(({ name }) => name));
      for (const job of jobs) {
        put(job);
        changed(job.name);
      }
      for (const [name, entry] of entries) {
        if (entry.job !== null && !there.has(name) && entry.putMs < beganMs) lose(name, entry);
      }
      sweep();
    },
    putPod,
    dropPod: (pod) => {
      if (pod.job === null || !entries.has(pod.job)) return;
      putPod(pod);
      losePod(pod.job, entryOf(pod.job), pod.name);
    },
    replacePods: (pods, beganMs) => {
      const there = new Set(pods.map(({ name }) => name));
      pods.forEach(putPod);
      for (const [name, entry] of entries) {
        for (const [podName, { putMs }] of entry.pods) {
          if (!there.has(podName) && putMs < beganMs) losePod(name, entry, podName);
        }
      }
    },
    putEvent: (event) => {
      const name = jobOfPod.get(event.about.name) ?? loose.jobNameOf(event);
      const entry = entries.get(name);
      if (entry === undefined) return loose.keep(name, event);
      entry.events.set(event.name, event);
      bound(entry.events, MOST_EVENTS);
      if (event.reason === "Pulling") pulledAgain(entry, event.about.name, clock.now());
      changed(name);
    },
    picture: (name) => pictureOf(entries.get(name), hasEvents),
    ofRun: (runId) => [...byRun.get(runId) ?? []],
    names: () => entries.keys(),
    asked: (name, because) => {
      const entry = entries.get(name);
      if (entry === undefined) return;
      entry.isAsked = true;
      entry.deletedBecause ??= because;
    },
    notAsked: (name) => {
      const entry = entries.get(name);
      if (entry !== undefined) Object.assign(entry, { isAsked: false, deletedBecause: null });
    },
    eventsFollowed: (are) => void (hasEvents = are),
  };
}

function newEntry(madeMs: number): Entry {
  return {
    job: null,
    madeMs,
    putMs: 0,
    goneMs: null,
    gone: null,
    isAsked: false,
    deletedBecause: null,
    pods: new Map(),
    events: new Map(),
  };
}

/** Whether nobody asks for it any more. Pods without a Job are of one that was forgotten, or of none of ours. */
function isOld({ job, goneMs, madeMs }: Entry, nowMs: number): boolean {
  return nowMs - (goneMs ?? (job === null ? madeMs : nowMs)) >= GONE_MS;
}

function pictureOf(entry: Entry | undefined, hasEvents: boolean): Picture | null {
  if (entry === undefined || entry.job === null) return null;
  const { job, gone, deletedBecause } = entry;
  const pods = [...entry.pods.values()].toSorted((a, b) => (a.pod.madeMs ?? 0) - (b.pod.madeMs ?? 0));
  const events = [...entry.events.values()].toSorted((a, b) => (a.atMs ?? 0) - (b.atMs ?? 0));
  return { job, gone, pods, events, hasEvents, deletedBecause };
}

/** A pod, with what is remembered of it. */
function pictured(pod: Pod, { job, pods }: Entry, nowMs: number): PodPicture & { readonly putMs: number } {
  const before = pods.get(pod.name);
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
  };
}

/** The image is pulled once more: the wait begins anew. */
function pulledAgain({ pods }: Entry, podName: string, nowMs: number): void {
  const known = pods.get(podName);
  if (known !== undefined && known.pullWaitMs !== null) pods.set(podName, { ...known, pullWaitMs: nowMs });
}

function bound(map: Map<string, unknown>, most: number): void {
  for (const key of map.keys()) {
    if (map.size <= most) return;
    map.delete(key);
  }
}

function addTo(sets: Map<string, Set<string>>, key: string, value: string): void {
  const set = sets.get(key);
  if (set === undefined) sets.set(key, new Set([value]));
  else set.add(value);
}

function removeFrom(sets: Map<string, Set<string>>, key: string, value: string): void {
  const set = sets.get(key);
  set?.delete(value);
  if (set?.size === 0) sets.delete(key);
}
