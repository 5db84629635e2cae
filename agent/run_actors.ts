/**
 * The actors of a flow run. Each reads from the vault what machines must not see, and calls one effect.
 *
 * @module
 */

import type { BehaviorSubject } from "rxjs";
import { fromCallback, fromPromise } from "xstate";
import { makeDeadlines } from "../actors/time/deadlines.ts";
import type { HeldRun, RunVault } from "./run_vault.ts";
import {
  type EnsuredDefinition,
  type FoundTask,
  type LaunchedTask,
  NO_TASK_FOUND,
  type StopResult,
} from "../schemas/contracts/task.ts";
import type { ClaimedTasks, TaskPlace } from "../schemas/contracts/platform.ts";
import { flowRunMachine } from "../machines/flow_run.ts";
import type {
  PlanInput,
  Report,
  Reported,
  RunTaskInput,
  StopInput,
  WatchInput,
} from "../machines/flow_run_types.ts";
import { clientToken } from "../schemas/flow_run/client_token.ts";
import type { FlowRunEvent } from "../schemas/flow_run/events.ts";
import { FailureError, toFailure } from "../schemas/failure/failure.ts";
import type { RunHeader } from "../schemas/flow_run/flow_run.ts";
import type { RunPlan } from "../schemas/plan/run_plan.ts";
import type { AgentEffects } from "./effects.ts";
import type { MakePlan } from "./make_plan.ts";
import { planLater } from "./plan_later.ts";
import { type ClaimHolds, makeClaimHolds } from "./claim_holds.ts";

/** What the runs of one agent share. */
export interface RunDeps<Run, Plan> {
  readonly vault: RunVault<Run, Plan>;
  /** Claims waiting for their answer. */
  readonly claims: BehaviorSubject<number>;
  readonly makePlan: MakePlan<Run, Plan>;
}

/** What the actors of runs need. */
export interface RunProgram<Run, Plan> {
  readonly effects: AgentEffects<Run, Plan>;
  /** Time between two searches for claims that no process works on, in milliseconds. */
  readonly reconcileMs: number;
  /** Runs a run's work inside that run's context, such as its trace. @default the work runs without a context */
  readonly within?: <T>(runId: string, work: () => T) => T;
}

interface Port<Run, Plan> extends RunDeps<Run, Plan>, Pick<RunProgram<Run, Plan>, "effects"> {
  readonly holds: ClaimHolds;
}

/** A step of a run, as one actor does it. */
type Step<Run, Plan, Input, Output> = (
  input: Input,
  port: Port<Run, Plan>,
  signal: AbortSignal,
) => Promise<Output>;

/** The chart of a flow run with everything but its pauses. */
export function provideFlowRun<Run, Plan extends RunPlan>(
  program: RunProgram<Run, Plan>,
  deps: RunDeps<Run, Plan>,
) {
  const { effects, reconcileMs, within = (_, work) => work() } = program;
  const holds = makeClaimHolds({ ...effects, vault: deps.vault, reconcileMs });
  const port: Port<Run, Plan> = { ...deps, effects, holds };
  const step = <Input extends { readonly runId: string }, Output>(work: Step<Run, Plan, Input, Output>) =>
    fromPromise<Output, Input>(({ input, signal }) => within(input.runId, () => work(input, port, signal)));
  return flowRunMachine.provide({
    actors: {
      deadlines: makeDeadlines(effects.clock),
      claimRun: step(claimRun),
      planLaunch: step(planLaunch),
      ensureTaskDefinition: step(ensureTaskDefinition),
      runTask: step(runTask),
      releaseTaskDefinition: step(releaseTaskDefinition),
      reportRun: fromPromise<Reported, ReportInput>(({ input, signal }) =>
        within(input.header.id, () => reportRun(input, port, signal))
      ),
      findTask: step(findAgain),
      watchRun: fromCallback<FlowRunEvent, { runId: string; claim: string }>(({ input, sendBack }) =>
        effects.watchRun({ runId: input.runId, claim: deps.vault.get(input.runId).claim }, sendBack)
      ),
      watchTask: fromCallback<FlowRunEvent, WatchInput>(({ input, sendBack }) =>
        watchTask(input, port, sendBack)
      ),
      stopTask: step(stopTask),
    },
  });
}

async function claimRun<Run, Plan>(
  { runId }: { runId: string },
  { vault, claims, holds, effects: { orchestrator, log, clock } }: Port<Run, Plan>,
  signal: AbortSignal,
): Promise<{ outcome: "claimed" | "lost" }> {
  const { run, claim } = vault.get(runId);
  const askedMs = clock.now();
  claims.next(claims.value + 1);
  const result = await orchestrator.claim(run, claim, signal).finally(() => claims.next(claims.value - 1));
  if (result.outcome === "claimed") holds.granted(runId, askedMs);
  if (result.outcome === "lost") log("DEBUG", `Flow run ${runId} is not ours: ${result.why}`, { runId });
  return { outcome: result.outcome };
}

async function planLaunch<Run, Plan extends RunPlan>(
  { runId, attempt, lost }: PlanInput,
  port: Port<Run, Plan>,
  signal: AbortSignal,
): Promise<void> {
  const { effects: { log, orchestrator }, vault, makePlan } = port;
  if (lost !== null) {
    const line = `${lost}; starting it again, attempt ${attempt}`;
    log("WARNING", line, { runId });
    await orchestrator.log(runId, "WARNING", line, signal);
  }
  log("INFO", orchestrator.lines.deploying(runId), { runId });
  const plan = await makePlan(vault.get(runId), signal);
  for (const note of plan.notes) log("INFO", note, { runId });
  for (const warning of plan.warnings) log("WARNING", `Flow run ${runId}: ${warning}`, { runId });
  keepPlan(runId, plan, port);
}

function keepPlan<Run, Plan>(
  runId: string,
  plan: Plan,
  { vault, effects: { platform } }: Port<Run, Plan>,
): void {
  vault.keepPlan(runId, plan, platform.place(plan, runId));
}

function planOf<Run, Plan>(vault: RunVault<Run, Plan>, runId: string): Plan {
  const { plan } = vault.get(runId);
  if (plan === null) throw new RangeError(`Cannot launch flow run ${runId}: it was not planned`);
  return plan;
}

async function ensureTaskDefinition<Run, Plan>(
  { runId }: { runId: string },
  { effects: { platform }, vault }: Port<Run, Plan>,
  signal: AbortSignal,
): Promise<EnsuredDefinition> {
  return await platform.ensure({ runId, plan: planOf(vault, runId) }, signal);
}

async function releaseTaskDefinition<Run, Plan>(
  { runId, id }: { runId: string; id: string },
  { effects: { platform }, vault }: Port<Run, Plan>,
  signal: AbortSignal,
): Promise<void> {
  const isTakenUp = isFound(vault.get(runId));
  await platform.release({ runId, id, plan: planOf(vault, runId), isTakenUp }, signal);
}

async function runTask<Run, Plan>(
  input: RunTaskInput,
  { effects: { platform }, vault, holds }: Port<Run, Plan>,
  signal: AbortSignal,
): Promise<LaunchedTask> {
  const { runId, attempt, definition, learnt } = input;
  // A first attempt starts the same task from every process, because its token is the same: no need to wait for the claim.
  const hold = attempt === 1 ? holds.tryConfirm : holds.confirm;
  const confirm = async () => void await hold(runId, signal);
  const token = clientToken(input);
  return await platform.run(
    { runId, plan: planOf(vault, runId), definition, token, learnt, confirm },
    signal,
  );
}

interface ReportInput {
  readonly header: RunHeader;
  readonly report: Report;
}

async function reportRun<Run, Plan>(
  { header, report }: ReportInput,
  port: Port<Run, Plan>,
  signal: AbortSignal,
): Promise<Reported> {
  const { effects: { orchestrator, log }, vault, holds } = port;
  const subject = { runId: header.id };
  if (report.kind === "launched") {
    log("INFO", orchestrator.lines.deployed(header.id), subject);
    await tellTask({ runId: header.id, ...report.task }, port, signal);
    holds.launched(header.id);
    return NO_TASK_FOUND;
  }
  const { held, found } = await lookBeforeFailing(header.id, report, { port, signal });
  const { taskId, started } = found;
  if (taskId !== null) await tellTask({ runId: header.id, id: taskId, adopted: true }, port, signal);
  if (taskId !== null || (started && !wasRunning(report))) return { taskId, started };
  for (const line of orchestrator.lines.failing(header.id, report.failure.message)) {
    log("ERROR", line, subject);
  }
  const { claim } = vault.get(header.id);
  await orchestrator.fail({ id: header.id, version: report.version, claim, held }, report.failure, signal);
  log("ERROR", orchestrator.lines.failed(header.id), subject);
  return NO_TASK_FOUND;
}

type FailedReport = Extract<Report, { kind: "failed" }>;

/** Whether the flow had begun when its task ended. */
function wasRunning({ failure }: FailedReport): boolean {
  return failure.tag === "taskStopped" && failure.wasRunning;
}

/** Tells the API which task the run has. */
async function tellTask<Run, Plan>(
  { runId, id, adopted }: LaunchedTask & { readonly runId: string },
  port: Port<Run, Plan>,
  signal: AbortSignal,
): Promise<void> {
  const { effects: { orchestrator, log }, vault } = port;
  const { label } = placeOf(runId, port);
  const isTakenUp = adopted && isFound(vault.get(runId));
  const told = await orchestrator.reportTask(runId, { id, label, isTakenUp }, signal);
  if (told === "kept") {
    log("DEBUG", `Flow run ${runId} has ${label} ${id}; the API will be told as soon as it answers`, {
      runId,
    });
  }
}

/** Where tasks of a run are; a run that was found again may not be planned. */
function placeOf<Run, Plan>(runId: string, { vault, effects: { platform } }: Port<Run, Plan>): TaskPlace {
  return vault.get(runId).place ?? platform.place(null, runId);
}

/** Whether the claim was found again, and not made by this process. */
function isFound({ hold }: HeldRun<unknown, unknown>): boolean {
  return hold !== null && hold.grantedMs === null;
}

/** Finds the task of a recovered run and reports it to the API. A flow that has begun needs no report of its task. */
async function findAgain<Run, Plan>(
  { runId }: { runId: string },
  port: Port<Run, Plan>,
  signal: AbortSignal,
): Promise<FoundTask> {
  port.holds.found(runId);
  const found = await findTask(runId, port, signal);
  const isWaiting = !found.over && !found.started;
  if (found.taskId !== null && isWaiting) {
    await tellTask({ runId, id: found.taskId, adopted: true }, port, signal);
  }
  return found;
}

/** Whether the token of the first attempt can certainly start no other task. */
function hasUsedToken({ failure: { tag } }: FailedReport): boolean {
  return tag === "taskStopped" || tag === "notPlaced";
}

/** What is known before a run is failed. */
interface LastLook {
  readonly found: FoundTask;
  /** The claim is this process's own. */
  readonly held: boolean;
}

/**
 * A task that overrides our failure: a request whose answer was lost, or another process, started it. Once this process holds
 * the claim and the requests of earlier holders are settled, no task can appear after this search.
 */
async function lookBeforeFailing<Run, Plan>(
  runId: string,
  report: FailedReport,
  { port, signal }: { readonly port: Port<Run, Plan>; readonly signal: AbortSignal },
): Promise<LastLook> {
  const { holds } = port;
  if (report.failure.tag === "claimLost") throw new FailureError(report.failure);
  const mayHaveTask = report.mayHaveTask || holds.isDoubtful(runId);
  await holds.confirm(runId, signal);
  if (!hasUsedToken(report)) await holds.guarded(runId, signal);
  await holds.settled(runId, signal);
  const held = await holds.tryConfirm(runId, signal) === "held";
  return { held, found: mayHaveTask ? await findTask(runId, port, signal) : NO_TASK_FOUND };
}

/** Plans a recovered claim first, because the plan says where its task would be and how to recognise it. */
async function findTask<Run, Plan>(
  runId: string,
  port: Port<Run, Plan>,
  signal: AbortSignal,
): Promise<FoundTask> {
  const { effects, vault, makePlan } = port;
  const held = vault.get(runId);
  if (held.place === null) {
    try {
      keepPlan(runId, await makePlan(held, signal), port);
    } catch (thrown) {
      signal.throwIfAborted();
      effects.log("DEBUG", `Looking for flow run ${runId} without its plan: ${toFailure(thrown).message}`, {
        runId,
      });
    }
  }
  const found = await effects.findTask(tasksOf(runId, null, port), signal);
  const { plan } = vault.get(runId);
  if (plan !== null && (found.taskId !== null || found.over || found.started)) {
    effects.platform.decided({ runId, plan });
  }
  return found;
}

function tasksOf<Run, Plan>(runId: string, taskId: string | null, port: Port<Run, Plan>): ClaimedTasks {
  return { runId, claim: port.vault.get(runId).claim, taskId, place: placeOf(runId, port) };
}

async function stopTask<Run, Plan>(
  { runId, taskId, ...wish }: StopInput,
  port: Port<Run, Plan>,
  signal: AbortSignal,
): Promise<StopResult> {
  return await port.effects.stopTask({ ...tasksOf(runId, taskId, port), ...wish }, signal);
}

/** Follows the task of a run. Where the run is not planned, it is followed again as soon as it is. */
function watchTask<Run, Plan>(
  { runId, taskId }: WatchInput,
  port: Port<Run, Plan>,
  tell: (event: FlowRunEvent) => void,
): () => void {
  const { vault, effects } = port;
  vault.dropPlan(runId);
  const { place, run } = vault.get(runId);
  const delegatesToOtherJob = effects.orchestrator.delegatesToOtherJob(run);
  const follow = (known: TaskPlace) =>
    effects.watchTask({ ...tasksOf(runId, taskId, port), place: known, delegatesToOtherJob }, tell);
  if (place !== null) return follow(place);
  // The absence of its tasks proves nothing.
  let leave = follow({ ...placeOf(runId, port), canList: false });
  const planning = new AbortController();
  placeLater(runId, port, planning.signal).then((known) => {
    leave();
    leave = follow(known);
  }, () => undefined);
  return () => {
    planning.abort();
    leave();
  };
}

/** Plans a run whose launch an earlier process decided. @returns where its tasks are @throws the reason of `signal` */
async function placeLater<Run, Plan>(
  runId: string,
  port: Port<Run, Plan>,
  signal: AbortSignal,
): Promise<TaskPlace> {
  const { vault, effects, makePlan } = port;
  const held = vault.get(runId);
  const plan = await planLater({ ...effects, runId, plan: (its) => makePlan(held, its) }, signal);
  keepPlan(runId, plan, port);
  vault.dropPlan(runId);
  effects.platform.decided({ runId, plan });
  return placeOf(runId, port);
}
