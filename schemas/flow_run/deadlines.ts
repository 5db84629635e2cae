/**
 * What has a deadline in a flow run.
 *
 * @module
 */

import type { LaunchPolicy, Stage } from "./launch_policy.ts";

/** What the deadlines of a run depend on; they are compared after each of its steps. */
export interface Timed {
  readonly header: { readonly id: string };
  /** The stage that has a deadline now; null: none has. A new object means a new stage, or restarts the deadline. `ownMs`: its time. */
  readonly stage: { readonly name: Stage; readonly ownMs?: number } | null;
  /** Retries since the placement of the present task was first refused; the time for them runs while there are any. */
  readonly placement: { readonly retries: number };
  readonly policy: Pick<LaunchPolicy, "deadlineMs">;
}

/** A run whose steps can be observed. */
export interface TimedRun {
  readonly subscribe: (
    look: (step: { readonly context: Timed }) => void,
  ) => { readonly unsubscribe: () => void };
}

/** A time as people say it: `90 s`, `15 min`. @param ms milliseconds */
export function spokenTime(ms: number): string {
  return ms < 120_000 ? `${Math.round(ms / 100) / 10} s` : `${Math.round(ms / 6000) / 10} min`;
}
