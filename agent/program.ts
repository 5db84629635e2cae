/**
 * The running agent: both machines with their actors provided, the poll stream, the vault. It knows no process, no
 * clock and no client of its own, so the same program runs in production, in tests and in the simulation.
 *
 * @module
 */

import { createActor, fromCallback, fromPromise, waitFor } from "xstate";
import { type AgentState, forgetRun, makeAgentState } from "./agent_state.ts";
import { prepareOptions } from "./prepare_options.ts";
import { pause, pauseMs } from "../actors/time/pause.ts";
import { agentMachine, type AgentOutput } from "../machines/agent.ts";
import type { LeftTask } from "../actors/watch/left_tasks.ts";
import type { Pause } from "../schemas/contracts/task.ts";
import { holdFlowRuns } from "../machines/flow_runs.ts";
import { AGENT_SYSTEM_ID, type AgentEmitted, type AgentEvent } from "../schemas/flow_run/events.ts";
import { isRetriable, placementClassOf, toFailure } from "../schemas/failure/failure.ts";
import type { LaunchPolicy } from "../schemas/flow_run/launch_policy.ts";
import { attemptPauseMs } from "../schemas/time/attempts.ts";
import type { RunPlan } from "../schemas/plan/run_plan.ts";
import type { AgentEffects, AgentProgram } from "./effects.ts";
import { type MakePlan, makePlanner } from "./planning/make_plan.ts";
import { leave, makeEndTimes } from "./leave.ts";
import { makePushes } from "./pushes.ts";
import { makeStopWishes } from "./stop_wishes.ts";
import { provideFlowRun } from "./run_actors.ts";
import type { TriedSteps } from "./tried_steps.ts";
import { runsToAdopt } from "./adoption.ts";

export type { AgentEffects, AgentProgram } from "./effects.ts";

/** Runs the agent until it stops. */
export async function runAgent<Options, Run, Plan extends RunPlan>(
  program: AgentProgram<Options, Run, Plan>,
): Promise<AgentOutput> {
  const { clock, platform, orchestrator } = program.effects;
  const state = makeAgentState<Run, Plan>({
    ...program.effects,
    policy: program.policy,
    maxTasks: program.maxTasks,
  });
  const pushes = makePushes({ orchestrator, poke$: program.poke$ });
  const starter = makeStarter(program, state);
  const times = makeEndTimes(program, clock);
  const actor = createActor(provide({ ...program, poke$: pushes.poke$ }, state, starter), {
    systemId: AGENT_SYSTEM_ID,
    input: { policy: program.policy, maxPolls: program.maxPolls, graceMs: times.drainMs },
    clock: { setTimeout: (fn, ms) => clock.after(ms, fn), clearTimeout: (cancel) => cancel() },
    ...(program.inspect === undefined ? {} : { inspect: program.inspect }),
  });
  const life = new AbortController();
  actor.on("run.ended", (event) => {
    const left = taskLeftBy(event, program.effects, state);
    forgetRun(state, event, left === null ? null : program.effects.taskLeft(left, life.signal));
    platform.left(event.runId, () => state.vault.has(event.runId));
    program.onEnded?.(event);
  });
  const stopping = program.stop$.subscribe((event) => {
    times.begin(event.type === "stop.forced");
    orchestrator.endClaims();
    state.turns.stop();
    actor.send(event);
  });
  actor.subscribe(({ context }) => state.inFlight.are(context.inFlight));
  actor.start();
  const carryOut = makeStopWishes({ ...program.effects, ...state, makePlan: starter.makePlan });
  const stopListening = pushes.listen({
    cancel: (request) => actor.send(request),
    stop: (request) => void carryOut(request, life.signal),
  });
  const stopChanges = platform.changes((changes) =>
    program.effects.tasksChanged(changes, (runId) => state.vault.has(runId))
  );
  const { output } = await waitFor(actor, (s) => s.status === "done", { timeout: Infinity });
  stopping.unsubscribe();
  state.steps.stop();
  stopListening();
  stopChanges();
  times.begin(false);
  await state.refusals.settled(times.refusalsMs());
  life.abort();
  if (output === undefined) throw new TypeError("Cannot tell how the agent ended: it left no output");
  return await leave(output, { ...program.effects, forMs: times.farewellMs() }, state);
}

/** A task that may outlive its run: of every other outcome none is left. */
function taskLeftBy<Run, Plan>(
  { runId, outcome }: AgentEmitted,
  { platform }: Pick<AgentEffects<Run, Plan>, "platform">,
  { vault }: Pick<AgentState<Run, Plan>, "vault">,
): LeftTask | null {
  if (outcome !== "completed" || !vault.has(runId)) return null;
  const { followed, place } = vault.get(runId);
  return followed === null ? null : { runId, id: followed, place: place ?? platform.place(null, runId) };
}

function provide<Options, Run, Plan extends RunPlan>(
  program: AgentProgram<Options, Run, Plan>,
  state: AgentState<Run, Plan>,
  starter: Starter<Run, Plan>,
) {
  const { effects } = program;
  const pauseActor = fromPromise<void, Pause>(({ input, signal }) => pause(input, effects, signal));
  return agentMachine.provide({
    actors: {
      pause: pauseActor,
      startAgent: fromPromise(({ signal }) => starter.start(signal).catch(tellWait(program))),
      pollFlowRuns: fromCallback<AgentEvent, { polls: number | null }>(({ input, sendBack }) => {
        const poll = runsToAdopt(program, state, input.polls).subscribe({
          next: (runs) => runs.length > 0 && sendBack({ type: "runs.found", runs }),
          complete: () => sendBack({ type: "polls.exhausted" }),
        });
        return () => poll.unsubscribe();
      }),
      flowRuns: holdFlowRuns(
        provideFlowRun(program, { ...state, makePlan: starter.makePlan }).provide({
          actors: { pause: runPause(program, state.steps) },
        }),
      ),
    },
  });
}

/** What a pause of a run depends on. */
interface PauseProgram {
  readonly effects: Pick<AgentEffects<unknown, unknown>, "clock" | "random">;
  readonly policy: Pick<LaunchPolicy, "placementPauses">;
}

/** The pause of one run, which the step that is tried again is told of. */
function runPause({ effects, policy }: PauseProgram, steps: TriedSteps) {
  const { placementPauses: own } = policy;
  return fromPromise<void, Pause>(({ input, signal, self }) => {
    const runId = self._parent?.id;
    const failure = runId === undefined ? null : steps.failureOf(runId);
    const isOwn = own !== undefined && "retry" in input && failure !== null &&
      placementClassOf(failure) === "capacity";
    const ms = isOwn ? attemptPauseMs(input.retry, own, effects.random) : pauseMs(input, effects);
    const untilMs = effects.clock.now() + ms;
    if (runId !== undefined && "retry" in input) steps.paused(runId, untilMs - effects.clock.now());
    return pause({ untilMs }, effects, signal);
  });
}

/** Starts the agent, and plans with what the start has finished. */
interface Starter<Run, Plan> {
  readonly start: (signal: AbortSignal) => Promise<void>;
  readonly makePlan: MakePlan<Run, Plan>;
}

/** Reads what the options name and registers with the API; the finished options are there once it has succeeded. */
function makeStarter<Options, Run, Plan extends RunPlan>(
  { flavour, options, effects }: AgentProgram<Options, Run, Plan>,
  { inFlight }: Pick<AgentState<Run, Plan>, "inFlight">,
): Starter<Run, Plan> {
  let ready = options;
  const start = async (signal: AbortSignal): Promise<void> => {
    const finished = await prepareOptions(flavour, options, {
      read: effects.readSource,
      check: effects.platform.check,
      signal,
    });
    const told = new Set(flavour.warnings(ready)); // a start is tried again until the API answers
    ready = finished;
    for (const warning of flavour.warnings(finished)) {
      if (!told.has(warning)) effects.log("WARNING", warning);
    }
    ready = flavour.registered(finished, await effects.orchestrator.start(signal));
  };
  return { start, makePlan: makePlanner({ ...effects, flavour, inFlight, options: () => ready }) };
}

/** Logs what a start waits for. A failure that waiting cannot mend is logged when the agent ends. */
function tellWait(
  { effects }: { readonly effects: Pick<AgentEffects<unknown, unknown>, "log"> },
): (thrown: unknown) => never {
  return (thrown) => {
    const failure = toFailure(thrown);
    if (isRetriable(failure)) effects.log("WARNING", `${failure.message}; trying again`);
    throw thrown;
  };
}
