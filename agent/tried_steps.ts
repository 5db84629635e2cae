/**
 * Says which steps of flow runs go on failing. A step that has been tried for some seconds is told in the agent's log, once for
 * all runs that fail in it for the same cause, and in the log of each claimed run; then again at growing intervals. Waiting for
 * this agent's own limits is no try.
 *
 * @module
 */

import type { Log } from "../schemas/contracts/log.ts";
import type { Orchestrator } from "../schemas/contracts/orchestrator.ts";
import type { Platform } from "../schemas/contracts/platform.ts";
import type { Failure } from "../schemas/failure/failure.ts";
import type { LaunchPolicy } from "../schemas/flow_run/launch_policy.ts";
import type { Clock } from "../schemas/time/clock.ts";
import { type Again, nextLine, WORTH_A_LINE_MS } from "../schemas/time/told_again.ts";
import type { TriedStage, TriedStep } from "./tried_step.ts";
import { causeOf, lineForAgent, lineForRun } from "./tried_steps_text.ts";

/** Steps of few requests: where one is not answered for long, that is worth a line as well. */
const ASKED: ReadonlySet<TriedStage> = new Set<TriedStage>(["claim", "plan", "register", "run", "find"]);

/** Steps whose requests may wait for the platform's limits before they are sent. */
const PACED: ReadonlySet<TriedStage> = new Set<TriedStage>(["plan", "register", "run"]);

/** What is told of a step. */
export interface TriedStepsDeps {
  readonly orchestrator: Pick<Orchestrator, "log">;
  readonly platform: Pick<Platform<unknown>, "waitsFor" | "words">;
  readonly policy: Pick<LaunchPolicy, "deadlineMs">;
  /** Whether the run was claimed: only then this agent writes to its log. */
  readonly isClaimed: (runId: string) => boolean;
  readonly clock: Clock;
  readonly log: Log;
}

/** The steps of all runs. */
export interface TriedSteps {
  /** A try begins; a step of another stage is over by that. */
  readonly begun: (runId: string, stage: TriedStage) => void;
  /** A try has failed. @param waitMs until the next one; null: not known, or there is none */
  readonly failed: (runId: string, stage: TriedStage, failure: Failure, waitMs?: number | null) => void;
  /** The run waits before its step is tried again, in milliseconds. */
  readonly paused: (runId: string, waitMs: number) => void;
  /** The step has succeeded, or its end does not matter any more. */
  readonly over: (runId: string, stage: TriedStage) => void;
  /** What the last try of the run's step was answered; null: it is under way for the first time, or nothing is tried. */
  readonly failureOf: (runId: string) => Failure | null;
  /** No step of the run is tried any more. */
  readonly left: (runId: string) => void;
  /** Nothing more is told. */
  readonly stop: () => void;
}

/** Time between two looks at all steps, in milliseconds. */
const LOOK_MS = 2000;

/** A cause that no step had for this long is forgotten: it is told at once when it comes back, in milliseconds. */
const FORGET_MS = 60_000;

/** A claim whose confirmation was not asked again for this long is not being confirmed any more, in milliseconds. */
const FORGET_HOLD_MS = 60_000;

/** Most causes of one stage that are told apart. */
const MOST_CAUSES = 5;

/** What is known of one cause in one stage. */
interface Cause {
  readonly stage: TriedStage;
  again: Again | null;
  seenMs: number;
}

interface Steps extends TriedStepsDeps {
  /** By run and stage. A run has one step, and while it is tried at most the confirmation of its claim beside it. */
  readonly tried: Map<string, Map<TriedStage, TriedStep>>;
  readonly causes: Map<string, Cause>;
  readonly ending: AbortController;
  forget: (() => void) | null;
  lookedMs: number;
}

/** No step yet. */
export function makeTriedSteps(deps: TriedStepsDeps): TriedSteps {
  const steps: Steps = {
    ...deps,
    tried: new Map(),
    causes: new Map(),
    ending: new AbortController(),
    forget: null,
    lookedMs: 0,
  };
  const { tried, clock } = steps;
  const remove = (runId: string, stage: TriedStage) => {
    const own = tried.get(runId);
    if (own === undefined || !own.delete(stage) || own.size > 0) return;
    tried.delete(runId);
    if (tried.size === 0) rest(steps);
  };
  return {
    begun: (runId, stage) => {
      const own = tried.get(runId);
      if (own !== undefined) { for (const other of own.keys()) if (other !== stage) own.delete(other); }
      const step = stepOf(steps, runId, stage);
      step.isUnderWay = true;
      step.nextMs = null;
    },
    failed: (runId, stage, failure, waitMs = null) => {
      const step = stepOf(steps, runId, stage);
      step.tries++;
      step.failure = failure;
      step.mayBeDone ||= failure.tag === "unknownOutcome";
      step.isUnderWay = false;
      step.nextMs = waitMs === null ? null : clock.now() + waitMs;
    },
    paused: (runId, waitMs) => {
      for (const step of tried.get(runId)?.values() ?? []) step.nextMs = clock.now() + waitMs;
    },
    over: remove,
    failureOf: (runId) =>
      [...tried.get(runId)?.values() ?? []].find(({ stage }) => stage !== "hold")?.failure ?? null,
    left: (runId) => {
      if (tried.delete(runId) && tried.size === 0) rest(steps);
    },
    stop: () => {
      tried.clear();
      rest(steps);
      steps.ending.abort();
    },
  };
}

function stepOf(steps: Steps, runId: string, stage: TriedStage): TriedStep {
  const own = steps.tried.get(runId) ?? new Map<TriedStage, TriedStep>();
  const known = own.get(stage);
  if (known !== undefined) return known;
  const step: TriedStep = {
    runId,
    stage,
    sinceMs: steps.clock.now(),
    tries: 0,
    failure: null,
    mayBeDone: false,
    nextMs: null,
    isUnderWay: false,
    again: null,
  };
  steps.tried.set(runId, own.set(stage, step));
  lookLater(steps);
  return step;
}

function lookLater(steps: Steps): void {
  if (steps.forget !== null || steps.ending.signal.aborted) return;
  steps.lookedMs = steps.clock.now();
  steps.forget = steps.clock.after(LOOK_MS, () => {
    steps.forget = null;
    lookAtAll(steps);
    if (steps.tried.size > 0) lookLater(steps);
  });
}

function rest(steps: Steps): void {
  steps.forget?.();
  steps.forget = null;
}

function lookAtAll(steps: Steps): void {
  const nowMs = steps.clock.now();
  // A clock that was set back or on says nothing about how long steps were tried.
  const passedMs = Math.min(LOOK_MS, Math.max(0, nowMs - steps.lookedMs));
  const failing: TriedStep[] = [];
  for (const step of [...steps.tried.values()].flatMap((own) => [...own.values()])) {
    if (isGivenUp(step, nowMs)) giveUp(step, steps);
    else if (isHeldBack(step, steps)) step.sinceMs = Math.min(nowMs, step.sinceMs + passedMs);
    else if (step.failure !== null || isUnanswered(step, steps)) failing.push(step);
  }
  tellAgent(failing, nowMs, steps);
  for (const step of failing) tellRun(step, nowMs, steps);
}

function giveUp({ runId, stage }: TriedStep, { tried }: Steps): void {
  const own = tried.get(runId);
  if (own?.delete(stage) === true && own.size === 0) tried.delete(runId);
}

/** Who confirms a claim may leave that to later without a word. */
function isGivenUp({ stage, nextMs }: TriedStep, nowMs: number): boolean {
  return stage === "hold" && nextMs !== null && nowMs - nextMs > FORGET_HOLD_MS;
}

/** Whether the request of a run waits before it is sent. */
function isHeldBack({ runId, stage, isUnderWay }: TriedStep, { platform }: Steps): boolean {
  return isUnderWay && PACED.has(stage) && platform.waitsFor(runId) !== null;
}

/** A run whose claim is being confirmed has not sent its own request yet. */
function isUnanswered({ runId, stage, isUnderWay }: TriedStep, { tried }: Steps): boolean {
  return isUnderWay && ASKED.has(stage) && tried.get(runId)?.has("hold") !== true;
}

function isLong(step: TriedStep, nowMs: number): boolean {
  return nowMs - step.sinceMs >= WORTH_A_LINE_MS;
}

/** One line for each cause in each stage. */
function tellAgent(failing: readonly TriedStep[], nowMs: number, steps: Steps): void {
  const { causes, log, policy, platform: { words } } = steps;
  for (const [cause, group] of byCause(failing, nowMs, causes)) {
    const [first] = group.toSorted((one, other) => one.sinceMs - other.sinceMs);
    if (first === undefined || !isLong(first, nowMs)) continue;
    if (cause.again !== null && nowMs < cause.again.atMs) continue;
    cause.again = nextLine(cause.again, nowMs);
    const line = lineForAgent({ step: first, runs: group.length, nowMs, policy, words });
    log("WARNING", line, { runId: group.length === 1 ? first.runId : null });
  }
  for (const [key, { seenMs }] of causes) if (nowMs - seenMs >= FORGET_MS) causes.delete(key);
}

function byCause(
  failing: readonly TriedStep[],
  nowMs: number,
  causes: Map<string, Cause>,
): ReadonlyMap<Cause, readonly TriedStep[]> {
  const groups = new Map<Cause, TriedStep[]>();
  for (const step of failing) {
    const key = causeKey(step, causes);
    const cause = causes.get(key) ?? { stage: step.stage, again: null, seenMs: nowMs };
    cause.seenMs = nowMs;
    causes.set(key, cause);
    const group = groups.get(cause);
    if (group === undefined) groups.set(cause, [step]);
    else group.push(step);
  }
  return groups;
}

/** Causes beyond the first few of a stage count as one: texts that differ for each run must not make a line for each. */
function causeKey(step: TriedStep, causes: ReadonlyMap<string, Cause>): string {
  const key = causeOf(step);
  if (causes.has(key)) return key;
  const known = [...causes.values()].filter(({ stage }) => stage === step.stage).length;
  return known >= MOST_CAUSES ? step.stage : key;
}

function tellRun(step: TriedStep, nowMs: number, steps: Steps): void {
  const { orchestrator, isClaimed, policy, platform: { words }, ending: { signal } } = steps;
  const isDue = step.again === null ? isLong(step, nowMs) : nowMs >= step.again.atMs;
  if (!isDue || !isClaimed(step.runId)) return;
  step.again = nextLine(step.again, nowMs);
  const line = lineForRun({ step, nowMs, policy, words });
  orchestrator.log(step.runId, "WARNING", line, signal).catch(() => undefined);
}
