/**
 * What the log of a run is told about its Job while it goes on: why it does not run, and each execution beyond the first.
 *
 * @module
 */

import type { TaskNote } from "../../contracts/platform.ts";
import type { KubeEvent } from "../objects/event.ts";
import { conditionOf } from "../objects/job.ts";
import { isOver } from "../objects/pod.ts";
import { endText } from "./end_text.ts";
import { flowEnd } from "./evidence.ts";
import { fargateHint } from "./fargate_hint.ts";
import { flowContainer, type Picture, type PodPicture, presentPod } from "./picture.ts";
import { waitingIn } from "./waiting.ts";

/** Where Jobs are. */
export interface NotesPlace {
  readonly namespace: string;
}

/** Ordinary events of a pod are told once it has been pending for so long, in milliseconds. */
export const ORDINARY_AFTER_MS = 5000;

/** The notes of a Job that has not ended, at a moment in milliseconds since 1970. */
export function notesOf(picture: Picture, place: NotesPlace, nowMs: number): readonly TaskNote[] {
  const present = presentPod(picture);
  return unique([
    ...suspended(picture),
    ...executions(picture),
    ...(present === null || present.isGone
      ? eventsOfJob(picture)
      : whyPending(picture, present, { ...place, nowMs })),
    ...deletion(picture),
  ]);
}

/** The notes of a Job that has ended: only what nothing else tells. */
export function lastNotesOf(picture: Picture): readonly TaskNote[] {
  return unique([...executions(picture, true), ...deletion(picture)]);
}

/** The last reason why it does not run, for the state of a run that is given up; null: none is known. */
export function lastReason(picture: Picture, place: NotesPlace, nowMs: number): string | null {
  const reasons = notesOf(picture, place, nowMs).filter(({ key }) =>
    key.startsWith("why ") || key === "suspended"
  );
  const worst = reasons.findLast(({ level }) => level !== "INFO") ?? reasons.at(-1);
  return worst?.text ?? null;
}

function suspended({ job }: Picture): readonly TaskNote[] {
  if (!job.isSuspended) return [];
  const condition = conditionOf(job, "Suspended");
  const why = condition?.message ?? condition?.reason ?? "its template or a queue asks for it";
  const text = `Job ${job.name} is suspended and has no pod: ${why}. It starts once someone resumes it; ` +
    "until then its start has no deadline";
  return [{ key: "suspended", level: "WARNING", text }];
}

function deletion({ job, deletedBecause }: Picture): readonly TaskNote[] {
  if (deletedBecause === null) return [];
  const text = `Job ${job.name} is deleted although Jobs are kept: ${deletedBecause}`;
  return [{ key: "deleted", level: "INFO", text }];
}

interface At extends NotesPlace {
  readonly nowMs: number;
}

function whyPending(
  picture: Picture,
  { pod, seenMs }: PodPicture,
  { namespace, nowMs }: At,
): readonly TaskNote[] {
  const flow = flowContainer(picture.job, pod);
  if (isOver(pod) || flow?.state.at === "running" || flow?.state.at === "ended") return [];
  const about = `pod ${pod.name}`;
  const selected = { namespace, podLabels: picture.job.podLabels };
  const unscheduled = pod.conditions.find(({ type, isTrue }) => type === "PodScheduled" && !isTrue);
  const isGated = unscheduled?.reason === "SchedulingGated";
  const isOrdinaryTold = nowMs - seenMs >= ORDINARY_AFTER_MS;
  const scheduling = unscheduled?.message ?? null;
  return [
    ...(unscheduled === undefined || scheduling === null ? [] : [
      why(isGated ? "SchedulingGated" : "FailedScheduling", scheduling, {
        about,
        hint: fargateHint(scheduling, selected),
      }),
    ]),
    ...waitingIn(pod).map(({ container, isInit, reason, message }) =>
      why(reason, message, { about: `${isInit ? "init container" : "container"} ${container} of ${about}` })
    ),
    ...initEnds(picture, pod.name),
    ...picture.events.filter((event) =>
      isAbout(event, "Pod", pod.name) && (event.isWarning || isOrdinaryTold)
    )
      .map((event) => noteOf(event, about, fargateHint(event.message ?? "", selected))),
  ];
}

/** An init container that failed keeps the others from starting. */
function initEnds(picture: Picture, podName: string): readonly TaskNote[] {
  const pod = picture.pods.find(({ pod: { name } }) => name === podName)?.pod;
  return (pod?.containers ?? []).flatMap(({ name, isInit, state, before }) => {
    const end = state.at === "ended" ? state.end : before;
    if (!isInit || end === null || end.exitCode === 0) return [];
    return [why(`Init container ${name} of pod ${podName} failed`, endText(end), { about: null })];
  });
}

function eventsOfJob({ job, events }: Picture): readonly TaskNote[] {
  return events.filter((event) => event.isWarning && isAbout(event, "Job", job.name))
    .map((event) => noteOf(event, `Job ${job.name}`, ""));
}

function isAbout({ about }: KubeEvent, kind: string, name: string): boolean {
  return about.name === name && (about.kind === kind || about.kind === "");
}

function noteOf({ reason, message, isWarning }: KubeEvent, about: string, hint: string): TaskNote {
  return why(reason, message, { about, hint, level: isWarning ? "WARNING" : "INFO" });
}

interface Why {
  /** Null: the reason says it. */
  readonly about: string | null;
  readonly hint?: string;
  readonly level?: TaskNote["level"];
}

function why(
  reason: string,
  message: string | null,
  { about, hint = "", level = "WARNING" }: Why,
): TaskNote {
  const of = about === null ? "" : ` (${about})`;
  return {
    key: `why ${sameText(message ?? reason)}`,
    level,
    text: `${reason}: ${message ?? "no message"}${of}${hint}`,
  };
}

/** Two texts that say the same: numbers, names of pods, and a prefix may differ. */
function sameText(text: string): string {
  return text.toLowerCase()
    .replace(/^error:\s*/, "")
    .replaceAll(/pods "[^"]*"/g, "pods")
    .replaceAll(/\d+/g, "#");
}

/** Each pod that ended before another one follows, and each restart in place. @param isLast no other follows the last one */
function executions(picture: Picture, isLast = false): readonly TaskNote[] {
  const { job, pods } = picture;
  return pods.flatMap((one, at) => {
    const next = pods[at + 1]?.pod.name ?? null;
    const isEnd = next === null && isLast;
    return [
      ...restarts(picture, one),
      ...(isEnd ? [] : failedPod(picture, one)),
      ...(next === null ? [] : [
        {
          key: `next ${next}`,
          level: "WARNING",
          text: `Pod ${next} of Job ${job.name} follows pod ${one.pod.name}: the flow is executed again`,
        } as const,
      ]),
    ];
  });
}

function failedPod(picture: Picture, { pod, isGone }: PodPicture): readonly TaskNote[] {
  const end = flowEnd(picture, pod);
  const hasFailed = pod.phase === "Failed" || (end !== null && end.exitCode !== 0 && isOver(pod));
  if (!hasFailed && !(isGone && !isOver(pod))) return [];
  const told = [
    hasFailed
      ? `Pod ${pod.name} failed`
      : `Pod ${pod.name} was deleted while it was ${pod.phase.toLowerCase()}`,
    pod.reason === null
      ? null
      : `reason ${pod.reason}${pod.message === null ? "" : `, message: ${pod.message}`}`,
    end === null ? null : `container ${flowContainer(picture.job, pod)?.name ?? ""}: ${endText(end)}`,
    ...pod.conditions.filter(({ type, isTrue }) => type === "DisruptionTarget" && isTrue)
      .map(({ reason, message }) => `disrupted: ${reason ?? ""} ${message ?? ""}`.trim()),
  ].filter((part) => part !== null);
  return [{ key: `end ${pod.name}`, level: hasFailed ? "ERROR" : "WARNING", text: told.join("; ") }];
}

function restarts({ job }: Picture, { pod }: PodPicture): readonly TaskNote[] {
  const flow = flowContainer(job, pod);
  if (flow === null || flow.restarts === 0) return [];
  const end = flow.before === null ? "" : `; before that it ended: ${endText(flow.before)}`;
  return [{
    key: `restart ${pod.name} ${flow.restarts}`,
    level: "WARNING",
    text:
      `Container ${flow.name} of pod ${pod.name} was started again in place (restart ${flow.restarts}): ` +
      `the flow is executed again${end}`,
  }];
}

function unique(notes: readonly TaskNote[]): readonly TaskNote[] {
  const seen = new Set<string>();
  return notes.filter(({ key }) => seen.size < seen.add(key).size);
}
