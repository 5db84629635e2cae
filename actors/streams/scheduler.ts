/**
 * RxJS time on our clock, so that streams move with the machines in tests and in the simulation.
 *
 * @module
 */

import { type SchedulerAction, type SchedulerLike, Subscription } from "rxjs";
import type { Clock } from "../../schemas/time/clock.ts";

type Work<T> = (this: SchedulerAction<T>, state?: T) => void;

class ClockAction<T> extends Subscription implements SchedulerAction<T> {
  readonly #clock: Clock;
  readonly #work: Work<T>;
  #cancel: () => void = () => undefined;

  constructor(clock: Clock, work: Work<T>) {
    super(() => this.#cancel());
    this.#clock = clock;
    this.#work = work;
  }

  schedule(state?: T, delay = 0): Subscription {
    this.#cancel();
    this.#cancel = this.#clock.after(delay, () => {
      if (!this.closed) this.#work.call(this, state);
    });
    return this;
  }
}

/** A scheduler for RxJS operators that takes its time from `clock`. */
export function schedulerOf(clock: Clock): SchedulerLike {
  return {
    now: clock.now,
    schedule: <T>(work: Work<T>, delay?: number, state?: T): Subscription =>
      new ClockAction(clock, work).schedule(state, delay),
  };
}
