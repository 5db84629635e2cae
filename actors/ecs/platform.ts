/**
 * ECS as the platform of an agent: every call at the pace that AWS allows.
 *
 * @module
 */

import type { Log } from "../../schemas/contracts/log.ts";
import {
  NO_PACE,
  type Platform,
  type TaskLog,
  type TaskRef,
  type TasksOfRun,
} from "../../schemas/contracts/platform.ts";
import { consoleLinks } from "../../schemas/ecs/console_links.ts";
import { explainSlowStart, explainStop } from "../../schemas/ecs/explain_stop.ts";
import { discreetFailure } from "../../schemas/ecs/advice/discreet_failure.ts";
import { explainLaunch } from "../../schemas/ecs/advice/explain_launch.ts";
import type { LaunchPlan } from "../../schemas/ecs/launch_plan.ts";
import { logPlaces, logPlaceText } from "../../schemas/ecs/log_places.ts";
import type { PacingSettings } from "../../schemas/ecs/pacing_options.ts";
import type { UnplacedText } from "../../schemas/ecs/placement_reasons.ts";
import { stopSentence } from "../../schemas/ecs/stop_reasons.ts";
import { clusterOfTasks, logSourcesOf, taskPlace, unplannedPlace } from "../../schemas/ecs/task_place.ts";
import { ECS_WORDS } from "../../schemas/ecs/words.ts";
import { FailureError, toFailure } from "../../schemas/failure/failure.ts";
import type { Attempts } from "../../schemas/time/attempts.ts";
import type { Clock, Random } from "../../schemas/time/clock.ts";
import { memberNamesIn } from "../aws/member_names.ts";
import type { QueueCalls } from "../aws/queue.ts";
import { PASSING_TAG } from "../../schemas/ecs/events/passing_tag.ts";
import { makeWaitingRuns, type WaitingRuns } from "../time/waiting_runs.ts";
import type { EcsCalls } from "./calls.ts";
import { checkPlan } from "./check_plan.ts";
import { type Deregister, makeDeregister } from "./definitions/deregister_task_definition.ts";
import { makeTaskDefinitions, type TaskDefinitions } from "./definitions/ensure_task_definition.ts";
import { holdLaunches } from "./hold_launches.ts";
import { makeLastLines, type ReadLogTail } from "./last_lines.ts";
import { makeListTasks } from "./list_tasks.ts";
import { makeLook } from "./look_at_tasks.ts";
import { makePassingDefinitions, type PassingDefinitions } from "./definitions/passing_definitions.ts";
import { makeOwnDefinitions } from "./definitions/own_definitions.ts";
import { type PacedEcsCalls, pacedEcsCalls, type PacingOptions } from "./paced_calls.ts";
import { makeRunTask, type RunTask } from "./run_task.ts";
import { listenToTaskEvents } from "./events/task_events.ts";
import { toTask } from "./client.ts";
import { makeSweepFamily } from "./definitions/sweep_family.ts";

/** What the platform is made from. */
export interface EcsPlatformDeps {
  /** Before pacing. */
  readonly ecs: EcsCalls;
  readonly readLogTail: ReadLogTail;
  readonly pacing: PacingSettings;
  /** The queue of task events; absent: there is none. */
  readonly events?: { readonly name: string; readonly queue: QueueCalls };
  /** How often a registration is sent that ECS refuses. Null or absent: a refusal is final. */
  readonly registering?: Attempts | null;
  /** Receives how long each call waited for its permit, in milliseconds. */
  readonly onTurn: NonNullable<PacingOptions["onTurn"]>;
  /** Cluster of runs that were found again and cannot be planned. */
  readonly cluster: string;
  /** Message of a launch without a task. */
  readonly unplacedText: UnplacedText;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** The platform, and the parts that other components share with it. */
export interface EcsPlatform {
  readonly platform: Platform<LaunchPlan>;
  readonly paced: PacedEcsCalls;
  /** Knows the work that waits for a permit to call AWS. */
  readonly waiting: WaitingRuns;
}

/** Makes the platform; nothing is sent yet. */
export function makeEcsPlatform(deps: EcsPlatformDeps): EcsPlatform {
  const { cluster, pacing: { limits, quotaShare: share }, onTurn, clock, log } = deps;
  const paced = pacedEcsCalls(deps.ecs, { limits, share, onTurn, clock });
  const { ecs, waiting, changes, onSeen, ...launching } = makeLaunching(deps, paced);
  const platform: Platform<LaunchPlan> = {
    ...launching,
    ...NO_PACE,
    check: checkPlan,
    place: (plan, runId) => plan === null ? unplannedPlace(cluster || null) : taskPlace(plan, runId),
    zone: zoneOf,
    look: makeLook({ ecs, clock, log, onSeen }),
    changes,
    list: makeListTasks({ ecs, clock }),
    stop: (task, { runId, reason, isSure = false }, signal) =>
      stopTask(task, stopSentence(runId, reason), { ecs, signal, isSure }),
    log: makeReadLog(deps),
    explain: explainStop,
    explainSlowStart,
    waitsFor: waiting.waitsFor,
    links: consoleLinks,
    words: ECS_WORDS,
  };
  return { platform, paced, waiting };
}

/** What registers and launches, and can say what it waits for. */
function makeLaunching(deps: EcsPlatformDeps, paced: PacedEcsCalls) {
  const { unplacedText, registering: attempts = null, clock, random, log } = deps;
  const ecs = paced.calls;
  const registering = attempts === null ? {} : { registering: { attempts, random } };
  const definitions = makeTaskDefinitions({ ecs, clock, log, ...registering });
  const deregister = makeDeregister({ ecs, clock, random, log });
  const passing = passingOf(deps, { ecs, definitions, deregister });
  const runTask = makeRunTask({
    ecs,
    definitions: { forget: definitions.forget, ensure: noting(definitions.ensure, passing) },
    tagged: passing.tagged,
    unplacedText,
  });
  const told: Told = (runId, plan, work) =>
    explained({ plan, what: `flow run ${runId}`, unplacedText }, work);
  // What holds launches back quotes the failures that it sees.
  const launch: RunTask = (request, signal) => {
    const { runId, plan } = request;
    const work = runTask(request, signal);
    return plan.isDiscreet === true ? told(runId, plan, work) : work;
  };
  const launches = holdLaunches(launch, { clock, log });
  const waiting = makeWaitingRuns({
    waitsFor: (waiter) => paced.waitsFor(waiter) ?? launches.waitsFor(waiter) ?? definitions.waitsFor(waiter),
    clock,
    log,
  });
  const parts = { ecs, definitions, passing, launches, waiting, deregister, told };
  const changes = makeChanges(deps, parts);
  return { ecs, waiting, changes, onSeen: passing.seen, ...launchingWith(deps, parts) };
}

function passingOf(
  { clock }: EcsPlatformDeps,
  { ecs, ...parts }: Pick<LaunchParts, "ecs" | "definitions" | "deregister">,
): PassingDefinitions {
  return makePassingDefinitions({
    ...parts,
    clock,
    tagKey: PASSING_TAG,
    describe: async (cluster, arns) =>
      (await ecs.describeTasks(cluster, arns, new AbortController().signal)).tasks,
  });
}

/** Notes which run uses which definition. */
function noting(ensure: TaskDefinitions["ensure"], passing: PassingDefinitions): TaskDefinitions["ensure"] {
  return async (request, signal) => {
    const definition = await ensure(request, signal);
    passing.used(request.runId, request.plan, definition);
    return definition;
  };
}

/** Adds to the failures of a run's work what they mean for its plan. */
type Told = <T>(runId: string, plan: LaunchPlan, work: Promise<T>) => Promise<T>;

interface LaunchParts {
  readonly ecs: PacedEcsCalls["calls"];
  readonly definitions: TaskDefinitions;
  readonly passing: PassingDefinitions;
  readonly launches: ReturnType<typeof holdLaunches>;
  readonly waiting: WaitingRuns;
  readonly deregister: Deregister;
  readonly told: Told;
}

function launchingWith(
  { clock, log }: EcsPlatformDeps,
  { ecs, definitions, passing, launches, waiting, deregister, told }: LaunchParts,
): Pick<Platform<LaunchPlan>, "ensure" | "release" | "decided" | "left" | "run"> {
  const own = makeOwnDefinitions({
    clock,
    log,
    ensure: (request, signal) =>
      waiting.during({
        runId: request.runId,
        name: definitions.waiterOf(request),
        work: () => noting(definitions.ensure, passing)(request, signal),
      }),
    deregister,
    sweep: makeSweepFamily({ ecs, deregister, log }),
  });
  return {
    ensure: ({ runId, plan }, signal) =>
      told(runId, plan, own.ensure({ runId, plan: plan.definition }, signal)),
    release: ({ plan, ...released }, signal) => own.release({ ...released, plan: plan.definition }, signal),
    decided: ({ runId, plan }) => own.decided({ runId, plan: plan.definition }),
    left: (runId, isBack) => {
      passing.left(runId);
      own.left(runId, isBack);
    },
    run: async (request, signal) => {
      const { runId, plan } = request;
      const work = waiting.during({ runId, name: runId, work: () => launches.launch(request, signal) });
      const task = await (plan.isDiscreet === true ? work : told(runId, plan, work));
      passing.launched(runId, task.id, clusterOfTasks({ taskId: task.id, place: taskPlace(plan, runId) }));
      return task;
    },
  };
}

function makeChanges(
  { events, clock, random, log }: EcsPlatformDeps,
  { ecs, passing }: LaunchParts,
): Platform<LaunchPlan>["changes"] {
  if (events === undefined) return () => () => undefined;
  const deps = { ...events, ecs, ended: passing.ended, clock, random, log };
  return (tell) => listenToTaskEvents({ ...deps, readTask: toTask, passingTag: PASSING_TAG }, tell);
}

/** A launch whose failures are explained. */
interface Explained {
  readonly plan: LaunchPlan;
  readonly what: string;
  readonly unplacedText: UnplacedText;
}

/** Adds to a failure what it means for this plan, and what to do; what a plan must not quote is left out. */
function explained<T>({ plan, ...deps }: Explained, work: Promise<T>): Promise<T> {
  return work.catch((thrown) => {
    const failure = toFailure(thrown);
    const told = plan.isDiscreet === true
      ? discreetFailure(failure, plan, { ...deps, namesIn: memberNamesIn })
      : explainLaunch(failure, plan);
    if (told === failure) throw thrown;
    throw new FailureError(told, plan.isDiscreet === true ? {} : { cause: thrown });
  });
}

function zoneOf(tasks: TasksOfRun): string {
  const cluster = clusterOfTasks(tasks);
  return cluster === null ? "" : `cluster ${cluster}`;
}

async function stopTask(
  { id, place }: TaskRef,
  reason: string,
  { ecs, signal, isSure }: {
    readonly ecs: Pick<EcsCalls, "stopTask">;
    readonly signal: AbortSignal;
    readonly isSure: boolean;
  },
): Promise<void> {
  try {
    await ecs.stopTask(clusterOfTasks({ taskId: id, place }), id, reason, signal);
  } catch (thrown) {
    if (!isUnknownTask(thrown, isSure)) throw thrown;
  }
}

/** @see ECS API reference, StopTask: `InvalidParameterException` for a task that is long gone */
function isUnknownTask(thrown: unknown, isSure: boolean): boolean {
  const failure = toFailure(thrown);
  if (failure.tag !== "refused") return false;
  return (!isSure && failure.code === "ClusterNotFoundException") ||
    /task was not found/i.test(failure.message);
}

function makeReadLog({ readLogTail, pacing: { failureLogLines: lines }, clock, log }: EcsPlatformDeps) {
  const lastLines = makeLastLines({ read: readLogTail, lines, clock, log });
  return async ({ id, place }: TaskRef, signal: AbortSignal): Promise<TaskLog> => {
    const places = logPlaces(logSourcesOf(place), id);
    const isRead = lines > 0 && places.length > 0;
    return {
      places: places.map(logPlaceText),
      lastLines: isRead ? await lastLines(places, signal) : [],
    };
  };
}
