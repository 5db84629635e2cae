/**
 * What is known of the Jobs of one namespace, with their pods and events, as lists and watches tell it. Jobs that are gone
 * stay for a while, since the state seen last is the reason of their end.
 *
 * @module
 */

import { forgetOldest } from "../../../schemas/bounds/forget_oldest.ts";
import type { KubeEvent } from "../../../schemas/kubernetes/objects/event.ts";
import type { Job } from "../../../schemas/kubernetes/objects/job.ts";
import type { Pod } from "../../../schemas/kubernetes/objects/pod.ts";
import type { Picture } from "../../../schemas/kubernetes/sight/picture.ts";
import type { Clock } from "../../../schemas/time/clock.ts";
import { type Entry, isOld, newEntry, pictureOf } from "./job_entry.ts";
import { isPull, pullPod, seePod } from "./known_pod.ts";
import { type LooseEvents, makeLooseEvents } from "./loose_events.ts";

/** The store. */
export interface JobStore {
  /** A Job is as it is shown now. */
  readonly putJob: (job: Job) => void;
  /** A Job was made just now: newer knowledge of it stays. */
  readonly addJob: (job: Job) => void;
  readonly dropJob: (job: Job) => void;
  /**
   * These Jobs are there, as a list says that began at a moment in milliseconds since 1970; others are gone.
   *
   * @param runId the list was of Jobs of this run alone; absent: of all
   */
  readonly replaceJobs: (jobs: readonly Job[], beganMs: number, runId?: string) => void;
  readonly putPod: (pod: Pod) => void;
  readonly dropPod: (pod: Pod) => void;
  /** As {@link replaceJobs}. */
  readonly replacePods: (pods: readonly Pod[], beganMs: number, runId?: string) => void;
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
}

/** Events of one Job that are kept. */
const MOST_EVENTS = 60;

/** Pods of one Job that are kept. */
const MOST_PODS = 40;

/** They are looked for at most so often, in milliseconds. */
const SWEEP_MS = 60_000;

/** What the store holds. */
interface Held {
  readonly clock: Pick<Clock, "now">;
  readonly changed: (name: string) => void;
  readonly entries: Map<string, Entry>;
  /** Names of Jobs by their run. */
  readonly byRun: Map<string, Set<string>>;
  readonly jobOfPod: Map<string, string>;
  readonly loose: LooseEvents;
  sweptMs: number;
}

/** An empty store. @param changed told the name of each Job about which something is new */
export function makeJobStore(clock: Pick<Clock, "now">, changed: (name: string) => void): JobStore {
  const held: Held = {
    clock,
    changed,
    entries: new Map(),
    byRun: new Map(),
    jobOfPod: new Map(),
    loose: makeLooseEvents(),
    sweptMs: clock.now(),
  };
  const { entries } = held;
  return {
    putJob: (job) => putJob(job, held),
    addJob: (job) => {
      if (entries.get(job.name)?.job?.uid !== job.uid) putJob(job, held);
    },
    dropJob: (job) => {
      const known = entries.get(job.name)?.job ?? null;
      if (known === null || known.uid === job.uid) lose(job.name, keep(job, held), held);
    },
    replaceJobs: (jobs, beganMs, runId) => replaceJobs(jobs, { beganMs, runId }, held),
    putPod: (pod) => putPod(pod, held),
    dropPod: (pod) => {
      if (pod.job === null || !entries.has(pod.job)) return;
      putPod(pod, held);
      losePod(pod.job, pod.name, held);
    },
    replacePods: (pods, beganMs, runId) => replacePods(pods, { beganMs, runId }, held),
    putEvent: (event) => putEvent(event, held),
    picture: (name) => pictureOf(entries.get(name)),
    ofRun: (runId) => [...held.byRun.get(runId) ?? []],
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
  };
}

function entryOf(name: string, { entries, loose, clock }: Held): Entry {
  const known = entries.get(name);
  if (known !== undefined) return known;
  const entry = newEntry(clock.now());
  entries.set(name, entry);
  for (const event of loose.take(name)) entry.events.set(event.name, event);
  return entry;
}

/** Another Job of the same name has nothing to do with the one before. */
function keep(job: Job, held: Held): Entry {
  const { entries, byRun, clock } = held;
  const before = entries.get(job.name)?.job ?? null;
  if (before !== null && before.uid !== job.uid) entries.delete(job.name);
  const entry = entryOf(job.name, held);
  // It was suspended up to the moment at which it is first seen to be no more.
  if (job.isSuspended || entry.job?.isSuspended === true) entry.heldMs = clock.now();
  Object.assign(entry, { job, putMs: clock.now(), gone: null, goneMs: null });
  if (job.runId !== null) addTo(byRun, job.runId, job.name);
  return entry;
}

function putJob(job: Job, held: Held): void {
  keep(job, held);
  held.changed(job.name);
}

function lose(name: string, entry: Entry, held: Held): void {
  if (entry.gone !== null) return;
  entry.gone = entry.isAsked ? "asked" : "unasked";
  entry.goneMs = held.clock.now();
  held.changed(name);
  sweep(held);
}

/** What a list was asked for. */
interface Listed {
  readonly beganMs: number;
  readonly runId: string | undefined;
}

function listedEntries({ runId }: Listed, { entries, byRun }: Held): Iterable<readonly [string, Entry]> {
  if (runId === undefined) return entries;
  return [...byRun.get(runId) ?? []].flatMap((name) => {
    const entry = entries.get(name);
    return entry === undefined ? [] : [[name, entry] as const];
  });
}

function replaceJobs(jobs: readonly Job[], listed: Listed, held: Held): void {
  const { beganMs } = listed;
  const there = new Set(jobs.map(({ name }) => name));
  for (const job of jobs) putJob(job, held);
  for (const [name, entry] of listedEntries(listed, held)) {
    if (entry.job !== null && !there.has(name) && entry.putMs < beganMs) lose(name, entry, held);
  }
  sweep(held);
}

/** Forgets what nobody asks for any more. */
function sweep(held: Held): void {
  const { entries, byRun, jobOfPod, clock, changed } = held;
  if (clock.now() - held.sweptMs < SWEEP_MS) return;
  held.sweptMs = clock.now();
  for (const [name, entry] of entries) {
    if (!isOld(entry, clock.now())) continue;
    entries.delete(name);
    for (const pod of entry.pods.keys()) jobOfPod.delete(pod);
    removeFrom(byRun, entry.job?.runId ?? "", name);
    changed(name);
  }
}

function putPod(pod: Pod, held: Held): void {
  if (pod.job === null) return;
  const entry = entryOf(pod.job, held);
  const before = entry.pods.get(pod.name);
  const seen = { job: entry.job, before, events: entry.events.values(), nowMs: held.clock.now() };
  entry.pods.set(pod.name, seePod(pod, seen));
  held.jobOfPod.set(pod.name, pod.job);
  forgetOldest(entry.pods, MOST_PODS);
  held.changed(pod.job);
}

function losePod(jobName: string, podName: string, { entries, changed }: Held): void {
  const pods = entries.get(jobName)?.pods;
  const known = pods?.get(podName);
  if (pods === undefined || known === undefined || known.isGone) return;
  pods.set(podName, { ...known, isGone: true });
  changed(jobName);
}

function replacePods(pods: readonly Pod[], listed: Listed, held: Held): void {
  const { beganMs } = listed;
  const there = new Set(pods.map(({ name }) => name));
  for (const pod of pods) putPod(pod, held);
  for (const [name, entry] of listedEntries(listed, held)) {
    for (const [podName, { putMs }] of entry.pods) {
      if (!there.has(podName) && putMs < beganMs) losePod(name, podName, held);
    }
  }
}

function putEvent(event: KubeEvent, { entries, loose, jobOfPod, clock, changed }: Held): void {
  const name = jobOfPod.get(event.about.name) ?? loose.jobNameOf(event);
  const entry = entries.get(name);
  if (entry === undefined) return loose.keep(name, event);
  const isNew = !entry.events.has(event.name);
  entry.events.set(event.name, event);
  forgetOldest(entry.events, MOST_EVENTS);
  const pod = entry.pods.get(event.about.name);
  if (pod !== undefined && isPull(event)) {
    entry.pods.set(event.about.name, pullPod(pod, event, isNew, clock.now()));
  }
  changed(name);
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
