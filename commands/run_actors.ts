/**
 * The actors of a flow run, provided: each looks up in the vault what machines must not see, and calls one effect.
 *
 * @module
 */

import type { BehaviorSubject } from "rxjs";
import { fromCallback, fromPromise } from "xstate";
import { makeDeadlines } from "../actors/deadlines.ts";
import { readSources } from "../actors/flavours/prepare_options.ts";
import type { RunVault } from "../actors/run_vault.ts";
import { wait } from "../actors/wait.ts";
import type { TaskTarget } from "../actors/task_target.ts";
import { flowRunMachine } from "../machines/flow_run.ts";
import type {
  EnsuredDefinition,
  FoundTask,
  LaunchedTask,
  PlanInput,
  Report,
  Reported,
  RunTaskInput,
  StopInput,
  StopResult,
  WatchInput,
} from "../machines/flow_run_names.ts";
import { attemptRequest } from "../schemas/attempt_request.ts";
import { clientToken } from "../schemas/client_token.ts";
import type { FlowRunEvent } from "../schemas/events.ts";
import { toFailure } from "../schemas/failure.ts";
import { handsOver, type RunHeader } from "../schemas/flow_run.ts";
import type { LaunchPlan } from "../schemas/launch_plan.ts";
import type { Stage } from "../schemas/launch_policy.ts";
import { logPlaces } from "../schemas/log_places.ts";
import type { AgentProgram } from "./agent_port.ts";
import type { RunDefinitions } from "./own_definitions.ts";

/** What the runs of one agent share. */
export interface RunDeps<Options> {
  readonly vault: RunVault;
  readonly definitions: RunDefinitions;
  /** Claims waiting for their answer. */
  readonly claims: BehaviorSubject<number>;
  /** The options, once the start has finished them. */
  readonly options: () => Options;
}

/** For this long a claim is certainly nobody else's. */
const ALONE_MS = 3_000;

/** A claim that was taken up again may be in the middle of its launch elsewhere: it is not failed before this time. */
const ELSEWHERE_MS = 10_000;

interface Port<Options> extends RunDeps<Options>, Pick<AgentProgram<Options>, "effects" | "flavour"> {
  /** When each run that is not launched yet was claimed. */
  readonly claimedAtMs: Map<string, number>;
  /** When each run whose claim was found again was taken up. */
  readonly takenUpAtMs: Map<string, number>;
}

/** The chart of a flow run with everything but its pauses. */
export function provideFlowRun<Options>(program: AgentProgram<Options>, deps: RunDeps<Options>) {
  const { effects, flavour, within = (_, work) => work() } = program;
  const port: Port<Options> = { ...deps, effects, flavour, claimedAtMs: new Map(), takenUpAtMs: new Map() };
  const { vault, definitions } = deps;
  const { clock } = effects;
  return flowRunMachine.provide({
    actors: {
      deadlines: makeDeadlines(clock),
      claimRun: fromPromise<{ outcome: "claimed" | "lost" }, { runId: string }>(({ input, signal }) =>
        within(input.runId, () => claimRun(input.runId, port, signal))
      ),
      planLaunch: fromPromise<void, PlanInput>(({ input, signal }) =>
        within(input.runId, () => planLaunch(input, port, signal))
      ),
      ensureTaskDefinition: fromPromise<EnsuredDefinition, { runId: string }>(({ input, signal }) =>
        within(
          input.runId,
          () => definitions.ensure(input.runId, planOf(vault, input.runId).definition, signal),
        )
      ),
      runTask: fromPromise<LaunchedTask, RunTaskInput>(({ input, signal }) =>
        within(input.runId, () => runTask(input, port, signal))
      ),
      releaseTaskDefinition: fromPromise<void, { runId: string; arn: string }>(({ input, signal }) =>
        within(input.runId, () => {
          const plan = planOf(vault, input.runId).definition;
          return definitions.release(
            { ...input, plan, isTakenUp: port.takenUpAtMs.has(input.runId) },
            signal,
          );
        })
      ),
      reportRun: fromPromise<Reported, { header: RunHeader; report: Report }>(({ input, signal }) =>
        within(input.header.id, () => reportRun(input, port, signal))
      ),
      findTask: fromPromise<FoundTask, { runId: string }>(({ input, signal }) =>
        within(input.runId, () => findAgain(input.runId, port, signal))
      ),
      watchRun: fromCallback<FlowRunEvent, { runId: string; claim: string }>(({ input, sendBack }) =>
        effects.watchRun(input, sendBack)
      ),
      watchTask: fromCallback<FlowRunEvent, WatchInput>(({ input, sendBack }) =>
        watchTask(input, port, sendBack)
      ),
      stopTask: fromPromise<StopResult, StopInput>(({ input, signal }) =>
        within(
          input.runId,
          () =>
            effects.stopTask(
              { ...targetOf(input.runId, input.taskArn, vault), reason: input.reason },
              signal,
            ),
        )
      ),
    },
  });
}

async function claimRun<Options>(
  runId: string,
  { vault, claims, claimedAtMs, effects: { orchestrator, log, clock } }: Port<Options>,
  signal: AbortSignal,
): Promise<{ outcome: "claimed" | "lost" }> {
  const { run, claim } = vault.get(runId);
  claims.next(claims.value + 1);
  const result = await orchestrator.claim(run, claim, signal).finally(() => claims.next(claims.value - 1));
  if (result.outcome === "claimed") claimedAtMs.set(run.id, clock.now());
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
  const readings = await readSources(flavour.sources(run, options()), effects.readSource, signal);
  const plan = flavour.plan(run, options(), readings);
  effects.checkPlan(plan);
  return plan;
}

function planOf(vault: RunVault, runId: string): LaunchPlan {
  const { plan } = vault.get(runId);
  if (plan === null) throw new RangeError(`Cannot launch flow run ${runId}: it was not planned`);
  return plan;
}

async function runTask<Options>(
  input: RunTaskInput,
  { effects, vault }: Port<Options>,
  signal: AbortSignal,
): Promise<LaunchedTask> {
  const { runId, definition, learnt } = input;
  const planned = planOf(vault, runId);
  const plan = { ...planned, runTask: attemptRequest(planned.runTask, learnt) };
  return await effects.runTask({ runId, definition, plan, clientToken: clientToken(input) }, signal);
}

async function reportRun<Options>(
  { header, report }: { readonly header: RunHeader; readonly report: Report },
  port: Port<Options>,
  signal: AbortSignal,
): Promise<Reported> {
  const { effects: { orchestrator, log }, vault } = port;
  if (report.kind === "launched") {
    log("INFO", `Completed deployment of flow run ${header.id}`);
    await tellTask({ runId: header.id, ...report.task }, port, signal);
    forget(header.id, port);
    return { taskArn: null };
  }
  await untilSettledElsewhere(header.id, port, signal);
  const { taskArn } = isDoubtful(header.id, report, port)
    ? await findTask(header.id, port, signal)
    : { taskArn: null };
  if (taskArn !== null) {
    await tellTask({ runId: header.id, arn: taskArn, adopted: true }, port, signal);
    return { taskArn };
  }
  log("ERROR", `Exception encountered while deploying flow run ${header.id}: ${report.failure.message}`);
  log("ERROR", `Updating flow run ${header.id} state to Failed...`);
  const { claim } = vault.get(header.id);
  await orchestrator.fail(
    { id: header.id, version: report.version, claim: claim.key },
    report.failure,
    signal,
  );
  forget(header.id, port);
  log("ERROR", `Deployment of ${header.id} aborted!`);
  return { taskArn: null };
}

/**
 * Names the run's task in its log. A task that an earlier process has started, which most likely said so, is not called
 * submitted once more.
 */
async function tellTask<Options>(
  { runId, arn, adopted }: LaunchedTask & { readonly runId: string },
  { effects: { orchestrator }, takenUpAtMs, vault }: Port<Options>,
  signal: AbortSignal,
): Promise<void> {
  const task = `${vault.get(runId).place?.infoPrefix ?? "Task "}${arn}`;
  const line = adopted && takenUpAtMs.has(runId)
    ? `Taken up again after a restart: ${task}`
    : `Submitted for execution: ${task}`;
  await orchestrator.log(runId, "INFO", line, signal);
}

/** A flow that has begun needs no word about where it was started. */
async function findAgain<Options>(
  runId: string,
  port: Port<Options>,
  signal: AbortSignal,
): Promise<FoundTask> {
  const found = await findTask(runId, port, signal);
  const isWaiting = found.over !== true && found.started !== true;
  if (found.taskArn !== null && isWaiting) {
    await tellTask({ runId, arn: found.taskArn, adopted: true }, port, signal);
  }
  return found;
}

/**
 * Whether there may be a task that we know nothing of: another agent of this name may have taken the claim up meanwhile, or
 * have launched it again. Then its task decides, not our failure.
 */
function isDoubtful<Options>(
  runId: string,
  { unsure, failure }: Extract<Report, { kind: "failed" }>,
  { claimedAtMs, effects: { clock } }: Port<Options>,
): boolean {
  if (unsure || failure.tag === "taskStopped") return true;
  const sinceMs = claimedAtMs.get(runId);
  return sinceMs !== undefined && clock.now() - sinceMs > ALONE_MS;
}

function forget<Options>(runId: string, { claimedAtMs, takenUpAtMs }: Port<Options>): void {
  claimedAtMs.delete(runId);
  takenUpAtMs.delete(runId);
}

/** Another agent of this name may be launching a claim that we took up: what it does is waited for before the run is failed. */
async function untilSettledElsewhere<Options>(
  runId: string,
  { takenUpAtMs, effects: { clock } }: Port<Options>,
  signal: AbortSignal,
): Promise<void> {
  const since = takenUpAtMs.get(runId);
  if (since === undefined) return;
  await wait(Math.max(0, since + ELSEWHERE_MS - clock.now()), clock, signal);
}

/** A claim that was found again is planned first: the plan says where its task would be, and by what it was started. */
async function findTask<Options>(
  runId: string,
  port: Port<Options>,
  signal: AbortSignal,
): Promise<FoundTask> {
  const { effects, vault, takenUpAtMs } = port;
  if (!port.claimedAtMs.has(runId) && !takenUpAtMs.has(runId)) takenUpAtMs.set(runId, effects.clock.now());
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
  if (plan !== null && (found.taskArn !== null || found.over || found.started)) {
    port.definitions.decided(plan.definition);
  }
  return found;
}

function targetOf(runId: string, taskArn: string | null, vault: RunVault): TaskTarget {
  const { claim, place } = vault.get(runId);
  return {
    runId,
    claim: claim.key,
    taskArn,
    cluster: place === null ? claim.marker.cluster || null : place.cluster,
    startedBy: place?.isByRunId === false ? null : runId,
  };
}

function watchTask<Options>(
  { runId, taskArn }: WatchInput,
  { effects, vault }: Port<Options>,
  tell: (event: FlowRunEvent) => void,
): () => void {
  vault.dropPlan(runId);
  const { place, run } = vault.get(runId);
  const logs = place === null || taskArn === null ? [] : logPlaces(place.logs, taskArn);
  const target = targetOf(runId, taskArn, vault);
  // Without a plan it is not known what its task would have been started by: then nothing is concluded from its absence.
  const startedBy = place === null ? null : target.startedBy;
  return effects.watchTask({ ...target, startedBy, logs, handsOver: handsOver(run.flow) }, tell);
}
