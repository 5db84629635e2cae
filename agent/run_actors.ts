/**
 * The actors of a flow run, provided: each looks up in the vault what machines must not see, and calls one effect.
 *
 * @module
 */

import type { BehaviorSubject } from "rxjs";
import { fromCallback, fromPromise } from "xstate";
import { makeDeadlines } from "../actors/time/deadlines.ts";
import { readSources } from "./prepare_options.ts";
import type { ReadSource } from "../actors/ecs/read_source.ts";
import type { HeldRun, RunVault } from "./run_vault.ts";
import {
  type EnsuredDefinition,
  type FoundTask,
  type LaunchedTask,
  NO_TASK_FOUND,
  type StopResult,
  type TaskTarget,
} from "../schemas/contracts/task.ts";
import { flowRunMachine } from "../machines/flow_run.ts";
import type {
  PlanInput,
  Report,
  Reported,
  RunTaskInput,
  StopInput,
  WatchInput,
} from "../machines/flow_run_types.ts";
import { attemptRequest } from "../schemas/ecs/capacity_fallback.ts";
import { clientToken } from "../schemas/flow_run/client_token.ts";
import type { FlowRunEvent } from "../schemas/flow_run/events.ts";
import { FailureError, toFailure } from "../schemas/failure/failure.ts";
import type { RunHeader } from "../schemas/flow_run/flow_run.ts";
import type { LaunchPlan } from "../schemas/ecs/launch_plan.ts";
import { logPlaces } from "../schemas/ecs/log_places.ts";
import type { AgentProgram } from "./effects.ts";
import { type ClaimHolds, makeClaimHolds } from "./claim_holds.ts";
import type { RunDefinitions } from "./run_definitions.ts";
import { clusterOfScope } from "../schemas/ecs/scope.ts";

/** What the runs of one agent share. */
export interface RunDeps<Options> {
  readonly vault: RunVault;
  readonly definitions: RunDefinitions;
  /** Claims waiting for their answer. */
  readonly claims: BehaviorSubject<number>;
  /** The options, once the start has finished them. */
  readonly options: () => Options;
}

interface Port<Options> extends RunDeps<Options>, Pick<AgentProgram<Options>, "effects" | "flavour"> {
  readonly holds: ClaimHolds;
}

/** A step of a run, as one actor does it. */
type Step<Options, Input, Output> = (
  input: Input,
  port: Port<Options>,
  signal: AbortSignal,
) => Promise<Output>;

/** The chart of a flow run with everything but its pauses. */
export function provideFlowRun<Options>(program: AgentProgram<Options>, deps: RunDeps<Options>) {
  const { effects, flavour, reconcileMs, within = (_, work) => work() } = program;
  const holds = makeClaimHolds({ ...effects, vault: deps.vault, reconcileMs });
  const port: Port<Options> = { ...deps, effects, flavour, holds };
  const step = <Input extends { readonly runId: string }, Output>(work: Step<Options, Input, Output>) =>
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

async function claimRun<Options>(
  { runId }: { runId: string },
  { vault, claims, holds, effects: { orchestrator, log, clock } }: Port<Options>,
  signal: AbortSignal,
): Promise<{ outcome: "claimed" | "lost" }> {
  const { run, claim } = vault.get(runId);
  const askedMs = clock.now();
  claims.next(claims.value + 1);
  const result = await orchestrator.claim(run, claim, signal).finally(() => claims.next(claims.value - 1));
  if (result.outcome === "claimed") holds.granted(runId, askedMs);
  if (result.outcome === "lost") log("DEBUG", `Flow run ${run.id} is not ours: ${result.why}`);
  return { outcome: result.outcome };
}

async function planLaunch<Options>(
  { runId, attempt, lost }: PlanInput,
  port: Port<Options>,
  signal: AbortSignal,
): Promise<void> {
  const { effects: { log, orchestrator }, vault } = port;
  if (lost !== null) {
    const line = `${lost}; starting it again, attempt ${attempt}`;
    log("WARNING", line);
    await orchestrator.log(runId, "WARNING", line, signal);
  }
  log("INFO", `Deploying flow run ${runId} to execution environment...`);
  const plan = await makePlan(runId, port, signal);
  for (const note of plan.notes ?? []) log("INFO", note);
  for (const warning of plan.warnings) log("WARNING", `Flow run ${runId}: ${warning}`);
  vault.keepPlan(runId, plan);
}

async function makePlan<Options>(
  runId: string,
  { effects, flavour, options, vault }: Port<Options>,
  signal: AbortSignal,
): Promise<LaunchPlan> {
  const { run } = vault.get(runId);
  const read: ReadSource = (source, itsSignal) => effects.readSource(source, itsSignal, runId);
  const readings = await readSources(flavour.sources(run, options()), read, signal);
  const plan = flavour.plan(run, options(), readings);
  effects.checkPlan(plan);
  return plan;
}

function planOf(vault: RunVault, runId: string): LaunchPlan {
  const { plan } = vault.get(runId);
  if (plan === null) throw new RangeError(`Cannot launch flow run ${runId}: it was not planned`);
  return plan;
}

async function ensureTaskDefinition<Options>(
  { runId }: { runId: string },
  { definitions, vault }: Port<Options>,
  signal: AbortSignal,
): Promise<EnsuredDefinition> {
  return await definitions.ensure(runId, planOf(vault, runId).definition, signal);
}

async function releaseTaskDefinition<Options>(
  { runId, id }: { runId: string; id: string },
  { definitions, vault }: Port<Options>,
  signal: AbortSignal,
): Promise<void> {
  const { definition: plan } = planOf(vault, runId);
  await definitions.release({ runId, id, plan, isTakenUp: isFound(vault.get(runId)) }, signal);
}

async function runTask<Options>(
  input: RunTaskInput,
  { effects, vault, holds }: Port<Options>,
  signal: AbortSignal,
): Promise<LaunchedTask> {
  const { runId, attempt, definition, learnt } = input;
  const planned = planOf(vault, runId);
  const plan = { ...planned, runTask: attemptRequest(planned.runTask, learnt) };
  // A first attempt gives the same task whoever asks for it: a run that was left behind need not wait for its claim.
  const hold = attempt === 1 ? holds.tryConfirm : holds.confirm;
  const confirm = async () => void await hold(runId, signal);
  return await effects.runTask({ runId, definition, plan, clientToken: clientToken(input), confirm }, signal);
}

interface ReportInput {
  readonly header: RunHeader;
  readonly report: Report;
}

async function reportRun<Options>(
  { header, report }: ReportInput,
  port: Port<Options>,
  signal: AbortSignal,
): Promise<Reported> {
  const { effects: { orchestrator, log }, vault, holds } = port;
  if (report.kind === "launched") {
    log("INFO", `Completed deployment of flow run ${header.id}`);
    await tellTask({ runId: header.id, ...report.task }, port, signal);
    holds.launched(header.id);
    return NO_TASK_FOUND;
  }
  const { held, found } = await lookBeforeFailing(header.id, report, { port, signal });
  const { taskId, started } = found;
  if (taskId !== null) await tellTask({ runId: header.id, id: taskId, adopted: true }, port, signal);
  if (taskId !== null || (started && !wasRunning(report))) return { taskId, started };
  log("ERROR", `Exception encountered while deploying flow run ${header.id}: ${report.failure.message}`);
  log("ERROR", `Updating flow run ${header.id} state to Failed...`);
  const { claim } = vault.get(header.id);
  await orchestrator.fail(
    { id: header.id, version: report.version, claim: claim.key, held },
    report.failure,
    signal,
  );
  log("ERROR", `Deployment of ${header.id} aborted!`);
  return NO_TASK_FOUND;
}

type FailedReport = Extract<Report, { kind: "failed" }>;

/** Whether the flow had begun when its task ended. */
function wasRunning({ failure }: FailedReport): boolean {
  return failure.tag === "taskStopped" && failure.wasRunning;
}

/** Tells the API which task the run has. */
async function tellTask<Options>(
  { runId, id, adopted }: LaunchedTask & { readonly runId: string },
  { effects: { orchestrator, log }, vault }: Port<Options>,
  signal: AbortSignal,
): Promise<void> {
  const held = vault.get(runId);
  const label = held.place?.taskLabel ?? "Task";
  const told = await orchestrator.reportTask(
    runId,
    { id, label, isTakenUp: adopted && isFound(held) },
    signal,
  );
  if (told === "kept") {
    log("DEBUG", `Flow run ${runId} has ${label} ${id}; the API will be told as soon as it answers`);
  }
}

/** Whether the claim was found again, and not made by this process. */
function isFound({ hold }: HeldRun): boolean {
  return hold !== null && hold.grantedMs === null;
}

/** A flow that has begun needs no word about where it was started. */
async function findAgain<Options>(
  { runId }: { runId: string },
  port: Port<Options>,
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

/** Whether the token of the first attempt certainly gives no other task any more. */
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
 * A task that decides instead of our failure: one that was started by a request whose answer was lost, or by another process.
 * Once the claim is this process's own, and what others had sent before is settled, no task can come after the look.
 */
async function lookBeforeFailing<Options>(
  runId: string,
  report: FailedReport,
  { port, signal }: { readonly port: Port<Options>; readonly signal: AbortSignal },
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

/** A claim that was found again is planned first: the plan says where its task would be, and by what it was started. */
async function findTask<Options>(
  runId: string,
  port: Port<Options>,
  signal: AbortSignal,
): Promise<FoundTask> {
  const { effects, vault } = port;
  if (vault.get(runId).place === null) {
    try {
      vault.keepPlan(runId, await makePlan(runId, port, signal));
    } catch (thrown) {
      signal.throwIfAborted();
      effects.log("DEBUG", `Looking for flow run ${runId} without its plan: ${toFailure(thrown).message}`);
    }
  }
  const found = await effects.findTask(targetOf(runId, null, vault), signal);
  const { plan } = vault.get(runId);
  if (plan !== null && (found.taskId !== null || found.over || found.started)) {
    port.definitions.decided(runId, plan.definition);
  }
  return found;
}

function targetOf(runId: string, taskId: string | null, vault: RunVault): TaskTarget {
  const { claim, place } = vault.get(runId);
  return {
    runId,
    claim,
    taskId,
    cluster: place === null ? clusterOfScope(claim.marker.scope) : place.cluster,
    startedBy: place?.isByRunId === false ? null : runId,
  };
}

async function stopTask<Options>(
  { runId, taskId, ...wish }: StopInput,
  { effects, vault }: Port<Options>,
  signal: AbortSignal,
): Promise<StopResult> {
  return await effects.stopTask({ ...targetOf(runId, taskId, vault), ...wish }, signal);
}

function watchTask<Options>(
  { runId, taskId }: WatchInput,
  { effects, vault }: Port<Options>,
  tell: (event: FlowRunEvent) => void,
): () => void {
  vault.dropPlan(runId);
  const { place, run } = vault.get(runId);
  const logs = place === null || taskId === null ? [] : logPlaces(place.logs, taskId);
  const target = targetOf(runId, taskId, vault);
  // Without a plan it is not known what its task would have been started by: then nothing is concluded from its absence.
  const startedBy = place === null ? null : target.startedBy;
  return effects.watchTask({
    ...target,
    startedBy,
    logs,
    delegatesToOtherJob: effects.orchestrator.delegatesToOtherJob(run),
  }, tell);
}
