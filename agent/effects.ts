/**
 * What the agent's program is made of: its effects, and what it is told.
 *
 * @module
 */

import type { Observable } from "rxjs";
import type { InspectionEvent } from "xstate";
import type { Flavour } from "../schemas/contracts/flavour.ts";
import type { Log } from "../schemas/contracts/log.ts";
import type { Orchestrator, Recovery } from "../schemas/contracts/orchestrator.ts";
import type { RunTask } from "../actors/ecs/run_task.ts";
import type { ReadForRun } from "./share_reads.ts";
import type { TaskEffects } from "../actors/watch/task_effects.ts";
import type { EnsuredDefinition } from "../schemas/contracts/task.ts";
import type { Clock, Random } from "../schemas/time/clock.ts";
import type { AgentEmitted, AgentEvent } from "../schemas/flow_run/events.ts";
import type { ClaimOwner } from "../schemas/flow_run/flow_run.ts";
import type { DefinitionPlan, LaunchPlan } from "../schemas/ecs/launch_plan.ts";
import type { LaunchPolicy } from "../schemas/flow_run/launch_policy.ts";

/** The side effects the program needs, each behind one function. All throw `FailureError`. */
export interface AgentEffects extends TaskEffects {
  readonly orchestrator: Orchestrator & Recovery;
  /** With the id of the run, {@link waitsFor} can tell what it waits for. */
  readonly readSource: ReadForRun;
  /** Refuses what AWS is certain to refuse, before anything is sent. */
  readonly checkPlan: (plan: LaunchPlan) => void;
  readonly ensureTaskDefinition: (
    request: { readonly runId: string; readonly plan: DefinitionPlan },
    signal: AbortSignal,
  ) => Promise<EnsuredDefinition>;
  readonly runTask: RunTask;
  /** What the registration or the launch of a run waits for, as a sentence without its subject; null when it does not wait. */
  readonly waitsFor?: (runId: string) => string | null;
  readonly deregisterTaskDefinition: (id: string, signal: AbortSignal) => Promise<void>;
  /**
   * Deregisters every revision of a family that is one run's alone; never rejects. False: some may be left, and another sweep
   * may find them. @default none is
   */
  readonly sweepTaskDefinitions?: (family: string, signal: AbortSignal) => Promise<boolean>;
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
  /** Time between two searches for claims that no process works on, in milliseconds. */
  readonly reconcileMs: number;
  /** Longest time of one poll, in milliseconds. */
  readonly pollTimeoutMs: number;
  /** Who claims, and for which place. */
  readonly owner: ClaimOwner;
  /** Emits for each wish to end: the first drains, `stop.forced` ends at once. */
  readonly stop$: Observable<Extract<AgentEvent, { type: "stop.requested" | "stop.forced" }>>;
  readonly poke$: Observable<unknown>;
  /** Sees every event of every machine. */
  readonly inspect?: (event: InspectionEvent) => void;
  /** Does a run's work in whatever belongs to that run, its trace for one. @default nothing does */
  readonly within?: <T>(runId: string, work: () => T) => T;
  readonly onEnded?: (event: AgentEmitted) => void;
}
