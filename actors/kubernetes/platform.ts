/**
 * Kubernetes as the platform of an agent: one Job for each launch, followed by watches.
 *
 * @module
 */

import { forgetOldest } from "../../schemas/bounds/forget_oldest.ts";
import type {
  LostTask,
  Platform,
  TaskLog,
  TaskRef,
  TaskSight,
  WatchPace,
} from "../../schemas/contracts/platform.ts";
import type { StopReason } from "../../schemas/contracts/task.ts";
import type { Failure } from "../../schemas/failure/failure.ts";
import type { Log } from "../../schemas/contracts/log.ts";
import { checkPlan } from "../../schemas/kubernetes/check_plan.ts";
import type { ClusterSettings } from "../../schemas/kubernetes/cluster_settings.ts";
import { jobPlace } from "../../schemas/kubernetes/place.ts";
import type { KubernetesPlan } from "../../schemas/kubernetes/plan.ts";
import { readEvidence } from "../../schemas/kubernetes/sight/evidence.ts";
import { explainEnd, explainSlow } from "../../schemas/kubernetes/sight/explain.ts";
import { KUBERNETES_WORDS } from "../../schemas/kubernetes/words.ts";
import type { Clock, Random } from "../../schemas/time/clock.ts";
import { makeWaitingRuns } from "../time/waiting_runs.ts";
import { makeClearEarlier } from "./earlier_jobs.ts";
import { type ListRun, makeListRun } from "./list_run.ts";
import { makeRemoveJobs, type RemoveJobs } from "./remove_jobs.ts";
import type { KubeCalls } from "./requests/calls.ts";
import { type PacedCalls, pacedCalls, type PacedDeps } from "./requests/paced_calls.ts";
import { tellRights } from "./requests/told_rights.ts";
import { runJob } from "./run_job.ts";
import { makeSights, type Sights } from "./sights.ts";
import { type ClusterView, makeClusterView, notKnownYet } from "./watching/cluster_view.ts";
import { makeUnsentLaunches, type UnsentLaunches } from "./unsent_launches.ts";
import { makeRights } from "./watching/rights.ts";
import { tellChanges, type Telling } from "./watching/tell_changes.ts";

/** What the platform is made from. */
export interface KubernetesPlatformDeps {
  /** Before pacing. */
  readonly calls: KubeCalls;
  readonly settings: Pick<ClusterSettings, "namespace" | "keepJobs">;
  readonly onTurn: PacedDeps["onTurn"];
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** The platform, and what others share with it. */
export interface KubernetesPlatform {
  readonly platform: Platform<KubernetesPlan>;
  readonly paced: PacedCalls;
  readonly close: () => void;
}

/** Looks are answered from memory, and a pod's end is known at once: runs get little time for their own reports. */
const PACE: WatchPace = { periodMs: 1000, missingGraceMs: 20_000, reportGraceMs: 1000, toldGraceMs: 1000 };

/** Creations take milliseconds; one that comes later finds the name taken, since a Job that was taken up stays for longer. */
const IN_FLIGHT_MS = 5000;

/** Lines of a failed pod's log that are looked through for rights that its flow lacked. */
const LOG_LINES = 20;

/** The parts that work together. */
interface Parts {
  readonly namespace: string;
  readonly view: ClusterView;
  readonly sights: Sights;
  readonly remove: RemoveJobs;
  readonly listRun: ListRun;
  readonly paced: PacedCalls;
  /** Why Jobs did not run that were deleted for it. */
  readonly slow: Map<string, string>;
  readonly unsent: UnsentLaunches;
  /** Null: nobody listens to changes. */
  readonly telling: { now: Telling | null };
}

/** Makes the platform; nothing is sent yet. */
export function makeKubernetesPlatform(deps: KubernetesPlatformDeps): KubernetesPlatform {
  const { settings: { namespace, keepJobs }, clock, random, log } = deps;
  const paced = pacedCalls(deps.calls, deps);
  const { calls, createJob } = tellRights(paced, makeRights(namespace, log));
  const common = { namespace, calls, clock, random, log };
  const view = makeClusterView(common);
  const remove = makeRemoveJobs({ ...common, keepJobs, store: view.store });
  const sights = makeSights({ namespace, keepJobs, clock });
  const parts = {
    namespace,
    view,
    sights,
    remove,
    listRun: makeListRun({ ...common, store: view.store }),
    paced: { ...paced, calls, createJob },
    slow: new Map<string, string>(),
    telling: { now: null },
    unsent: makeUnsentLaunches(),
  };
  return {
    platform: { ...launching(parts, deps), ...following(parts, deps), ...explaining(parts) },
    paced,
    close: () => {
      remove.close();
      view.close();
    },
  };
}

function launching(
  { namespace, view, remove, listRun, paced, telling, unsent }: Parts,
  { clock, log }: KubernetesPlatformDeps,
): Pick<Platform<KubernetesPlan>, "check" | "ensure" | "release" | "decided" | "left" | "run" | "waitsFor"> {
  const clearEarlier = makeClearEarlier({ view, listRun, remove, clock, log });
  const waiting = makeWaitingRuns({ waitsFor: paced.waitsFor, clock, log });
  const launches = {
    createJob: paced.createJob,
    calls: paced.calls,
    store: view.store,
    clearEarlier,
    onTakenUp: remove.keepFor,
  };
  return {
    check: (plan) => checkPlan(plan, namespace),
    // There is nothing to register: a Job brings along what it is made from.
    ensure: () => Promise.resolve({ name: "job", registered: false, releaseId: null }),
    release: () => Promise.resolve(),
    decided: () => undefined,
    left: (runId) => {
      unsent.forget(runId);
      telling.now?.left(view.store.ofRun(runId));
    },
    run: (request, signal) => {
      const { runId } = request;
      return waiting.during({
        runId,
        name: runId,
        work: () => unsent.during(runId, () => runJob(request, launches, signal)),
      });
    },
    waitsFor: waiting.waitsFor,
  };
}

function following(
  parts: Parts,
  { clock, log }: KubernetesPlatformDeps,
): Pick<
  Platform<KubernetesPlan>,
  "place" | "zone" | "look" | "changes" | "list" | "stop" | "heldBackMs" | "inFlightMs" | "pace"
> {
  const { namespace, view, sights, remove, telling, unsent } = parts;
  return {
    place: () => jobPlace(namespace),
    zone: () => `namespace ${namespace}`,
    look: (tasks) => {
      view.begin();
      return Promise.resolve(lookAt(tasks, parts));
    },
    changes: (tell) => {
      view.begin();
      const made = tellChanges({ namespace, view, sights, settled: remove.settled, clock, log }, tell);
      telling.now = made;
      return () => {
        telling.now = null;
        made.stop();
      };
    },
    list: async ({ runId }, signal) => {
      const state = await view.known(signal);
      if (state === "denied") return { outcome: "denied", failure: deniedFailure(namespace) };
      unsent.lookedFor(runId);
      if (state !== "fresh" && unsent.has(runId)) return { outcome: "listed", ids: [] };
      if (state !== "fresh") throw notKnownYet(`list the Jobs of flow run ${runId}`);
      const live = () => view.store.ofRun(runId).filter((name) => isLive(name, parts));
      // A run that is thought to have no Job is failed or launched again.
      if (live().length === 0 && !view.isCertain()) await parts.listRun(runId, signal);
      return { outcome: "listed", ids: live() };
    },
    stop: (task, { reason }, signal) => stopJob(task, reason, parts, signal),
    heldBackMs: ({ id }) => {
      const picture = view.store.picture(id);
      return picture?.job.isSuspended === true ? clock.now() : picture?.heldMs ?? null;
    },
    inFlightMs: IN_FLIGHT_MS,
    pace: PACE,
  };
}

function isLive(name: string, { view: { store }, sights }: Parts): boolean {
  const picture = store.picture(name);
  return picture !== null && picture.gone === null && sights.of(picture).seen.phase !== "stopped";
}

function lookAt(
  tasks: readonly TaskRef[],
  { namespace, view, sights }: Parts,
): ReadonlyMap<string, TaskSight> {
  const state = view.state();
  return new Map(tasks.flatMap(({ id }): readonly (readonly [string, TaskSight])[] => {
    if (state === "denied") return [[id, { phase: "denied", failure: deniedFailure(namespace) }]];
    const picture = view.store.picture(id);
    if (picture !== null) return [[id, sights.of(picture).seen]];
    return state === "fresh" ? [[id, { phase: "missing" }]] : [];
  }));
}

function deniedFailure(namespace: string): Failure {
  const message = `The agent's account may not list jobs (group batch) in namespace ${namespace}`;
  return { tag: "refused", service: "Kubernetes", code: "Forbidden", operation: "list jobs", message };
}

const BECAUSE: Readonly<Record<StopReason, string>> = {
  cancel: "its flow run was cancelled",
  tooSlow: "it did not start in time",
};

async function stopJob(
  { id }: TaskRef,
  reason: StopReason,
  { view, sights, remove, slow }: Parts,
  signal: AbortSignal,
): Promise<void> {
  const picture = view.store.picture(id);
  if (picture !== null && picture.gone !== null) return;
  const why = picture === null || reason === "cancel" ? null : sights.reasonOf(picture);
  if (why !== null) keepReason(slow, id, why);
  await remove.now(id, BECAUSE[reason], signal);
}

/** Reasons that are kept until they are told. */
const MOST_REASONS = 1000;

function keepReason(slow: Map<string, string>, id: string, why: string): void {
  slow.set(id, why);
  forgetOldest(slow, MOST_REASONS);
}

function explaining(
  parts: Parts,
): Pick<Platform<KubernetesPlan>, "log" | "explain" | "explainSlowStart" | "links" | "words"> {
  return {
    log: (task, signal) => readLog(task, parts, signal),
    explain: (lost) => explainEnd(freshest(lost, parts)),
    explainSlowStart: (slow) => explainSlow(slow, parts.slow.get(slow.taskId ?? "") ?? null),
    links: () => [],
    words: KUBERNETES_WORDS,
  };
}

/** What came since the Job was first seen to have ended says more, such as the exit code of its pod. */
function freshest(lost: LostTask, { view: { store }, sights }: Parts): LostTask {
  const picture = lost.taskId === null ? null : store.picture(lost.taskId);
  if (picture === null || lost.seen === null) return lost;
  const { seen } = sights.of(picture);
  const isFuller = seen.phase === "stopped" && readEvidence(seen.evidence)?.cause !== "deletedByAgent";
  return isFuller ? { ...lost, seen } : lost;
}

async function readLog(
  { id }: TaskRef,
  { namespace, view: { store }, sights, paced }: Parts,
  signal: AbortSignal,
): Promise<TaskLog> {
  const picture = store.picture(id);
  const seen = picture === null ? null : sights.of(picture).seen;
  const evidence = seen?.phase === "stopped" ? readEvidence(seen.evidence) : null;
  const { pod = null, container = null, exitCode = null } = evidence ?? {};
  const isThere = picture?.pods.some((one) => one.pod.name === pod && !one.isGone) === true;
  const hasFailed = exitCode !== null && exitCode !== 0;
  // Where many fail at once, their runs do not wait for what logs may add.
  const isBusy = paced.view().read.waiting >= MOST_WAITING_READS;
  if (pod === null || container === null || !hasFailed || !isThere || isBusy) return NO_LOG;
  try {
    const lastLines = await paced.calls.readLog({ namespace, name: pod, container }, LOG_LINES, signal);
    return { places: [], lastLines };
  } catch {
    signal.throwIfAborted();
    return NO_LOG;
  }
}

const MOST_WAITING_READS = 4;

const NO_LOG: TaskLog = { places: [], lastLines: [] };
