/**
 * The actors of a flow run. Each reads from the vault what machines must not see, and calls one effect.
 *
 * @module
 */

import { fromCallback, fromPromise } from "xstate";
import type { EarlyRun } from "../actors/watch/watch_tasks.ts";
import { makeDeadlines } from "../actors/time/deadlines.ts";
import type { RunVault } from "./run_vault.ts";
import type { EnsuredDefinition, LaunchedTask, StopResult } from "../schemas/contracts/task.ts";
import type { TaskPlace } from "../schemas/contracts/platform.ts";
import { flowRunMachine } from "../machines/flow_run.ts";
import type { PlanInput, Reported, RunTaskInput, StopInput, WatchInput } from "../machines/flow_run_types.ts";
import type { FlowRunEvent } from "../schemas/flow_run/events.ts";
import { type Failure, toFailure } from "../schemas/failure/failure.ts";
import type { RunPlan } from "../schemas/plan/run_plan.ts";
import type { AgentEffects } from "./effects.ts";
import { planCarefully, planUnnoted } from "./planning/plan_carefully.ts";
import { planLater } from "./planning/plan_later.ts";
import { makeTellHints } from "./planning/tell_hints.ts";

import type { TriedStage } from "./tried_step.ts";
import { makeClaimHolds } from "./claim_holds.ts";
import { confirmToken, nextTokenOf, tokenOf } from "./launch_tokens.ts";
import { findTaskAgain } from "./find_run_task.ts";
import { type ReportInput, reportRun } from "./report_run.ts";
import { isTakenUp, keepPlan, placeOf, type RunDeps, type RunPort, tasksOf } from "./run_port.ts";

/** What the actors of runs need. */
export interface RunProgram<Run, Plan> {
  readonly effects: AgentEffects<Run, Plan>;
  /** Time between two searches for claims that no process works on, in milliseconds. */
  readonly reconcileMs: number;
  /** Runs a run's work inside that run's context, such as its trace. @default the work runs without a context */
  readonly within?: <T>(runId: string, work: () => T) => T;
}

/** A step of a run, as one actor does it. */
type Step<Run, Plan, Input, Output> = (
  input: Input,
  port: RunPort<Run, Plan>,
  signal: AbortSignal,
) => Promise<Output>;

/** The chart of a flow run with everything but its pauses. */
export function provideFlowRun<Run, Plan extends RunPlan>(
  program: RunProgram<Run, Plan>,
  deps: RunDeps<Run, Plan>,
) {
  const { effects, reconcileMs, within = (_, work) => work() } = program;
  const holds = makeClaimHolds({ ...effects, vault: deps.vault, steps: deps.steps, reconcileMs });
  const port: RunPort<Run, Plan> = {
    ...deps,
    effects,
    holds,
    makePlan: planCarefully({ ...effects, ...deps, holds }),
    planUnnoted: planUnnoted(deps),
    tellHints: makeTellHints(effects),
  };
  const step = <Input extends { readonly runId: string }, Output>(work: Step<Run, Plan, Input, Output>) =>
    fromPromise<Output, Input>(({ input, signal }) => within(input.runId, () => work(input, port, signal)));
  const reportTried = tried<Run, Plan, ReportInput & { readonly runId: string }, Reported>(
    "report",
    reportRun,
  );
  return flowRunMachine.provide({
    actors: {
      deadlines: makeDeadlines(effects.clock, (runId) => startMsOf(runId, port)),
      claimRun: step(tried("claim", claimRun)),
      planLaunch: step(tried("plan", planLaunch)),
      ensureTaskDefinition: step(tried("register", ensureTaskDefinition)),
      runTask: step(tried("run", runTask)),
      releaseTaskDefinition: step(releaseTaskDefinition),
      reportRun: fromPromise<Reported, ReportInput>(({ input, signal }) =>
        within(
          input.header.id,
          () => reportTried({ ...input, runId: input.header.id }, port, signal),
        )
      ),
      findTask: step(tried("find", findTaskAgain)),
      watchRun: fromCallback<FlowRunEvent, { runId: string; claim: string }>(({ input, sendBack }) =>
        effects.watchRun(earlyRun(input.runId, port), sendBack)
      ),
      watchTask: fromCallback<FlowRunEvent, WatchInput>(({ input, sendBack }) =>
        watchTask(input, port, sendBack)
      ),
      stopTask: step(tried("stop", stopTask)),
    },
  });
}

/** A step whose failures are told where it goes on failing. */
function tried<Run, Plan, Input extends { readonly runId: string }, Output>(
  stage: TriedStage,
  work: Step<Run, Plan, Input, Output>,
): Step<Run, Plan, Input, Output> {
  return async (input, port, signal) => {
    const { steps } = port;
    steps.begun(input.runId, stage);
    try {
      const output = await work(input, port, signal);
      steps.over(input.runId, stage);
      return output;
    } catch (thrown) {
      // The machine has gone on without this step.
      if (!signal.aborted) steps.failed(input.runId, stage, toFailure(thrown));
      throw thrown;
    }
  };
}

function earlyRun<Run, Plan>(runId: string, port: RunPort<Run, Plan>): EarlyRun {
  return { runId, claim: port.vault.get(runId).claim, place: placeOf(runId, port) };
}

async function claimRun<Run, Plan>(
  { runId }: { runId: string },
  { vault, claims, holds, effects: { orchestrator, log, clock } }: RunPort<Run, Plan>,
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
  port: RunPort<Run, Plan>,
  signal: AbortSignal,
): Promise<void> {
  const { effects: { log, orchestrator }, vault, makePlan } = port;
  if (lost !== null) {
    const line = `${lost}; starting it again, attempt ${attempt}`;
    log("WARNING", line, { runId });
    await orchestrator.log(runId, "WARNING", line, signal);
  }
  log("INFO", orchestrator.lines.deploying(runId), { runId });
  // A run that was found again is planned while its task is looked for.
  const held = vault.get(runId);
  const plan = held.plan ?? await makePlan(held, signal);
  for (const note of plan.notes) log("INFO", note, { runId });
  for (const warning of plan.warnings) log("WARNING", `Flow run ${runId}: ${warning}`, { runId });
  await port.tellHints(runId, plan.hints ?? [], signal);
  keepPlan(runId, plan, port);
}

function planOf<Run, Plan>(vault: RunVault<Run, Plan>, runId: string): Plan {
  const { plan } = vault.get(runId);
  if (plan === null) throw new RangeError(`Cannot launch flow run ${runId}: it was not planned`);
  return plan;
}

async function ensureTaskDefinition<Run, Plan>(
  { runId }: { runId: string },
  { effects: { platform }, vault }: RunPort<Run, Plan>,
  signal: AbortSignal,
): Promise<EnsuredDefinition> {
  return await platform.ensure({ runId, plan: planOf(vault, runId) }, signal);
}

async function releaseTaskDefinition<Run, Plan>(
  { runId, id }: { runId: string; id: string },
  { effects: { platform }, vault, steps }: RunPort<Run, Plan>,
  signal: AbortSignal,
): Promise<void> {
  steps.left(runId);
  const held = vault.get(runId);
  await platform.release({ runId, id, plan: planOf(vault, runId), isTakenUp: isTakenUp(held) }, signal);
}

async function runTask<Run, Plan>(
  input: RunTaskInput,
  port: RunPort<Run, Plan>,
  signal: AbortSignal,
): Promise<LaunchedTask> {
  const { effects: { platform }, vault, holds, sent, room } = port;
  const { runId, attempt, definition, learnt } = input;
  // A first attempt starts the same task from every process, because its token is the same: no need to wait for the claim.
  const hold = attempt === 1 ? holds.tryConfirm : holds.confirm;
  let token = await tokenOf(input, port, signal);
  const confirm = async () => {
    await hold(runId, signal);
    confirmToken(token, input, port);
    sent.add(runId);
    // A run of a dead worker that was only followed is launched again: its task is this agent's now.
    room.take(runId);
  };
  const nextToken = async () => {
    const next = await nextTokenOf(input, port, signal);
    token = next ?? token;
    return next;
  };
  return await platform.run(
    { runId, plan: planOf(vault, runId), definition, token, nextToken, learnt, confirm },
    signal,
  );
}

async function stopTask<Run, Plan>(
  { runId, taskId, ...wish }: StopInput,
  port: RunPort<Run, Plan>,
  signal: AbortSignal,
): Promise<StopResult> {
  const startMs = startMsOf(runId, port) ?? wish.startMs;
  return await port.effects.stopTask({ ...tasksOf(runId, taskId, port), ...wish, startMs }, signal);
}

/** Time that the task of a run has to start, where its plan says one. */
function startMsOf<Run, Plan>(runId: string, { vault }: RunPort<Run, Plan>): number | null {
  return vault.has(runId) ? vault.get(runId).startMs : null;
}

/** Follows the task of a run. Where the run is not planned, it is followed again as soon as it is. */
function watchTask<Run, Plan extends RunPlan>(
  { runId, taskId }: WatchInput,
  port: RunPort<Run, Plan>,
  tell: (event: FlowRunEvent) => void,
): () => void {
  const { vault, effects, steps } = port;
  steps.left(runId);
  vault.dropPlan(runId);
  vault.keepFollowed(runId, taskId);
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
async function placeLater<Run, Plan extends RunPlan>(
  runId: string,
  port: RunPort<Run, Plan>,
  signal: AbortSignal,
): Promise<TaskPlace> {
  const { vault, effects, planUnnoted, steps } = port;
  const held = vault.get(runId);
  const onFailed = (failure: Failure, waitMs: number) => steps.failed(runId, "plan", failure, waitMs);
  const plan = await planLater(
    { ...effects, runId, plan: (its) => planUnnoted(held, its), onFailed },
    signal,
  );
  steps.over(runId, "plan");
  keepPlan(runId, plan, port);
  vault.dropPlan(runId);
  effects.platform.decided({ runId, plan });
  return placeOf(runId, port);
}
