/**
 * One line about a Job that is lost to its run: what happened, the evidence, what to do.
 *
 * @module
 */

import type { LostTask, SlowStart, TaskStopped } from "../../contracts/platform.ts";
import { spokenTime } from "../../flow_run/deadlines.ts";
import { endText } from "./end_text.ts";
import { CAUSE_CLASS, type EndCause, type Evidence, readEvidence } from "./evidence.ts";
import { missingRightIn } from "./flow_rights.ts";

interface CauseText {
  readonly what: string;
  readonly todo: string;
}

const TEXTS: Readonly<Record<EndCause, CauseText>> = {
  done: {
    what: "ended well, but its flow run had not reported an end",
    todo:
      "the flow's process most likely never began the run: look at the command and args of its template, and at the pod's log",
  },
  failed: { what: "failed", todo: "look at the log of the pod" },
  outOfMemory: {
    what: "was killed for lack of memory",
    todo: "raise the memory limit of the run config or of the template",
  },
  evicted: {
    what: "lost its pod to the cluster",
    todo: "see why its node gave it up: kubectl get events; --relaunch infrastructure starts such runs again",
  },
  badImage: {
    what: "cannot start: its image cannot be pulled",
    todo: "check the name of the image, and the pull secrets or the rights of the nodes",
  },
  notStartable: {
    what: "could not be started",
    todo: "check command, args and mounts of its template",
  },
  jobFailed: { what: "has failed", todo: "see the Job's conditions and the limits of its template" },
  podGone: {
    what: "has failed, and its pod is gone",
    todo: "see who deleted the pod: kubectl get events, the audit log of the cluster",
  },
  deleted: {
    what: "was deleted by somebody else",
    todo: "see who deleted it: the audit log of the cluster, other agents, ttlSecondsAfterFinished",
  },
  deletedByAgent: { what: "was deleted by this agent", todo: "start the run again if it is still wanted" },
};

const VANISHED: CauseText = {
  what: "is not there any more",
  todo: "see who deleted it: kubectl get events, the audit log of the cluster",
};

/** Explains a Job that ended without its run having reported an end. */
export function explainEnd(lost: LostTask): TaskStopped {
  const evidence = lost.seen === null ? null : readEvidence(lost.seen.evidence);
  const { what, todo } = evidence === null ? VANISHED : TEXTS[evidence.cause];
  const found = evidence === null ? "" : partsOf(evidence);
  const { lastLines } = lost.log ?? { lastLines: [] };
  const right = missingRightIn(lastLines);
  return {
    tag: "taskStopped",
    class: evidence === null ? "vanished" : CAUSE_CLASS[evidence.cause],
    wasRunning: lost.wasRunning,
    taskId: lost.taskId ?? "",
    message: `${subjectOf(lost)} ${what}${found === "" ? "" : ` (${found})`}: ${todo}${right}`,
  };
}

/** Explains a Job that was deleted because it did not start in time. @param why the last reason; null: none is known */
export function explainSlow({ wasRunning, startMs, ...of }: SlowStart, why: string | null): TaskStopped {
  const reason = why === null ? "no reason is known; see kubectl describe job" : why;
  const message = `${subjectOf(of)} was not running after ${spokenTime(startMs)} and was deleted: ${reason}`;
  return { tag: "taskStopped", class: "tooSlow", wasRunning, taskId: of.taskId ?? "", message };
}

function subjectOf({ runId, taskId }: Pick<LostTask, "runId" | "taskId">): string {
  return taskId === null ? `The Job of flow run ${runId}` : `Job ${taskId} of flow run ${runId}`;
}

function partsOf(evidence: Evidence): string {
  const { pod, container, exitCode, signal, reason, message, podReason, podMessage, jobReason, jobMessage } =
    evidence;
  const end = exitCode === null
    ? withMessage(reason, message)
    : endText({ exitCode, signal, reason, message });
  return [
    pod === null ? null : `pod ${pod}`,
    end === null || end === "" ? null : container === null ? end : `container ${container}: ${end}`,
    podReason === null ? null : `pod's reason ${withMessage(podReason, podMessage)}`,
    jobReason === null ? null : `Job's reason ${withMessage(jobReason, jobMessage)}`,
    evidence.others.length === 0 ? null : `still running beside it: ${evidence.others.join(", ")}`,
  ].filter((part) => part !== null).join("; ");
}

function withMessage(reason: string | null, message: string | null): string | null {
  if (reason === null) return message;
  return message === null ? reason : `${reason}: ${message}`;
}
