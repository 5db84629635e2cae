/**
 * Stops tasks that the API asks to be stopped, whoever launched them: with the plan that their run would get now, or with what
 * this agent knows of a run that it has.
 *
 * @module
 */

import type { Orchestrator, Push, StopAnswer } from "../schemas/contracts/orchestrator.ts";
import type { Platform, TaskPlace } from "../schemas/contracts/platform.ts";
import { FailureError, isRetriable, toFailure } from "../schemas/failure/failure.ts";
import { NO_DOUBT } from "../schemas/flow_run/flow_run.ts";
import type { Log } from "../schemas/contracts/log.ts";
import type { MakePlan } from "./planning/make_plan.ts";
import type { HeldRuns } from "./run_vault.ts";

/** A wish of the API. */
export type StopWished = Extract<Push, { type: "stop.requested" }>;

/** What stopping needs. */
export interface StopWishesDeps<Run, Plan> {
  readonly orchestrator: Pick<Orchestrator<Run>, "findRun" | "read">;
  readonly platform: Pick<Platform<Plan>, "place" | "stop">;
  readonly vault: Pick<HeldRuns<Run>, "has" | "get">;
  readonly makePlan: MakePlan<Run, Plan>;
  readonly log: Log;
}

/** Carries a wish out and answers it once. Never rejects. */
export type CarryOut = (wish: StopWished, signal: AbortSignal) => Promise<void>;

/** Makes it. */
export function makeStopWishes<Run, Plan>(deps: StopWishesDeps<Run, Plan>): CarryOut {
  return async ({ runId, taskId, done }, signal) => {
    try {
      const how = await standing(runId, deps, signal);
      if (how !== "wanted") return done(how.how, how.why);
      const place = await placeOf(runId, deps, signal);
      await deps.platform.stop({ id: taskId, place }, { runId, reason: "cancel", isSure: true }, signal);
      deps.log("INFO", `Task ${taskId} of flow run ${runId} was asked to stop, as the API wants it`, {
        runId,
      });
      done("stopped", "the task was asked to stop, or is gone already");
    } catch (thrown) {
      const failure = toFailure(thrown);
      const how: StopAnswer = isRetriable(failure) || signal.aborted ? "busy" : "refused";
      deps.log("WARNING", `Cannot stop task ${taskId} of flow run ${runId} now: ${failure.message}`, {
        runId,
      });
      done(how, failure.message);
    }
  };
}

/** A wish may be old: the task of a run that goes on again is not stopped. */
async function standing<Run, Plan>(
  runId: string,
  { orchestrator }: StopWishesDeps<Run, Plan>,
  signal: AbortSignal,
): Promise<"wanted" | { readonly how: StopAnswer; readonly why: string }> {
  const [state] = await orchestrator.read([runId], signal);
  if (state === undefined) return { how: "gone", why: "the API does not know the run any more" };
  if (state.finished || state.cancelling) return "wanted";
  return { how: "refused", why: `the run is ${state.type}: its task goes on` };
}

/** @throws {FailureError} a run that cannot be planned any more: nobody knows where its task is */
async function placeOf<Run, Plan>(
  runId: string,
  { orchestrator, platform, vault, makePlan }: StopWishesDeps<Run, Plan>,
  signal: AbortSignal,
): Promise<TaskPlace> {
  const known = vault.has(runId) ? vault.get(runId).place : null;
  if (known !== null) return known;
  const found = await orchestrator.findRun(runId, signal);
  if (found === null) {
    const message = "the configuration of the run is not available any more";
    throw new FailureError({ tag: "badFlowRun", field: "flow_run", message });
  }
  return platform.place(await makePlan({ ...found, doubt: NO_DOUBT }, signal), runId);
}
