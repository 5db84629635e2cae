/**
 * How Jobs are seen: judged from what is known of them, with what is to be told.
 *
 * @module
 */

import type { LiveTask, StoppedTask, TaskNote } from "../../schemas/contracts/platform.ts";
import type { KeepJobs } from "../../schemas/kubernetes/cluster_settings.ts";
import { conditionOf } from "../../schemas/kubernetes/objects/job.ts";
import { judge, type Judged } from "../../schemas/kubernetes/sight/judge.ts";
import { readEvidence } from "../../schemas/kubernetes/sight/evidence.ts";
import { lastNotesOf, lastReason, notesOf, ORDINARY_AFTER_MS } from "../../schemas/kubernetes/sight/notes.ts";
import type { Picture } from "../../schemas/kubernetes/sight/picture.ts";
import type { Clock } from "../../schemas/time/clock.ts";

/** What seeing needs. */
export interface SightsDeps {
  readonly namespace: string;
  readonly keepJobs: KeepJobs;
  readonly clock: Pick<Clock, "now">;
}

/** Sees Jobs. */
export interface Sights {
  readonly of: (picture: Picture) => Judged;
  /** Why a Job does not run, as it was last known; null: it is not. */
  readonly reasonOf: (picture: Picture) => string | null;
}

/** Makes it. A Job that had ended before, and stays, has been told of by an earlier process. */
export function makeSights({ namespace, keepJobs, clock }: SightsDeps): Sights {
  const beganMs = clock.now();
  return {
    of: (picture) => {
      const nowMs = clock.now();
      const { seen, againMs } = judge(picture, nowMs);
      if (seen.phase !== "stopped") {
        return {
          seen: withNotes(seen, notesOf(picture, { namespace }, nowMs)),
          againMs: soonest(againMs, ordinaryMs(picture, nowMs)),
        };
      }
      const notes = [...lastNotesOf(picture), ...stays(seen, picture, keepJobs)];
      const wasTold = keepJobs !== "none" && hadEnded(picture, beganMs);
      return { seen: { ...withNotes(seen, notes), ...(wasTold ? { wasTold } : {}) }, againMs };
    },
    reasonOf: (picture) => lastReason(picture, { namespace }, clock.now()),
  };
}

function withNotes<Seen extends LiveTask | StoppedTask>(seen: Seen, notes: readonly TaskNote[]): Seen {
  return notes.length === 0 ? seen : { ...seen, notes };
}

/** When ordinary events of a pending pod are told; null: they are told, or there are none. */
function ordinaryMs({ pods, events }: Picture, nowMs: number): number | null {
  const pod = pods.findLast(({ isGone }) => !isGone);
  if (pod === undefined || !events.some(({ isWarning }) => !isWarning)) return null;
  const atMs = pod.seenMs + ORDINARY_AFTER_MS;
  return atMs > nowMs ? atMs : null;
}

function soonest(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.min(a, b);
}

/** A Job that stays although something runs in it. */
function stays({ evidence, failed }: StoppedTask, { job }: Picture, keepJobs: KeepJobs): readonly TaskNote[] {
  const others = readEvidence(evidence)?.others ?? [];
  const isKept = keepJobs === "all" || (keepJobs === "failed" && failed);
  if (others.length === 0 || !isKept) return [];
  const text =
    `${others.join(", ")} ${others.length === 1 ? "is" : "are"} still running in Job ${job.name}, ` +
    `which stays (--keep-jobs ${keepJobs})`;
  return [{ key: "stays", level: "INFO", text }];
}

function hadEnded({ job }: Picture, beganMs: number): boolean {
  const end = conditionOf(job, "Complete") ?? conditionOf(job, "Failed");
  return end !== null && end.sinceMs !== null && end.sinceMs < beganMs - SLACK_MS;
}

/** Clocks of the cluster and of this machine may differ, in milliseconds. */
const SLACK_MS = 5000;
