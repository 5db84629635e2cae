/**
 * The agent's dependencies and configuration.
 *
 * @module
 */

import type { Observable } from "rxjs";
import type { InspectionEvent } from "xstate";
import type { Flavour } from "../schemas/contracts/flavour.ts";
import type { Log } from "../schemas/contracts/log.ts";
import type { Orchestrator } from "../schemas/contracts/orchestrator.ts";
import type { Platform } from "../schemas/contracts/platform.ts";
import type { RunPlan } from "../schemas/plan/run_plan.ts";
import type { Timed } from "../schemas/contracts/timed.ts";
import type { ParseMapping } from "../schemas/json/mapping_text.ts";
import type { ReadForRun } from "./share_reads.ts";
import type { TaskEffects } from "../actors/watch/task_effects.ts";
import type { Clock, Random } from "../schemas/time/clock.ts";
import type { AgentEmitted, AgentEvent } from "../schemas/flow_run/events.ts";
import type { ClaimOwner } from "../schemas/flow_run/flow_run.ts";
import type { LaunchPolicy } from "../schemas/flow_run/launch_policy.ts";

/**
 * The side effects the program needs, each behind one function. All throw `FailureError`. `Run` is a flow run as the dialect
 * gives it, `Plan` what the flavour makes of it for the platform.
 */
export interface AgentEffects<Run, Plan> extends TaskEffects {
  readonly orchestrator: Orchestrator<Run>;
  readonly platform: Platform<Plan>;
  /** With the id of the run, the platform can tell what that run waits for. */
  readonly readSource: ReadForRun;
  /** Parses the templates that runs name. @default the flavour parses them while it plans */
  readonly parse?: ParseMapping;
  /** Measures the synchronous steps of runs. @default nothing is measured */
  readonly timed?: Timed;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** How the agent is configured. */
export interface AgentProgram<Options, Run, Plan extends RunPlan> {
  readonly flavour: Flavour<Options, Run, Plan>;
  readonly options: Options;
  readonly effects: AgentEffects<Run, Plan>;
  readonly policy: LaunchPolicy;
  readonly maxPolls: number | null;
  /** For the whole end of the process, in milliseconds. */
  readonly graceMs: number;
  /** Part of the grace that is kept for the very end, see `leave.ts`. @default 0 */
  readonly farewellMs?: number;
  /** Time between two searches for claims that no process works on, in milliseconds. */
  readonly reconcileMs: number;
  /** Longest time of one poll, in milliseconds. */
  readonly pollTimeoutMs: number;
  /** Wait between two polls, after so many in a row that found nothing new, in milliseconds. @default see `schemas/time/poll_pause.ts` */
  readonly pollPauseMs?: (idle: number) => number;
  /** Most tasks of this agent that live at a time: runs are claimed only while there is room. Null: no limit. */
  readonly maxTasks: number | null;
  /** The owner of this agent's claims, and the place they are for. */
  readonly owner: ClaimOwner;
  /** Emits for each stop request: the first drains, `stop.forced` ends at once. */
  readonly stop$: Observable<Extract<AgentEvent, { type: "stop.requested" | "stop.forced" }>>;
  readonly poke$: Observable<unknown>;
  /** Sees every event of every machine. */
  readonly inspect?: (event: InspectionEvent) => void;
  /** Runs a run's work inside that run's context, such as its trace. @default the work runs without a context */
  readonly within?: <T>(runId: string, work: () => T) => T;
  /** Is told whether the agent asks for runs: it does not while it has no room for one. */
  readonly onAsks?: (isAsking: boolean) => void;
  readonly onEnded?: (event: AgentEmitted) => void;
}
