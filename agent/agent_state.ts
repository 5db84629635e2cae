/**
 * What the actors of one agent share. It is lost with the process: a restarted agent reads everything it needs from Prefect and
 * the platform.
 *
 * @module
 */

import { BehaviorSubject } from "rxjs";
import type { AgentEmitted } from "../schemas/flow_run/events.ts";
import { makePlanTurns, type PlanTurns } from "./planning/plan_turns.ts";
import { makeRefusals, type RefusalDeps, type Refusals } from "./refusals.ts";
import { makeRunsInFlight, type RunsInFlight } from "./runs_in_flight.ts";
import { makeTriedSteps, type TriedSteps, type TriedStepsDeps } from "./tried_steps.ts";
import { makeTaskRoom, type TaskRoom } from "./task_room.ts";
import { makeRunVault, type RunVault } from "./run_vault.ts";

/** The runs of one agent, and their progress. */
export interface AgentState<Run, Plan> {
  readonly vault: RunVault<Run, Plan>;
  /** Number of claims that wait for their answer. */
  readonly claims: BehaviorSubject<number>;
  /** Runs that are adopted and not yet reported. */
  readonly inFlight: RunsInFlight;
  /** The places for tasks under the agent's limit. */
  readonly room: TaskRoom;
  /** Runs that cannot be read and are being set to Failed. */
  readonly refusals: Refusals;
  /** Runs for which a launch may have been sent. */
  readonly sent: Set<string>;
  /** Whose turn it is to be planned. */
  readonly turns: PlanTurns;
  /** Says which steps go on failing. */
  readonly steps: TriedSteps;
  /** Runs that left the agent since the last search for claims began. */
  readonly left: Set<string>;
  /** Runs that left because the agent has nothing more to do for them. */
  readonly completed: Set<string>;
}

/** What the state is made with. */
export type AgentStateDeps =
  & RefusalDeps
  & Omit<TriedStepsDeps, "isClaimed">
  & { readonly maxTasks: number | null };

/** The state of an agent that has no run yet. */
export function makeAgentState<Run, Plan>(deps: AgentStateDeps): AgentState<Run, Plan> {
  const vault = makeRunVault<Run, Plan>();
  const isClaimed = (runId: string) => vault.has(runId) && vault.get(runId).hold !== null;
  return {
    vault,
    steps: makeTriedSteps({ ...deps, isClaimed }),
    claims: new BehaviorSubject(0),
    inFlight: makeRunsInFlight(),
    room: makeTaskRoom(deps.maxTasks),
    refusals: makeRefusals(deps),
    sent: new Set(),
    turns: makePlanTurns(deps.clock),
    left: new Set(),
    completed: new Set(),
  };
}

/**
 * Removes a run that has left. How it left decides whether the next search may adopt it again.
 *
 * @param gone resolves once a task that outlives the run is gone; null: there is none
 */
export function forgetRun<Run, Plan>(
  { vault, inFlight, room, left, completed, steps, sent }: AgentState<Run, Plan>,
  { runId, outcome }: AgentEmitted,
  gone: Promise<void> | null,
): void {
  vault.release(runId);
  room.leave(runId, gone);
  steps.left(runId);
  sent.delete(runId);
  inFlight.goesOn(runId);
  left.add(runId);
  if (outcome === "completed") completed.add(runId);
  else completed.delete(runId);
}
