/**
 * What the state of a Prefect 3 flow run means to the agent.
 *
 * @module
 */

import type { RunState } from "../contracts/orchestrator.ts";
import type { ClaimMarker } from "../flow_run/flow_run.ts";
import type { RunEnd } from "../flow_run/run_end.ts";
import { claimKeyOf } from "./claim_key.ts";
import { type LabelMark, MARK_LABEL, markerOf, readMarkLabel, readMarkMessage } from "./claim_mark.ts";
import { taskIdOf } from "./infrastructure_pid.ts";
import type { RunRow } from "./rows.ts";

const ENDS: ReadonlyMap<string, RunEnd> = new Map(
  Object.entries(
    { COMPLETED: "success", FAILED: "failure", CRASHED: "failure", CANCELLED: "cancelled" } as const,
  )
    .map(([type, kind]) => [type, { state: type.charAt(0) + type.slice(1).toLowerCase(), kind }]),
);

/** How a run in a state of this type has ended; null: it has not. */
export function endOf(type: string): RunEnd | null {
  return ENDS.get(type) ?? null;
}

/** The state as the agent reads it. @param claim key of the claim that a PENDING run is under; null: it is in the row */
export function runStateOf(row: RunRow, claim: string | null = null): RunState {
  const { id, stateId, stateType: type, isInProcess } = row;
  const end = endOf(type);
  return {
    id,
    version: stateId,
    type: row.stateName === "" ? type : row.stateName,
    finished: end !== null,
    end,
    claimed: type === "PENDING",
    // The queue never offers a run that waits within its own task.
    scheduled: type === "SCHEDULED" && !isInProcess,
    queued: isInProcess,
    needsTask: isInProcess,
    paused: type === "PAUSED",
    running: type === "RUNNING",
    hasBegun: row.hasBegun,
    cancelling: type === "CANCELLING",
    cancelled: type === "CANCELLED",
    marker: markerIn(row, claim),
    taskId: isOfPresentLaunch(row, claim) ? taskIdOf(row.infrastructurePid) : null,
  };
}

/** Whether a mark is of a later launch: keys of claims are moments in one spelling. A missing mark says nothing. */
export function isLater(marker: ClaimMarker | null, key: string): boolean {
  return marker !== null && marker.claim > key;
}

/** Label that every worker sets when it launches a run. */
const WORKER_LABEL = "prefect.worker.name";

/** Our label; one that an earlier launch has left under another worker's launch is none. */
export function labelMarkOf({ labels }: Pick<RunRow, "labels">): LabelMark | null {
  const mark = readMarkLabel(labels[MARK_LABEL]);
  const worker = labels[WORKER_LABEL];
  return mark !== null && (worker === undefined || worker === null || worker === mark.worker) ? mark : null;
}

/** Whether no worker has told by a label that it launched the run. */
export function isUnlabelled({ labels }: Pick<RunRow, "labels">): boolean {
  return (labels[WORKER_LABEL] ?? null) === null && (labels[MARK_LABEL] ?? null) === null;
}

/**
 * The claim that a run goes on under. While it is PENDING its message says so, and the label where somebody else's state has
 * none; later the label alone.
 */
export function markerIn(row: RunRow, key: string | null = null): ClaimMarker | null {
  const label = labelMarkOf(row);
  if (row.stateType !== "PENDING") return label === null ? null : markerOf(label, label.claim);
  const claim = key ?? claimKeyOf(row.scheduledTime);
  const mark = readMarkMessage(row.message) ?? (label?.claim === claim ? label : null);
  return mark === null ? null : markerOf(mark, claim);
}

/** Whether the id of a task that a run carries is of its present launch: it may be left from an earlier one. */
function isOfPresentLaunch(row: RunRow, key: string | null): boolean {
  const label = labelMarkOf(row);
  if (label !== null && label.former === row.infrastructurePid) return false;
  if (row.stateType !== "PENDING" || readMarkMessage(row.message) === null) return true;
  return label !== null && label.claim === (key ?? claimKeyOf(row.scheduledTime));
}
