/**
 * The events that a worker tells the API. They are sent once, in their order, and never wait for an answer: an event that is
 * lost changes no run.
 *
 * @module
 */

import type { FlowRun, WorkPool } from "../../../schemas/prefect3/flow_run.ts";

/** A status of a task that was seen. */
export interface TaskStatusSeen {
  /** ARN of the task. */
  readonly taskId: string;
  /** `PROVISIONING`, `RUNNING`, `STOPPED`… */
  readonly status: string;
  /** ARN of its revision, where it is known. */
  readonly taskDefinition?: string | null;
  /** When the platform noted it, in milliseconds since 1970; absent: now. */
  readonly atMs?: number;
}

/** Tells the API of events. Nothing here throws. */
export interface Emitter {
  /** `prefect.worker.started`. */
  readonly started: (pool: WorkPool) => void;
  /** `prefect.worker.submitted-flow-run`: the run is about to be launched. */
  readonly submitted: (run: FlowRun) => void;
  /**
   * `prefect.worker.executed-flow-run`: the run has its task.
   *
   * @param infrastructurePid `<cluster>::<ARN of the task>`
   */
  readonly executed: (run: FlowRun, infrastructurePid: string) => void;
  /** `prefect.ecs.task.<status>`, once for each task and status. */
  readonly taskSeen: (run: FlowRun, seen: TaskStatusSeen) => void;
  /** `prefect.worker.stopped`, if the worker had started; then sends what is left and closes. Never rejects. */
  readonly end: (signal: AbortSignal) => Promise<void>;
}
