/**
 * The running agent: both machines with their actors provided, the poll stream, the vault. It knows no process, no
 * clock and no client of its own, so the same program runs in production, in tests and in the simulation.
 *
 * @module
 */

import { BehaviorSubject } from "rxjs";
import { createActor, fromCallback, fromPromise, waitFor } from "xstate";
import { prepareOptions } from "./prepare_options.ts";
import { pause } from "../actors/time/pause.ts";
import { makeRunVault, type RunVault } from "./run_vault.ts";
import { agentMachine, type AgentOutput } from "../machines/agent.ts";
import type { Pause } from "../schemas/contracts/task.ts";
import { holdFlowRuns } from "../machines/flow_runs.ts";
import { AGENT_SYSTEM_ID, type AgentEmitted, type AgentEvent } from "../schemas/flow_run/events.ts";
import { isRetriable, toFailure } from "../schemas/failure/failure.ts";
import type { Platform } from "../schemas/contracts/platform.ts";
import type { RunPlan } from "../schemas/plan/run_plan.ts";
import type { AgentEffects, AgentProgram } from "./effects.ts";
import { makePlanner } from "./make_plan.ts";
import { makePushes } from "./pushes.ts";
import { provideFlowRun } from "./run_actors.ts";
import { makeRefusals } from "./refusals.ts";
import { type Hands, runsToAdopt } from "./adoption.ts";

export type { AgentEffects, AgentProgram } from "./effects.ts";

/** Runs the agent until it stops. */
export async function runAgent<Options, Plan extends RunPlan>(
  program: AgentProgram<Options, Plan>,
): Promise<AgentOutput> {
  const { clock } = program.effects;
  const vault = makeRunVault<Plan>();
  const hands: Hands = {
    vault,
    claims: new BehaviorSubject(0),
    inFlight: new BehaviorSubject(0),
    refusals: makeRefusals(program.effects),
    left: new Set(),
    letGo: new Set(),
  };
  const pushes = makePushes({ orchestrator: program.effects.orchestrator, poke$: program.poke$ });
  const actor = createActor(provide({ ...program, poke$: pushes.poke$ }, hands, vault), {
    systemId: AGENT_SYSTEM_ID,
    input: { policy: program.policy, maxPolls: program.maxPolls, graceMs: program.graceMs },
    clock: { setTimeout: (fn, ms) => clock.after(ms, fn), clearTimeout: (cancel) => cancel() },
    ...(program.inspect === undefined ? {} : { inspect: program.inspect }),
  });
  actor.on("run.ended", (event) => {
    leave(hands, event, program.effects.platform);
    program.onEnded?.(event);
  });
  const stopping = program.stop$.subscribe((event) => actor.send(event));
  actor.subscribe(({ context }) => hands.inFlight.next(context.inFlight.length));
  actor.start();
  const stopListening = pushes.listen((request) => actor.send(request));
  const { output } = await waitFor(actor, (s) => s.status === "done", { timeout: Infinity });
  stopping.unsubscribe();
  stopListening();
  await hands.refusals.settled(program.graceMs);
  if (output === undefined) throw new TypeError("Cannot tell how the agent ended: it left no output");
  return output;
}

/** Once a run has left it may be found again: how it left says whether that is news. */
function leave(
  { vault, left, letGo }: Hands,
  { runId, outcome }: AgentEmitted,
  platform: Pick<Platform<unknown>, "left">,
): void {
  vault.release(runId);
  platform.left(runId, () => vault.has(runId));
  left.add(runId);
  if (outcome === "completed") letGo.add(runId);
  else letGo.delete(runId);
}

function provide<Options, Plan extends RunPlan>(
  program: AgentProgram<Options, Plan>,
  hands: Hands,
  vault: RunVault<Plan>,
) {
  const { effects } = program;
  const pauseActor = fromPromise<void, Pause>(({ input, signal }) => pause(input, effects, signal));
  const starter = makeStarter(program);
  return agentMachine.provide({
    actors: {
      pause: pauseActor,
      startAgent: fromPromise(({ signal }) => starter.start(signal).catch(tellWait(program))),
      pollFlowRuns: fromCallback<AgentEvent, { polls: number | null }>(({ input, sendBack }) => {
        const poll = runsToAdopt(program, hands, input.polls).subscribe({
          next: (runs) => runs.length > 0 && sendBack({ type: "runs.found", runs }),
          complete: () => sendBack({ type: "polls.exhausted" }),
        });
        return () => poll.unsubscribe();
      }),
      flowRuns: holdFlowRuns(
        provideFlowRun(program, { claims: hands.claims, vault, makePlan: starter.makePlan }).provide({
          actors: { pause: pauseActor },
        }),
      ),
    },
  });
}

/** Reads what the options name and registers with the API; the finished options are there once it has succeeded. */
function makeStarter<Options, Plan extends RunPlan>(
  { flavour, options, effects }: AgentProgram<Options, Plan>,
) {
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
  return { start, makePlan: makePlanner({ ...effects, flavour, options: () => ready }) };
}

/** Says what a start waits for; what it cannot wait for is said when the agent ends. */
function tellWait(
  { effects }: { readonly effects: Pick<AgentEffects<unknown>, "log"> },
): (thrown: unknown) => never {
  return (thrown) => {
    const failure = toFailure(thrown);
    if (isRetriable(failure)) effects.log("WARNING", `${failure.message}; trying again`);
    throw thrown;
  };
}
