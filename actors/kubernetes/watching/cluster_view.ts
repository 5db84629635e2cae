/**
 * One view of the Jobs of a namespace: one watch on Jobs, one on pods, and one on events where they may be read. It begins
 * with the first question.
 *
 * @module
 */

import type { Log } from "../../../schemas/contracts/log.ts";
import { type Failure, FailureError } from "../../../schemas/failure/failure.ts";
import { IDENTIFIER_LABEL } from "../../../schemas/kubernetes/labels.ts";
import { readEvent } from "../../../schemas/kubernetes/objects/event.ts";
import { readJob } from "../../../schemas/kubernetes/objects/job.ts";
import { readPod } from "../../../schemas/kubernetes/objects/pod.ts";
import type { Clock, Random } from "../../../schemas/time/clock.ts";
import { makeTroubleReport, type TroubleReport } from "../../time/trouble_report.ts";
import { wait } from "../../time/wait.ts";
import type { KubeResource } from "../requests/calls.ts";
import { followResource, type FollowState, type ResourceHandler } from "./follow_resource.ts";
import type { PacedReads } from "./reads.ts";
import { type JobStore, makeJobStore } from "./store.ts";

/** What the view needs. */
export interface ClusterViewDeps {
  readonly namespace: string;
  readonly calls: PacedReads;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** The view. */
export interface ClusterView {
  readonly store: JobStore;
  /** Begins to follow, once. */
  readonly begin: () => void;
  /** How far Jobs are known. */
  readonly state: () => FollowState;
  /** Whether a list would say more about living Jobs than the watches do: one of Jobs or pods does not tell what changes. */
  readonly isBehind: () => boolean;
  /**
   * Whether what is known is up to date: Jobs and pods were told of a moment ago. A watch whose connection is dead counts as fresh until
   * its silence is noticed.
   */
  readonly isCertain: () => boolean;
  /** Waits for the first list of Jobs, no longer than some seconds. @returns how far they are known then */
  readonly known: (signal: AbortSignal) => Promise<FollowState>;
  /** Listens to Jobs about which something is new. @returns ends it */
  readonly onChange: (changed: (name: string) => void) => () => void;
  readonly close: () => void;
}

/** A watch that told something so long ago works, in milliseconds. */
const HEARD_MS = 5000;

/** The longest wait for the first list, in milliseconds. */
const FIRST_LIST_MS = 15_000;
const LOOK_MS = 100;

const ADVICE = "Jobs go on, what ends meanwhile is told later. " +
  "Check the address of the API server, the proxies on the way there, and its health";

/** Makes it; nothing is asked yet. */
export function makeClusterView(deps: ClusterViewDeps): ClusterView {
  const listeners = new Set<(name: string) => void>();
  const store = makeJobStore(deps.clock, (name) => listeners.forEach((changed) => changed(name)));
  const life = new AbortController();
  const states: Record<KubeResource, FollowState> = {
    jobs: "starting",
    pods: "starting",
    events: "starting",
  };
  const heardMs = { jobs: -Infinity, pods: -Infinity, events: -Infinity };
  const isHeard = (kind: KubeResource) => Math.abs(deps.clock.now() - heardMs[kind]) < HEARD_MS;
  let hasBegun = false;
  const troublesOf = makeSharedTroubles(deps);
  const begin = () => {
    if (hasBegun) return;
    hasBegun = true;
    for (const resource of ["jobs", "pods", "events"] as const) {
      const onState = (state: FollowState) => states[resource] = state;
      const handler = hearing(handlerOf(resource, store), () => void (heardMs[resource] = deps.clock.now()));
      follow(resource, { deps, handler, signal: life.signal, troubles: troublesOf(resource), onState });
    }
  };
  return {
    store,
    begin,
    state: () => states.jobs,
    isBehind: () => [states.jobs, states.pods].some((state) => state === "away" || state === "starting"),
    isCertain: () =>
      states.jobs === "fresh" && isHeard("jobs") && (isHeard("pods") || states.pods === "denied"),
    known: async (signal) => {
      begin();
      const untilMs = deps.clock.now() + FIRST_LIST_MS;
      while (isUnknown(states) && deps.clock.now() < untilMs) await wait(LOOK_MS, deps.clock, signal);
      return states.jobs;
    },
    onChange: (changed) => {
      listeners.add(changed);
      return () => void listeners.delete(changed);
    },
    close: () => life.abort(),
  };
}

/** A living Job is told from a finished one by its pods as well. */
function isUnknown({ jobs, pods }: Readonly<Record<KubeResource, FollowState>>): boolean {
  return jobs === "starting" || (jobs === "fresh" && pods === "starting");
}

/** A handler that says so before it is told anything. */
function hearing({ replace, put, drop }: ResourceHandler, heard: () => void): ResourceHandler {
  return {
    replace: (...all) => (heard(), replace(...all)),
    put: (object) => (heard(), put(object)),
    drop: (object) => (heard(), drop(object)),
  };
}

interface Following {
  readonly deps: ClusterViewDeps;
  readonly handler: ResourceHandler;
  readonly signal: AbortSignal;
  readonly troubles: TroubleReport;
  readonly onState: (state: FollowState) => void;
}

/** Watches that fail together are told in one line. */
function makeSharedTroubles(
  { namespace, clock, log }: ClusterViewDeps,
): (resource: KubeResource) => TroubleReport {
  const what = `follow the Jobs of namespace ${namespace}`;
  const report = makeTroubleReport({ clock, log, what, advice: ADVICE });
  const troubled = new Set<KubeResource>();
  return (resource) => ({
    failed: (failure) => {
      troubled.add(resource);
      report.failed(failure);
    },
    over: () => {
      if (troubled.delete(resource) && troubled.size === 0) report.over();
    },
  });
}

function follow(
  resource: KubeResource,
  { deps, handler, signal, troubles, onState }: Following,
): void {
  const { namespace, calls, clock, random } = deps;
  const query = { resource, namespace, labelSelector: resource === "events" ? null : IDENTIFIER_LABEL };
  followResource({
    query,
    calls,
    clock,
    random,
    handler,
    troubles,
    onState,
  }, signal).catch(() => undefined);
}

function handlerOf(resource: KubeResource, store: JobStore): ResourceHandler {
  switch (resource) {
    case "jobs":
      return takeAll(readJob, { put: store.putJob, drop: store.dropJob, replace: store.replaceJobs });
    case "pods":
      return takeAll(readPod, { put: store.putPod, drop: store.dropPod, replace: store.replacePods });
    case "events":
      return takeAll(readEvent, {
        put: store.putEvent,
        drop: () => undefined,
        replace: (events) => events.forEach(store.putEvent),
      });
  }
}

interface Takers<One> {
  readonly put: (one: One) => void;
  readonly drop: (one: One) => void;
  readonly replace: (all: readonly One[], beganMs: number) => void;
}

/** What cannot be read is passed over: it is none of ours. */
function takeAll<One>(
  read: (object: Parameters<ResourceHandler["put"]>[0]) => One | null,
  { put, drop, replace }: Takers<One>,
): ResourceHandler {
  const one = (take: (one: One) => void) => (object: Parameters<ResourceHandler["put"]>[0]) => {
    const found = read(object);
    if (found !== null) take(found);
  };
  return {
    put: one(put),
    drop: one(drop),
    replace: (objects, beganMs) => replace(objects.flatMap((object) => read(object) ?? []), beganMs),
  };
}

/** The failure of a question that cannot be answered before Jobs are known. */
export function notKnownYet(what: string): FailureError {
  const failure: Failure = {
    tag: "timedOut",
    message: `Cannot ${what} now: the API server has not answered which Jobs there are`,
  };
  return new FailureError(failure);
}
