/**
 * The running agent: both machines with their actors provided, the poll stream, the vault. It knows no process, no
 * clock and no client of its own, so the same program runs against AWS, in tests and in the simulation.
 *
 * @module
 */

import { BehaviorSubject, filter, map, Observable, switchMap, timer } from "rxjs";
import { createActor, fromCallback, fromPromise, type InspectionEvent, waitFor } from "xstate";
import type { Flavour } from "../actors/flavours/flavour.ts";
import type { Log } from "../actors/log.ts";
import type { Orchestrator, Page } from "../actors/orchestrator.ts";
import { pause } from "../actors/pause.ts";
import { flowRuns, type Polled } from "../actors/poll_flow_runs.ts";
import { makeRunVault, type RunVault } from "../actors/run_vault.ts";
import type { RunTask } from "../actors/run_task.ts";
import { schedulerOf } from "../actors/scheduler.ts";
import { agentMachine, type AgentOutput } from "../machines/agent.ts";
import { flowRunMachine } from "../machines/flow_run.ts";
import type {
  EnsuredDefinition,
  LaunchedTask,
  Pause,
  Report,
  RunTaskInput,
  StopInput,
  WatchInput,
} from "../machines/flow_run_names.ts";
import { clientToken } from "../schemas/client_token.ts";
import type { Clock, Random } from "../schemas/clock.ts";
import {
  type AdmittedRun,
  AGENT_SYSTEM_ID,
  type AgentEmitted,
  type AgentEvent,
  type FlowRunEvent,
} from "../schemas/events.ts";
import { isRetriable, toFailure } from "../schemas/failure.ts";
import { claimKey, type ClaimMarker, type FlowRun, headerOf, type RunHeader } from "../schemas/flow_run.ts";
import {
  type DefinitionPlan,
  type LaunchPlan,
  type Reading,
  type Readings,
  type Source,
  sourceKey,
} from "../schemas/launch_plan.ts";
import type { LaunchPolicy, Stage } from "../schemas/launch_policy.ts";
import { makeRefusals, type Refusals } from "./refusals.ts";

/** The side effects the program needs, each behind one function. All throw `FailureError`. */
export interface AgentEffects {
  readonly orchestrator: Orchestrator;
  readonly readSource: (source: Source, signal: AbortSignal) => Promise<Reading>;
  /** Refuses what AWS is certain to refuse, before anything is sent. */
  readonly checkPlan: (plan: LaunchPlan) => void;
  readonly ensureTaskDefinition: (plan: DefinitionPlan, signal: AbortSignal) => Promise<EnsuredDefinition>;
  readonly runTask: RunTask;
  readonly deregisterTaskDefinition: (arn: string, signal: AbortSignal) => Promise<void>;
  /** The live task of a run that was launched before this process started, if any. */
  readonly findTask: (runId: string, signal: AbortSignal) => Promise<{ readonly taskArn: string | null }>;
  /** Follows a run and its task; the answer ends that. */
  readonly watchTask: (input: WatchInput, tell: (event: FlowRunEvent) => void) => () => void;
  /** Stops a task and returns once it is STOPPED; for a cancelled run Prefect is told then. */
  readonly stopTask: (input: StopInput, signal: AbortSignal) => Promise<void>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** What the program is told. */
export interface AgentProgram<Options> {
  readonly flavour: Flavour<Options>;
  readonly options: Options;
  readonly effects: AgentEffects;
  readonly policy: LaunchPolicy;
  readonly maxPolls: number | null;
  readonly graceMs: number;
  /** Longest time of one poll, in milliseconds. */
  readonly pollTimeoutMs: number;
  /** Who claims, and for which region and cluster. */
  readonly marker: Omit<ClaimMarker, "claim">;
  /** Emits for each wish to end: the first drains, `stop.forced` ends at once. */
  readonly stop$: Observable<Extract<AgentEvent, { type: "stop.requested" | "stop.forced" }>>;
  readonly poke$: Observable<unknown>;
  /** Sees every event of every machine. */
  readonly inspect?: (event: InspectionEvent) => void;
  /** Does a run's work in whatever belongs to that run, its trace for one. @default nothing does */
  readonly within?: <T>(runId: string, work: () => T) => T;
  readonly onEnded?: (event: AgentEmitted) => void;
}

/** Runs the agent until it stops. */
export async function runAgent<Options>(program: AgentProgram<Options>): Promise<AgentOutput> {
  const { clock } = program.effects;
  const hands: Hands = {
    vault: makeRunVault(),
    claims: new BehaviorSubject(0),
    inFlight: new BehaviorSubject(0),
    refusals: makeRefusals(program.effects),
  };
  const actor = createActor(provide(program, hands), {
    systemId: AGENT_SYSTEM_ID,
    input: { policy: program.policy, maxPolls: program.maxPolls, graceMs: program.graceMs },
    clock: { setTimeout: (fn, ms) => clock.after(ms, fn), clearTimeout: (cancel) => cancel() },
    ...(program.inspect === undefined ? {} : { inspect: program.inspect }),
  });
  actor.on("run.ended", (event) => {
    hands.vault.release(event.runId);
    program.onEnded?.(event);
  });
  const stopping = program.stop$.subscribe((event) => actor.send(event));
  actor.subscribe(({ context }) => hands.inFlight.next(context.inFlight.length));
  actor.start();
  const { output } = await waitFor(actor, (s) => s.status === "done", { timeout: Infinity });
  stopping.unsubscribe();
  await hands.refusals.settled(program.graceMs);
  if (output === undefined) throw new TypeError("Cannot tell how the agent ended: it left no output");
  return output;
}

/** Runs that may be on their way to a task at a time; the queue is not asked for more before. */
const MAX_IN_FLIGHT = 100;

/** What the actors of one agent share. */
interface Hands {
  readonly vault: RunVault;
  /** Claims waiting for their answer. */
  readonly claims: BehaviorSubject<number>;
  /** Runs adopted and not yet reported. */
  readonly inFlight: BehaviorSubject<number>;
  readonly refusals: Refusals;
}

function provide<Options>(program: AgentProgram<Options>, hands: Hands) {
  const { effects } = program;
  const pauseActor = fromPromise<void, Pause>(({ input, signal }) => pause(input, effects, signal));
  const starter = makeStarter(program);
  return agentMachine.provide({
    actors: {
      pause: pauseActor,
      startAgent: fromPromise(({ signal }) => starter.start(signal).catch(tellWait(program))),
      pollFlowRuns: fromCallback<AgentEvent, { polls: number | null }>(({ input, sendBack }) => {
        const poll = pollStream(program, hands, input.polls).subscribe({
          next: (runs) => runs.length > 0 && sendBack({ type: "runs.found", runs }),
          complete: () => sendBack({ type: "polls.exhausted" }),
        });
        return () => poll.unsubscribe();
      }),
      flowRun: provideFlowRun(program, { ...hands, options: starter.options }).provide({
        actors: { pause: pauseActor },
      }),
    },
  });
}

/** Reads what the options name and registers with the API; the finished options are there once it has succeeded. */
function makeStarter<Options>({ flavour, options, effects }: AgentProgram<Options>) {
  let ready = options;
  const start = async (signal: AbortSignal): Promise<void> => {
    let readings: Readings = {};
    let finished = options;
    for (let round = 0; round < 4; round++) {
      const wanted = flavour.startSources(finished).filter((s) => readings[sourceKey(s)] === undefined);
      if (wanted.length === 0 && round > 0) break;
      readings = { ...readings, ...await readAll(wanted, effects, signal) };
      finished = flavour.prepare(finished, readings);
    }
    const told = new Set(flavour.warnings?.(ready) ?? []); // a start is tried again until the API answers
    ready = finished;
    for (const warning of flavour.warnings?.(finished) ?? []) {
      if (!told.has(warning)) effects.log("WARNING", warning);
    }
    await effects.orchestrator.start(signal);
    const tenantId = effects.orchestrator.tenantId?.() ?? null;
    if (tenantId !== null) ready = flavour.withTenant?.(finished, tenantId) ?? finished;
  };
  return { start, options: () => ready };
}

/** Says what a start waits for; what it cannot wait for is said when the agent ends. */
function tellWait<Options>({ effects }: AgentProgram<Options>): (thrown: unknown) => never {
  return (thrown) => {
    const failure = toFailure(thrown);
    if (isRetriable(failure)) effects.log("WARNING", `${failure.message}; trying again`);
    throw thrown;
  };
}

async function readAll(
  sources: readonly Source[],
  { readSource }: AgentEffects,
  signal: AbortSignal,
): Promise<Readings> {
  const entries = sources.map(async (s) => [sourceKey(s), await readSource(s, signal)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

function pollStream<Options>(
  { effects, marker, pollTimeoutMs, poke$ }: AgentProgram<Options>,
  { vault, claims, inFlight, refusals }: Hands,
  polls: number | null,
): Observable<readonly AdmittedRun[]> {
  const { orchestrator, log } = effects;
  const scheduler = schedulerOf(effects.clock);
  const admit = (page: Page): Polled<AdmittedRun> => {
    page.malformed.forEach(refusals.refuse);
    return { runs: page.runs.flatMap((run) => admitRun(run, marker, vault)), full: page.full };
  };
  return flowRuns({
    // Admitted in the stream: an answer that comes too late for it must not leave runs in hand.
    ask: () => abortable((signal) => orchestrator.poll(vault.ids(), signal)).pipe(map(admit)),
    polls,
    timeoutMs: pollTimeoutMs,
    poke$,
    room: () => inFlight.pipe(filter((n) => n < MAX_IN_FLIGHT)),
    // A moment later, since the machines of this page are only now about to claim.
    claimsSettled: () => timer(1, scheduler).pipe(switchMap(() => claims), filter((n) => n === 0)),
    onError: (failure) => log("ERROR", `Failed to query for ready flow runs: ${failure.message}`),
    scheduler,
  });
}

/** A promise as a stream that aborts the work when nobody listens any more. */
function abortable<T>(work: (signal: AbortSignal) => Promise<T>): Observable<T> {
  return new Observable((subscriber) => {
    const abort = new AbortController();
    work(abort.signal).then(
      (value) => {
        subscriber.next(value);
        subscriber.complete();
      },
      (thrown) => subscriber.error(thrown),
    );
    return () => abort.abort();
  });
}

function admitRun(run: FlowRun, marker: Omit<ClaimMarker, "claim">, vault: RunVault): readonly AdmittedRun[] {
  const key = claimKey(run);
  if (!vault.admit(run, { key, marker: { ...marker, claim: key } })) return [];
  return [{ header: headerOf(run), claim: key, resumed: null }];
}

interface FlowRunDeps<Options> extends Hands {
  readonly options: () => Options;
}

function provideFlowRun<Options>(
  program: AgentProgram<Options>,
  { vault, claims, options }: FlowRunDeps<Options>,
) {
  const { effects, flavour } = program;
  const { orchestrator, clock, log } = effects;
  const { within = (_, work) => work() } = program;
  return flowRunMachine.provide({
    actors: {
      deadline: fromCallback<FlowRunEvent, { stage: Stage; afterMs: number }>(({ input, sendBack }) =>
        clock.after(input.afterMs, () => sendBack({ type: "deadline.passed", stage: input.stage }))
      ),
      claimRun: fromPromise<{ outcome: "claimed" | "lost" }, { runId: string }>(async ({ input, signal }) => {
        const { run, claim } = vault.get(input.runId);
        claims.next(claims.value + 1);
        const result = await within(run.id, () => orchestrator.claim(run, claim, signal)).finally(() =>
          claims.next(claims.value - 1)
        );
        if (result.outcome === "lost") log("DEBUG", `Flow run ${run.id} is not ours: ${result.why}`);
        return { outcome: result.outcome };
      }),
      planLaunch: fromPromise<void, { runId: string }>(async ({ input, signal }) => {
        const { run } = vault.get(input.runId);
        log("INFO", `Deploying flow run ${run.id} to execution environment...`);
        const sources = flavour.sources(run, options());
        const readings = await within(run.id, () => readAll(sources, effects, signal));
        const plan = flavour.plan(run, options(), readings);
        effects.checkPlan(plan);
        for (const note of plan.notes ?? []) log("INFO", note);
        for (const warning of plan.warnings) log("WARNING", `Flow run ${run.id}: ${warning}`);
        vault.keepPlan(run.id, plan);
      }),
      ensureTaskDefinition: fromPromise<EnsuredDefinition, { runId: string }>(({ input, signal }) =>
        within(
          input.runId,
          () => effects.ensureTaskDefinition(planOf(vault, input.runId).definition, signal),
        )
      ),
      runTask: fromPromise<LaunchedTask, RunTaskInput>(({ input, signal }) =>
        within(input.runId, () =>
          effects.runTask(
            { ...input, clientToken: clientToken(input), plan: planOf(vault, input.runId) },
            signal,
          ))
      ),
      releaseTaskDefinition: fromPromise<void, { runId: string; arn: string }>(async ({ input, signal }) => {
        log("DEBUG", `Deregistering task definition ${input.arn}`);
        await within(input.runId, () => effects.deregisterTaskDefinition(input.arn, signal));
      }),
      reportRun: fromPromise<void, { header: RunHeader; report: Report }>(({ input, signal }) =>
        within(input.header.id, () => reportRun(input, { effects, vault }, signal))
      ),
      findTask: fromPromise<{ taskArn: string | null }, { runId: string }>(async ({ input, signal }) =>
        await effects.findTask(input.runId, signal)
      ),
      watchTask: fromCallback<FlowRunEvent, WatchInput>(({ input, sendBack }) =>
        effects.watchTask(input, sendBack)
      ),
      stopTask: fromPromise<void, StopInput>(({ input, signal }) => effects.stopTask(input, signal)),
    },
  });
}

function planOf(vault: RunVault, runId: string): LaunchPlan {
  const { plan } = vault.get(runId);
  if (plan === null) throw new RangeError(`Cannot launch flow run ${runId}: it was not planned`);
  return plan;
}

async function reportRun(
  { header, report }: { readonly header: RunHeader; readonly report: Report },
  { effects, vault }: { readonly effects: AgentEffects; readonly vault: RunVault },
  signal: AbortSignal,
): Promise<void> {
  const { orchestrator, log } = effects;
  if (report.kind === "launched") {
    log("INFO", `Completed deployment of flow run ${header.id}`);
    const info = `${planOf(vault, header.id).infoPrefix}${report.task.arn}`;
    await orchestrator.log(header.id, "INFO", `Submitted for execution: ${info}`, signal);
    return;
  }
  log("ERROR", `Exception encountered while deploying flow run ${header.id}: ${report.failure.message}`);
  log("ERROR", `Updating flow run ${header.id} state to Failed...`);
  await orchestrator.fail({ id: header.id, version: report.version }, report.failure, signal);
  log("ERROR", `Deployment of ${header.id} aborted!`);
}
