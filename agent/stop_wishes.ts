/**
 * Stops tasks that the API asks to be stopped, whoever launched them: with the plan that their run would get now, or with what
 * this agent knows of a run that it has.
 *
 * @module
 */

import type { Orchestrator, Push, StopAnswer } from "../schemas/contracts/orchestrator.ts";
import type { Platform, TaskPlace, TaskRef } from "../schemas/contracts/platform.ts";
import { FailureError, isRetriable, toFailure } from "../schemas/failure/failure.ts";
import { NO_DOUBT } from "../schemas/flow_run/flow_run.ts";
import type { Log } from "../schemas/contracts/log.ts";
import type { TaskEffects } from "../actors/watch/task_effects.ts";
import { makeSlots } from "../actors/time/slots.ts";
import type { MakePlan } from "./planning/make_plan.ts";
import type { HeldRuns } from "./run_vault.ts";

/** A wish of the API. */
export type StopWished = Extract<Push, { type: "stop.requested" }>;

/** What stopping needs. */
export interface StopWishesDeps<Run, Plan> extends Pick<TaskEffects, "confirmStopped"> {
  readonly orchestrator: Pick<Orchestrator<Run>, "findRun" | "read">;
  readonly platform: Pick<Platform<Plan>, "place" | "stop">;
  readonly vault: Pick<HeldRuns<Run>, "has" | "get">;
  readonly makePlan: MakePlan<Run, Plan>;
  readonly log: Log;
}

/** Carries a wish out and answers it once. Never rejects. */
export type CarryOut = (wish: StopWished, signal: AbortSignal) => Promise<void>;

/** Wishes that are carried out at a time: each plans a run. */
const MOST_AT_ONCE = 16;

/** Wishes that wait for their turn; the API asks again for what is beyond it. */
const MOST_WAITING = 200;

/** Makes it. */
export function makeStopWishes<Run, Plan>(deps: StopWishesDeps<Run, Plan>): CarryOut {
  const slots = makeSlots({ total: MOST_AT_ONCE, perKey: MOST_AT_ONCE, slow: MOST_AT_ONCE });
  return async (wish, signal) => {
    if (slots.waiting() >= MOST_WAITING) {
      return wish.done("busy", `${MOST_WAITING} other tasks are to be stopped first`);
    }
    const slot = await slots.acquire("", signal).catch(() => null);
    if (slot === null) return wish.done("busy", "this process ends");
    const task = await carryOut(wish, deps, signal).finally(() => slot.release(false));
    if (task !== null) await followToEnd(wish.runId, task, deps, signal);
  };
}

/** @returns the task that was asked to stop; null: none was */
async function carryOut<Run, Plan>(
  { runId, taskId, done }: StopWished,
  deps: StopWishesDeps<Run, Plan>,
  signal: AbortSignal,
): Promise<TaskRef | null> {
  try {
    const how = await standing(runId, taskId, deps, signal);
    if (how !== "wanted") {
      done(how.how, how.why);
      return null;
    }
    const place = await placeOf(runId, deps, signal);
    await deps.platform.stop({ id: taskId, place }, { runId, reason: "cancel", isSure: true }, signal);
    deps.log("INFO", `Task ${taskId} of flow run ${runId} was asked to stop, as the API wants it`, { runId });
    // The platform ends a task that it took a stop request for, also when this process is gone by then.
    done("stopped", "the task was asked to stop");
    return { id: taskId, place };
  } catch (thrown) {
    const failure = toFailure(thrown);
    const how: StopAnswer = isRetriable(failure) || signal.aborted ? "busy" : "refused";
    const { message } = failure;
    deps.log("WARNING", `Cannot stop task ${taskId} of flow run ${runId} now: ${message}`, { runId });
    done(how, message);
    return null;
  }
}

/** A task that does not end is told: somebody has to look at its host. One that may not be looked at is left. */
async function followToEnd<Run, Plan>(
  runId: string,
  task: TaskRef,
  { confirmStopped, log }: StopWishesDeps<Run, Plan>,
  signal: AbortSignal,
): Promise<void> {
  try {
    await confirmStopped(task, signal);
  } catch (thrown) {
    const { tag, message } = toFailure(thrown);
    if (tag !== "refused" && !signal.aborted) {
      log("WARNING", `Flow run ${runId}: the end of its task was not seen: ${message}`, { runId });
    }
  }
}

/** A wish may be old: the task of a run that goes on again, or has ended by itself, is not stopped. */
async function standing<Run, Plan>(
  runId: string,
  taskId: string,
  { orchestrator }: StopWishesDeps<Run, Plan>,
  signal: AbortSignal,
): Promise<"wanted" | { readonly how: StopAnswer; readonly why: string }> {
  const [state] = await orchestrator.read([runId], signal);
  if (state === undefined) return { how: "gone", why: "the API does not know the run any more" };
  const { cancelled, cancelling, finished, type, taskId: present = null } = state;
  // A task of an earlier launch, which was cancelled, has nothing to do with how the run goes on.
  const isOfFormer = !finished && present !== null && present !== taskId;
  if (cancelled || cancelling || isOfFormer) return "wanted";
  if (finished) return { how: "unwanted", why: `the run is ${type}: its task is left alone` };
  return { how: "refused", why: `the run is ${type}: its task goes on` };
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
