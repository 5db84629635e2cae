/**
 * Where the task of a run is to be found.
 *
 * @module
 */

import type { LogPlace } from "../ecs/log_places.ts";

/** A run and its task, as far as they are known. */
export interface TaskTarget {
  readonly runId: string;
  /** Key of the claim. */
  readonly claim: string;
  /** Null: no task is known. */
  readonly taskArn: string | null;
  /** Where to look when no ARN says so; null: the default cluster. */
  readonly cluster: string | null;
  /** What the tasks of this run alone were started by; null: they cannot be told by it. */
  readonly startedBy: string | null;
}

/** A task to follow. */
export interface WatchedTask extends TaskTarget {
  /** Streams its containers write to. */
  readonly logs: readonly LogPlace[];
  /** The task only starts the flow elsewhere and may then end well before it does. */
  readonly handsOver: boolean;
}

/** A task to stop. `cancel`: Prefect asked for it. */
export interface StoppableTask extends TaskTarget {
  readonly reason: "cancel" | "tooSlow";
}
