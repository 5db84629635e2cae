/**
 * What a task that ECS describes means to the watcher.
 *
 * @module
 */

import type { LiveTask, SeenTask, StoppedTask } from "../contracts/platform.ts";
import { type StopEvidence, stopRowOf } from "./explain_stop.ts";

/** A task as DescribeTasks answers, as far as it matters here. */
export interface DescribedTask extends StopEvidence {
  readonly lastStatus: string;
}

const STOPPED = "STOPPED";

/** @see "Amazon ECS task lifecycle" */
const LIVE: ReadonlyMap<string, LiveTask> = new Map(
  ([
    ["PROVISIONING", "pending"],
    ["PENDING", "pending"],
    ["ACTIVATING", "pending"],
    ["RUNNING", "running"],
    ["DEACTIVATING", "stopping"],
    ["STOPPING", "stopping"],
    ["DEPROVISIONING", "stopping"],
  ] as const).map(([status, phase]) => [status, { phase, status }]),
);

/** The task as it was seen. A status that this program does not know counts as pending. */
export function seenTask(task: DescribedTask): SeenTask {
  const { lastStatus: status, stopCode, stoppedReason, containers } = task;
  if (status === STOPPED) return stoppedTask({ stopCode, stoppedReason, containers });
  return LIVE.get(status) ?? { phase: "pending", status };
}

/** A task that has stopped. */
export function stoppedTask(evidence: StopEvidence): StoppedTask {
  const { stopCode, containers } = evidence;
  return {
    phase: "stopped",
    status: STOPPED,
    failed: containers.length === 0 || containers.some(({ exitCode }) => exitCode !== 0),
    neverRan: containers.every(({ exitCode }) => exitCode === null),
    endedByItself: stopCode !== null && stopCode !== "UserInitiated",
    class: stopRowOf(evidence).class,
    evidence,
  };
}
