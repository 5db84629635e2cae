/**
 * What every actor of a flow run works with.
 *
 * @module
 */

import type { BehaviorSubject } from "rxjs";
import type { RunPlan } from "../schemas/plan/run_plan.ts";
import { NO_SOURCES } from "../schemas/plan/sourced_request.ts";
import type { ClaimedTasks, TaskPlace } from "../schemas/contracts/platform.ts";
import type { ClaimHolds } from "./claim_holds.ts";
import type { AgentEffects } from "./effects.ts";
import type { TellHints } from "./planning/tell_hints.ts";
import type { MakePlan } from "./planning/make_plan.ts";
import type { PlanTurns } from "./planning/plan_turns.ts";
import type { TaskRoom } from "./task_room.ts";
import type { TriedSteps } from "./tried_steps.ts";
import type { HeldRun, RunVault } from "./run_vault.ts";

/** What the runs of one agent share. */
export interface RunDeps<Run, Plan> {
  readonly vault: RunVault<Run, Plan>;
  /** Number of claims that wait for their answer. */
  readonly claims: BehaviorSubject<number>;
  readonly makePlan: MakePlan<Run, Plan>;
  readonly turns: PlanTurns;
  /** Says which steps go on failing. */
  readonly steps: TriedSteps;
  /** Runs for which this process may have sent a launch: nobody can say that they have no task. */
  readonly sent: Set<string>;
  /** The places for tasks under the agent's limit. */
  readonly room: Pick<TaskRoom, "take">;
}

/** The same, with the effects and the claims that this process holds. */
export interface RunPort<Run, Plan> extends RunDeps<Run, Plan> {
  readonly effects: AgentEffects<Run, Plan>;
  readonly holds: ClaimHolds;
  /** Plans a run that has a task, or may have one: its claim cannot be set any more. */
  readonly planUnnoted: MakePlan<Run, Plan>;
  /** Tells what a plan says once. */
  readonly tellHints: TellHints;
}

/** Keeps the plan of a run, and where its tasks are. */
export function keepPlan<Run, Plan extends RunPlan>(
  runId: string,
  plan: Plan,
  { vault, effects: { platform } }: RunPort<Run, Plan>,
): void {
  // Nobody asks a plan that is carried out where its fields came from.
  vault.keepPlan(runId, { ...plan, sources: NO_SOURCES }, platform.place(plan, runId), plan.startMs);
}

/** Where tasks of a run are; a run that was found again may not be planned. */
export function placeOf<Run, Plan>(
  runId: string,
  { vault, effects: { platform } }: RunPort<Run, Plan>,
): TaskPlace {
  return vault.get(runId).place ?? platform.place(null, runId);
}

/** The tasks of a run. @param taskId the one that is known; null: none is */
export function tasksOf<Run, Plan>(
  runId: string,
  taskId: string | null,
  port: RunPort<Run, Plan>,
): ClaimedTasks {
  return { runId, claim: port.vault.get(runId).claim, taskId, place: placeOf(runId, port) };
}

/** Whether an earlier process of this agent made the claim, and this one found it again. */
export function isTakenUp({ hold }: HeldRun<unknown, unknown>): boolean {
  return hold !== null && hold.grantedMs === null;
}
