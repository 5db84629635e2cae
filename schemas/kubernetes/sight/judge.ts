/**
 * What a Job with its pods means to the agent: whether it is pending, runs, or has ended, and how. The flow's container
 * decides: once it has ended the Job counts as ended, whatever else still runs in its pod.
 *
 * @module
 */

import type { LiveTask, StoppedTask } from "../../contracts/platform.ts";
import { conditionOf } from "../objects/job.ts";
import { isOver } from "../objects/pod.ts";
import { CAUSE_CLASS, type EndCause, type Evidence, evidenceOf } from "./evidence.ts";
import {
  flowContainer,
  mayRetry,
  othersRunning,
  type Picture,
  type PodPicture,
  presentPod,
} from "./picture.ts";
import { type Waiting, waitingIn } from "./waiting.ts";

/** A Job as it was judged. */
export interface Judged {
  readonly seen: LiveTask | StoppedTask;
  /** When it may mean something else without a change, in milliseconds since 1970; null: it cannot. */
  readonly againMs: number | null;
}

/** An image is given up when the kubelet has waited for so long before it pulls again, in milliseconds. */
const PULL_PATIENCE_MS = 10_000;

/** So long a pod is kept by other containers before a retry of the flow is not waited for any more, in milliseconds. */
const OTHERS_PATIENCE_MS = 10_000;

/** Images that no second pull mends. */
const HOPELESS = new Set(["InvalidImageName", "ErrImageNeverPull"]);

/** Judges a Job at a moment in milliseconds since 1970. */
export function judge(picture: Picture, nowMs: number): Judged {
  const { job, gone } = picture;
  if (conditionOf(job, "Complete") !== null) return ended(picture, "done");
  if (conditionOf(job, "Failed") !== null) return ended(picture, null);
  // What ends while it is being deleted ends by that.
  if (gone === null && picture.isAsked) return live("stopping", "Terminating");
  const present = presentPod(picture);
  const byFlow = present === null || present.isGone ? null : endOfFlow(picture, present, nowMs);
  if (byFlow !== null && "seen" in byFlow) {
    const isByDeletion = job.isDeleting && byFlow.seen.phase === "stopped" && byFlow.seen.failed;
    return isByDeletion ? ended(picture, "deleted") : byFlow;
  }
  if (gone !== null) return endOfGone(picture, present);
  if (job.isDeleting) return live("stopping", "Terminating");
  if (byFlow !== null) return { ...live("running", "Running"), againMs: byFlow.againMs };
  return present === null || present.isGone ? withoutPod(picture) : ofPod(picture, present, nowMs);
}

function withoutPod({ job: { isSuspended } }: Picture): Judged {
  return live("pending", isSuspended ? "Suspended" : "Pending");
}

function ofPod(picture: Picture, { pod, pullWaitMs }: PodPicture, nowMs: number): Judged {
  const flow = flowContainer(picture.job, pod);
  if (flow?.state.at === "running") return live("running", "Running");
  // Another pod follows, or the Job's own condition.
  if (isOver(pod)) return live("pending", "Retrying");
  const waiting = waitingIn(pod);
  const hopeless = waiting.find(({ reason }) => HOPELESS.has(reason));
  if (hopeless !== undefined) return ended(picture, "badImage", hopeless);
  const backOff = waiting.find(({ reason }) => reason === "ImagePullBackOff");
  const againMs = backOff === undefined || pullWaitMs === null ? null : pullWaitMs + PULL_PATIENCE_MS;
  if (backOff !== undefined && againMs !== null && nowMs >= againMs) {
    return ended(picture, "badImage", backOff);
  }
  const [first] = waiting;
  const isUp = pod.phase === "Running" && first === undefined;
  const status = first?.reason ?? (pod.isDeleting ? "Terminating" : pod.phase === "" ? "Pending" : pod.phase);
  return { ...live(isUp ? "running" : "pending", status), againMs };
}

/** What the end of the flow's container means; null: it has not ended, or will be started again. */
function endOfFlow(
  picture: Picture,
  { pod, endedMs }: PodPicture,
  nowMs: number,
): Judged | { readonly againMs: number } | null {
  const { job } = picture;
  if (job.isSuspended) return null;
  const flow = flowContainer(job, pod);
  const others = othersRunning(job, pod);
  if (flow?.state.at === "ended" && flow.state.end.exitCode === 0) {
    return ended(picture, "done", null, others);
  }
  if (pod.phase === "Succeeded") return ended(picture, "done");
  const hasFailed = flow?.state.at === "ended" || pod.phase === "Failed";
  if (!hasFailed || (job.restartsInPlace && !isOver(pod))) return null;
  if (!mayRetry(job)) return ended(picture, null, null, others);
  // The Job's own condition decides, but no pod has failed while other containers keep this one alive.
  if (others.length === 0 || isOver(pod) || endedMs === null) return null;
  const againMs = endedMs + OTHERS_PATIENCE_MS;
  return nowMs >= againMs ? ended(picture, null, null, others) : { againMs };
}

/** The state seen last is the reason of what is gone; "deleted" only where none was seen. */
function endOfGone(picture: Picture, present: PodPicture | null): Judged {
  if (picture.gone === "asked") return ended(picture, "deletedByAgent");
  const flow = present === null ? null : flowContainer(picture.job, present.pod);
  if (flow?.state.at === "ended") return ended(picture, flow.state.end.exitCode === 0 ? "done" : null);
  if (present?.pod.phase === "Succeeded") return ended(picture, "done");
  if (present?.pod.phase === "Failed") return ended(picture, null);
  return ended(picture, "deleted");
}

function live(phase: LiveTask["phase"], status: string): Judged {
  return { seen: { phase, status }, againMs: null };
}

const STATUS: Partial<Readonly<Record<EndCause, string>>> = {
  done: "Complete",
  deleted: "Deleted",
  deletedByAgent: "Deleted",
};

function ended(
  picture: Picture,
  cause: EndCause | null,
  waiting: Waiting | null = null,
  others: readonly string[] = [],
): Judged {
  const found = evidenceOf(picture, cause);
  const evidence: Evidence = {
    ...found,
    others,
    ...(waiting === null
      ? {}
      : { container: waiting.container, reason: waiting.reason, message: waiting.message }),
  };
  const seen: StoppedTask = {
    phase: "stopped",
    status: STATUS[evidence.cause] ?? "Failed",
    failed: evidence.cause !== "done",
    neverRan: neverRan(picture),
    endedByItself: evidence.cause !== "deletedByAgent",
    class: CAUSE_CLASS[evidence.cause],
    evidence,
  };
  return { seen, againMs: null };
}

/** Whether the flow's container was never seen to run. A Job that is complete has run. */
function neverRan({ job, pods }: Picture): boolean {
  if (conditionOf(job, "Complete") !== null) return false;
  return pods.every(({ pod }) => {
    const flow = flowContainer(job, pod);
    if (flow === null) return pod.phase !== "Running" && pod.phase !== "Succeeded";
    return flow.state.at !== "running" && flow.state.at !== "ended" && flow.before === null;
  });
}
