/**
 * Times of a run that the server keeps beside its states.
 *
 * @module
 * @see Prefect 3.9.1, server/orchestration/global_policy.py
 */

import { isFinal, type State } from "./state.ts";

/** Times of a run; moments are texts of ISO 8601 in UTC. */
export type RunTimes = {
  readonly start_time: string | null;
  readonly end_time: string | null;
  /** When it was first expected to start. */
  readonly expected_start_time: string | null;
  /** When it is due; null while it is not SCHEDULED. The queue offers runs by this time. */
  readonly next_scheduled_start_time: string | null;
  /** In seconds, without the time since it last began to run. */
  readonly total_run_time: number;
};

/** Times of a run without a state. */
export const NO_TIMES: RunTimes = {
  start_time: null,
  end_time: null,
  expected_start_time: null,
  next_scheduled_start_time: null,
  total_run_time: 0,
};

/** The times after a state was set. @param before the state that it follows; null: it is the first */
export function timesAfter(times: RunTimes, before: State | null, state: State): RunTimes {
  const { type, timestamp } = state;
  const due = type === "SCHEDULED" ? state.state_details.scheduled_time : null;
  const isBegun = type === "RUNNING" || (isFinal(state) && times.end_time === null);
  const lastedMs = before?.type === "RUNNING" ? Date.parse(timestamp) - Date.parse(before.timestamp) : 0;
  const isLeft = isFinal(before) && !isFinal(state);
  const ended = isLeft ? null : times.end_time;
  return {
    start_time: times.start_time ?? (isBegun ? timestamp : null),
    end_time: isFinal(state) ? ended ?? timestamp : ended,
    expected_start_time: times.expected_start_time ?? due ?? timestamp,
    next_scheduled_start_time: due,
    total_run_time: times.total_run_time + lastedMs / 1000,
  };
}
