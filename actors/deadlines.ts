/**
 * The deadlines of one flow run: a timer for its stage and one for the placement of its task.
 *
 * @module
 */

import { type CallbackActorLogic, fromCallback } from "xstate";
import type { Clock } from "../schemas/clock.ts";
import type { DeadlineEvent, FlowRunEvent } from "../schemas/events.ts";

/** Logic of the actor that says `deadline.passed`; a timer that is set again begins anew. */
export function makeDeadlines(clock: Clock): CallbackActorLogic<DeadlineEvent> {
  return fromCallback<DeadlineEvent>(({ receive, sendBack }) => {
    const cancels = new Map<DeadlineEvent["timer"], () => void>();
    receive((event) => {
      cancels.get(event.timer)?.();
      cancels.delete(event.timer);
      if (event.type !== "deadline.set") return;
      const passed: FlowRunEvent = { type: "deadline.passed", stage: event.stage };
      cancels.set(event.timer, clock.after(event.afterMs, () => sendBack(passed)));
    });
    return () => cancels.forEach((cancel) => cancel());
  });
}
