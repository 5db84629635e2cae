/**
 * The deadlines of one flow run: a timer for its stage and one for the placement of its task.
 *
 * @module
 */

import { type CallbackActorLogic, fromCallback } from "xstate";
import type { Clock } from "../schemas/clock.ts";
import type { FlowRunEvent } from "../schemas/events.ts";
import type { Timed, TimedRun } from "../schemas/timed_run.ts";

/**
 * Logic of the actor that says `deadline.passed`. It reads from the run itself what has a deadline: telling it would be one
 * more event for each step of every run.
 */
export function makeDeadlines(clock: Clock): CallbackActorLogic<FlowRunEvent, { run: TimedRun }> {
  return fromCallback<FlowRunEvent, { run: TimedRun }>(({ input: { run }, sendBack }) => {
    const tell = (stage: string) => sendBack({ type: "deadline.passed", stage } satisfies FlowRunEvent);
    let stage: Timed["stage"] = null;
    let isPlacing = false;
    let endStage = () => {};
    let endPlacement = () => {};
    const { unsubscribe } = run.subscribe(({ context: { stage: now, placement, policy } }) => {
      if (now !== stage) {
        stage = now;
        endStage();
        endStage = now === null ? () => {} : clock.after(policy.deadlineMs[now.name], () => tell(now.name));
      }
      if (placement.retries > 0 !== isPlacing) {
        isPlacing = !isPlacing;
        endPlacement();
        if (isPlacing) endPlacement = clock.after(policy.deadlineMs.placement, () => tell("placement"));
      }
    });
    return () => {
      unsubscribe();
      endStage();
      endPlacement();
    };
  });
}
