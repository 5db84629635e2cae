/**
 * Whether a recorded world of Kubernetes kept the guarantee: the rules of all worlds of Prefect 1 with a Job in the place of a
 * task, and those of Jobs. Looks at the record only, never into the agent.
 *
 * @module
 */

import { check, type Violation } from "../checker.ts";
import { advance, emptyWorld, isEnd, type ObservedRun, setupOf } from "../observed_world.ts";
import type { Entry, Fact } from "../world/history.ts";
import type { KubeScenario } from "./cluster/faults.ts";
import {
  advanceKube,
  emptyKubeWorld,
  knewLive,
  knowsEnd,
  type ObservedJob,
  type ObservedKube,
} from "./observed_jobs.ts";

/** A recorded world. */
export interface RecordedKube {
  readonly scenario: KubeScenario;
  readonly history: readonly Entry[];
  readonly isSettled: boolean;
}

type Breach = readonly [rule: string, text: string];
type Of<What extends Fact["what"]> = Extract<Entry, { what: What }>;

/** All breaches: those of tasks first, then those of Jobs. */
export function checkKube(recorded: RecordedKube): readonly Violation[] {
  const { scenario, history } = recorded;
  const observed: ObservedKube = { ...emptyWorld(scenario), ...emptyKubeWorld(scenario) };
  const found: Violation[] = [];
  const leftBehind = new Set<number>();
  for (const entry of history) {
    if (entry.what === "state" && isLeftBehind(observed, entry)) leftBehind.add(entry.atMs);
    for (const [rule, text] of judge(observed, entry)) found.push({ rule, text, atMs: entry.atMs });
    advance(observed, entry);
    advanceKube(observed, entry);
  }
  const atMs = history.at(-1)?.atMs ?? 0;
  for (const [rule, text] of leftJobs(observed)) found.push({ rule, text, atMs });
  return [
    ...check(recorded).filter(({ rule, atMs }) => rule !== "foreign" || !leftBehind.has(atMs)),
    ...found,
  ];
}

/** An agent that has not settled the end of its Job for so long is taken for dead by others of its namespace. */
const OTHERS_MS = 60_000;

/** Whether a run is ended whose newest Job has ended long ago in the namespace of the agent that ends it. */
function isLeftBehind(observed: ObservedKube, { run, to, agent, atMs }: Of<"state">): boolean {
  const newest = observed.runs.get(run)?.tasks.at(-1);
  if (newest === undefined || agent === null || (to !== "Failed" && to !== "Cancelled")) return false;
  const { overMs = null } = observed.jobs.get(newest.arn) ?? {};
  return setupOf(observed, agent)?.cluster === newest.cluster && overMs !== null &&
    atMs - overMs >= OTHERS_MS;
}

function judge(observed: ObservedKube, entry: Entry): readonly Breach[] {
  switch (entry.what) {
    case "task":
      return overlapBreaches(observed, entry);
    case "stop":
      return [...graceBreaches(observed, entry), ...keptBreaches(observed, entry, entry.agent)];
    case "job":
      return entry.happened === "removed" ? removedBreaches(observed, entry) : [];
    case "net":
      return requestBreaches(observed, entry);
    case "trouble":
      return untoldBreaches(observed, entry);
    default:
      return [];
  }
}

/** No Job is made while the process knows of another one of its run that lives. */
function overlapBreaches(observed: ObservedKube, fact: Of<"task">): readonly Breach[] {
  const run = observed.runs.get(fact.run);
  const earlier = run?.tasks.find(({ arn, isLive, cluster }) =>
    isLive && cluster === fact.cluster && knewLive(observed.jobs.get(arn), fact)
  );
  if (earlier === undefined) return [];
  return [["overlap", `${fact.agent} made ${fact.task} although it knew that ${earlier.arn} lived`]];
}

/** Time in which a cancelled run may end by itself, in milliseconds: the agent's default. */
const GRACE_MS = 30_000;

/** The flow of a cancelled run has time to end by itself. */
function graceBreaches(observed: ObservedKube, { task, agent, atMs }: Of<"stop">): readonly Breach[] {
  const made = observed.tasks.get(task);
  const run = observed.runs.get(made?.run ?? "");
  if (made === undefined || run?.type !== "Cancelling" || made.isStopping) return [];
  // A clock that is set back ends waits, and of a server that is away it is not known whether the flow has begun.
  if (observed.scenario.jumps.length > 0 || !isClusterWell(observed.scenario)) return [];
  const { hasBegun = false } = observed.jobs.get(task) ?? {};
  const sinceMs = atMs - run.sinceMs;
  if (!hasBegun || run.claim?.claim !== made.claim || sinceMs >= GRACE_MS) return [];
  return [["noGrace", `${agent} deleted ${task} ${sinceMs} ms after ${run.id} was cancelled`]];
}

/** A Job that has ended is deleted once its run knows, and never one that is to stay. */
function removedBreaches(observed: ObservedKube, { task, agent, atMs }: Of<"job">): readonly Breach[] {
  const made = observed.tasks.get(task);
  const run = observed.runs.get(made?.run ?? "");
  if (agent === null) return [];
  if (made === undefined || run === undefined) return [["foreign", `${agent} deleted ${task}`]];
  const job = observed.jobs.get(task);
  const breaches: Breach[] = [...keptBreaches(observed, { task, atMs }, agent)];
  // A read that lags may show a run as it was before its launch.
  const isUnsaid = run.type === "Running" && !observed.waiting.has(run.id) &&
    observed.scenario.replica === null;
  const isLatest = run.tasks.at(-1)?.arn === task;
  const isOwn = run.claim?.claim === made.claim && !run.isForeign;
  if (isUnsaid && isLatest && isOwn && job?.hasBegun === true) {
    breaches.push(["unreported", `${agent} deleted ${task} while ${run.id} is ${run.type}`]);
  }
  return breaches;
}

/** A dead watch of pods may show for so long what has ended, in milliseconds. */
const NOTICED_MS = 90_000;

function keptBreaches(
  observed: ObservedKube,
  { task, atMs }: Pick<Of<"stop">, "task" | "atMs">,
  agent: string,
): readonly Breach[] {
  const { keepJobs } = observed.scenario;
  const job = observed.jobs.get(task);
  const run = observed.runs.get(observed.tasks.get(task)?.run ?? "");
  if (keepJobs === "none" || job === undefined || run === undefined || isCancelled(run)) return [];
  const stays = keepJobs === "all" || job.ended === "failed";
  if (!stays || job.ended === null || !knowsEnd(job, agent)) return [];
  if (job.ended === "failed" && atMs - (job.overMs ?? atMs) < NOTICED_MS) return [];
  return [["notKept", `${agent} deleted ${task}, which has ended and stays with --keep-jobs ${keepJobs}`]];
}

function isCancelled({ type }: ObservedRun): boolean {
  return type === "Cancelling" || type === "Cancelled";
}

/** Most requests of one kind that a process sends to the API server in a minute, apart from those of each run. */
const MOST_READS = 90;
const MOST_WRITES = 60;

const READ = /^(?:list|watch|get) (?:jobs|pods|events)/;
const WRITE = /^(?:create|delete) jobs/;

/** An agent asks little of the API server, whatever goes wrong. */
function requestBreaches(observed: ObservedKube, { agent, text, atMs }: Of<"net">): readonly Breach[] {
  const [kind, most] = READ.test(text)
    ? ["read", MOST_READS]
    : WRITE.test(text)
    ? ["write", MOST_WRITES]
    : [];
  if (kind === undefined || most === undefined) return [];
  const key = `${agent} ${kind} ${Math.floor(atMs / 60_000)}`;
  const count = (observed.requests.get(key) ?? 0) + 1;
  observed.requests.set(key, count);
  const limit = most + observed.scenario.runs.length * 10;
  return count === limit + 1 ? [["requests", `${agent} sent more than ${limit} ${kind}s in a minute`]] : [];
}

/** From the moment at which the cluster knows why a pod does not run, in milliseconds. */
const TOLD_MS = 17_000;

/** Where nothing else goes wrong, the run's log says why it does not run. */
function untoldBreaches(
  observed: ObservedKube,
  { task, run: id, text, atMs }: Of<"trouble">,
): readonly Breach[] {
  const before = observed.troubles.get(task);
  const run = observed.runs.get(id);
  if (text !== null || before === undefined || run === undefined || !isQuiet(observed.scenario)) return [];
  const isLong = atMs - before.atMs >= TOLD_MS && run.type === "Submitted" && run.sinceMs <= before.atMs;
  return isLong && !before.isTold
    ? [["untold", `the log of ${id} does not say within ${TOLD_MS} ms: ${before.text}`]]
    : [];
}

function isQuiet(scenario: KubeScenario): boolean {
  const { network, outages, crash, stops, replica, jumps, foreign, poison } = scenario;
  const faults = network.loseRequest + network.loseReply + network.twice + network.late + network.slow +
    network.serverError;
  return faults + crash.rate + foreign + outages.length + stops.length + jumps.length === 0 &&
    replica === null && poison === null && isClusterWell(scenario);
}

/** Whether the API server answers, and its watches tell all the time. */
function isClusterWell({ kube }: KubeScenario): boolean {
  const { outages, throttle, denied, cuts, compactions } = kube;
  return outages.length + throttle.length + denied.length + cuts.length + compactions.length === 0;
}

/** Jobs that are still there at the end although nothing keeps them. */
function leftJobs(observed: ObservedKube): readonly Breach[] {
  const { keepJobs, jumps } = observed.scenario;
  // After a clock was set back by an hour, graces last as much longer.
  if (jumps.length > 0) return [];
  const isRemovable = (job: ObservedJob) =>
    job.ended !== null && !job.isGone &&
    (keepJobs === "none" || (keepJobs === "failed" && job.ended === "done"));
  return [...observed.jobs].flatMap(([task, job]): readonly Breach[] => {
    const run = observed.runs.get(observed.tasks.get(task)?.run ?? "");
    if (run === undefined || !isEnd(run.type) || !isRemovable(job)) return [];
    return [["leftJob", `${task} of ${run.id} has ended and is still there`]];
  });
}
