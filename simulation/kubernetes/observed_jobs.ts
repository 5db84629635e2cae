/**
 * What a recorded history says of Jobs at one moment, beside what it says of runs and tasks.
 *
 * @module
 */

import { isScheduled } from "../../schemas/prefect1/state.ts";
import type { ObservedWorld } from "../observed_world.ts";
import type { Entry } from "../world/history.ts";
import type { KubeScenario } from "./cluster/faults.ts";

/** How a Job was last shown to a process. */
interface Shown {
  readonly atMs: number;
  readonly how: "shown" | "shownOver" | "shownGone";
}

/** A Job as the history shows it. */
export interface ObservedJob {
  /** By its own condition; null: it has none. */
  ended: "done" | "failed" | null;
  isGone: boolean;
  /** When nothing of it lived any more; null: something does. */
  overMs: number | null;
  /** Its flow has reported Running. */
  hasBegun: boolean;
  /** By process, in order. */
  readonly shown: Map<string, Shown[]>;
}

/** A pod that does not run. */
interface Trouble {
  readonly text: string;
  readonly atMs: number;
  isTold: boolean;
}

/** What is observed beside runs and tasks. */
export interface ObservedJobs {
  readonly scenario: KubeScenario;
  readonly jobs: Map<string, ObservedJob>;
  /** By Job. */
  readonly troubles: Map<string, Trouble>;
  /** By process, kind and minute. */
  readonly requests: Map<string, number>;
  /** Runs with a task run that waits for a late retry. */
  readonly waiting: Set<string>;
}

/** All that is observed. */
export interface ObservedKube extends Omit<ObservedWorld, "scenario">, ObservedJobs {}

const NEW = { ended: null, isGone: false, overMs: null, hasBegun: false } as const;

/** Nothing yet. */
export function emptyKubeWorld(scenario: KubeScenario): ObservedJobs {
  return { scenario, jobs: new Map(), troubles: new Map(), requests: new Map(), waiting: new Set() };
}

/** Updates it by one fact; runs and tasks are up to date. */
export function advanceKube(observed: ObservedKube, entry: Entry): void {
  switch (entry.what) {
    case "task":
      observed.jobs.set(entry.task, { ...NEW, shown: new Map() });
      return;
    case "status": {
      const job = observed.jobs.get(entry.task);
      if (job !== undefined && entry.status === "STOPPED") job.overMs = entry.atMs;
      return;
    }
    case "job":
      return keepNews(observed, entry);
    case "state":
      return keepBegun(observed, entry);
    case "fault":
      if (entry.kind === "retriesLate") observed.waiting.add(entry.text);
      return;
    case "trouble":
      if (entry.text === null) observed.troubles.delete(entry.task);
      else observed.troubles.set(entry.task, { text: entry.text, atMs: entry.atMs, isTold: false });
      return;
    case "log":
      return keepTold(observed, entry);
  }
}

function keepNews({ jobs }: ObservedKube, entry: Extract<Entry, { what: "job" }>): void {
  const job = jobs.get(entry.task);
  const { happened, agent, atMs } = entry;
  if (job === undefined) return;
  if (happened === "done" || happened === "failed") job.ended = happened;
  else if (happened === "gone") job.isGone = true;
  else if (happened !== "removed" && agent !== null) {
    job.shown.set(agent, [...job.shown.get(agent) ?? [], { atMs, how: happened }]);
  }
}

/** The newest Job of a run is the one that reports. */
function keepBegun(observed: ObservedKube, entry: Extract<Entry, { what: "state" }>): void {
  if (isScheduled(entry.to)) observed.waiting.delete(entry.run);
  if (entry.author !== "run" || entry.to !== "Running") return;
  const newest = observed.runs.get(entry.run)?.tasks.findLast(({ isLive }) => isLive);
  const job = observed.jobs.get(newest?.arn ?? "");
  if (job !== undefined) job.hasBegun = true;
}

function keepTold({ troubles, tasks }: ObservedKube, { run, text }: Extract<Entry, { what: "log" }>): void {
  for (const [task, trouble] of troubles) {
    if (tasks.get(task)?.run === run && text.includes(trouble.text)) trouble.isTold = true;
  }
}

/** Whether a process that sent a request had last seen the Job alive by then. */
export function knewLive(
  job: ObservedJob | undefined,
  { agent, sentMs }: { readonly agent: string; readonly sentMs: number },
): boolean {
  const last = job?.shown.get(agent)?.findLast(({ atMs }) => atMs <= sentMs);
  return last?.how === "shown";
}

/** Whether a process knows that a Job has ended. */
export function knowsEnd({ shown }: ObservedJob, agent: string): boolean {
  return shown.get(agent)?.some(({ how }) => how === "shownOver") === true;
}
