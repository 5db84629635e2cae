/**
 * The deadlines of one flow run: a timer for its stage, one for the placement of its task, and one for a launch that takes
 * long.
 *
 * @module
 */

import { type CallbackActorLogic, fromCallback } from "xstate";
import type { Clock } from "../../schemas/time/clock.ts";
import type { FlowRunEvent } from "../../schemas/flow_run/events.ts";
import type { Timed, TimedRun } from "../../schemas/flow_run/deadlines.ts";

/** A launch without a task after this time takes long. */
const DELAYED_MS = 5000;

/**
 * Logic of the actor that says `deadline.passed` and `launch.delayed`. It reads from the run's own snapshots what
 * has a deadline, because separate events would add one for each step of every run.
 *
 * @param startMsOf time that the task of a run has to start, where it is not the policy's, in milliseconds
 */
export function makeDeadlines(
  clock: Clock,
  startMsOf: (runId: string) => number | null = () => null,
): CallbackActorLogic<FlowRunEvent, { run: TimedRun }> {
  return fromCallback<FlowRunEvent, { run: TimedRun }>(({ input: { run }, sendBack }) => {
    const timers = makeTimers(clock, startMsOf, (event: FlowRunEvent) => sendBack(event));
    const { unsubscribe } = run.subscribe(({ context }) => timers.follow(context));
    return () => {
      unsubscribe();
      timers.end();
    };
  });
}

function makeTimers(
  clock: Clock,
  startMsOf: (runId: string) => number | null,
  tell: (event: FlowRunEvent) => void,
) {
  let followed: Timed["stage"] = null;
  const [stage, placement, launch] = [new Timer(clock), new Timer(clock), new Timer(clock)];
  const begin = (timer: Timer, named: string, afterMs: number): void =>
    timer.begin(afterMs, () => tell({ type: "deadline.passed", stage: named }));
  const beginLaunch = (): void => launch.begin(DELAYED_MS, () => tell({ type: "launch.delayed" }));
  const turnTo = (now: Timed["stage"], { header, policy: { deadlineMs } }: Timed): void => {
    followed = now;
    stage.end();
    const ownMs = now?.ownMs ?? (now?.name === "start" ? startMsOf(header.id) : null);
    if (now !== null) begin(stage, now.name, ownMs ?? deadlineMs[now.name]);
    if (isLaunch(now)) beginLaunch();
    else launch.end();
  };
  beginLaunch();
  return {
    follow: (run: Timed): void => {
      if (run.stage !== followed) turnTo(run.stage, run);
      if (run.placement.retries > 0) begin(placement, "placement", run.policy.deadlineMs.placement);
      else placement.end();
    },
    end: (): void => [stage, placement, launch].forEach((timer) => timer.end()),
  };
}

/** Whether there is no task yet, or none any more. */
function isLaunch(stage: Timed["stage"]): boolean {
  return stage !== null && stage.name !== "start" && stage.name !== "stop";
}

/** One wait at a time. */
class Timer {
  readonly #clock: Clock;
  #forget: (() => void) | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Starts a wait unless one has been started and not yet ended; a wait that is over still counts as started. */
  begin(afterMs: number, fn: () => void): void {
    this.#forget ??= this.#clock.after(afterMs, fn);
  }

  end(): void {
    this.#forget?.();
    this.#forget = null;
  }
}
