/**
 * What a Job that has ended says of its end: kept as plain JSON while the run is followed.
 *
 * @module
 */

import type { StopClass } from "../../failure/failure.ts";
import { isJsonObject, type Json } from "../../json/json.ts";
import { conditionOf } from "../objects/job.ts";
import type { ContainerEnd, Pod } from "../objects/pod.ts";
import { flowContainer, type Picture, presentPod } from "./picture.ts";

/** Why a Job has ended, as far as it is known. */
export type EndCause =
  | "done"
  | "failed"
  | "outOfMemory"
  | "evicted"
  | "badImage"
  | "notStartable"
  | "jobFailed"
  | "podGone"
  | "deleted"
  | "deletedByAgent";

/** The evidence. */
export type Evidence = {
  readonly cause: EndCause;
  /** Name of the pod; null: none was seen. */
  readonly pod: string | null;
  /** Name of the container that it is about; null: none was seen. */
  readonly container: string | null;
  readonly exitCode: number | null;
  readonly signal: number | null;
  readonly reason: string | null;
  readonly message: string | null;
  /** Reason of the pod's own status. */
  readonly podReason: string | null;
  readonly podMessage: string | null;
  /** Reason of the Job's condition. */
  readonly jobReason: string | null;
  readonly jobMessage: string | null;
  /** Containers that still run beside the flow's. */
  readonly others: readonly string[];
};

/** The class of each cause. */
export const CAUSE_CLASS: Readonly<Record<EndCause, StopClass>> = {
  done: "exited",
  failed: "exited",
  outOfMemory: "outOfMemory",
  evicted: "infrastructure",
  badImage: "configuration",
  notStartable: "configuration",
  jobFailed: "exited",
  podGone: "vanished",
  deleted: "stoppedByUser",
  deletedByAgent: "stoppedByUser",
};

/** Reasons of a pod that say that its node could not keep it. @see the kubelet's eviction and node shutdown managers */
const TAKEN = new Set([
  "Evicted",
  "Preempting",
  "Preempted",
  "NodeLost",
  "NodeShutdown",
  "NodeAffinity",
  "Terminated",
  "Shutdown",
  "UnexpectedAdmissionError",
  "OutOfcpu",
  "OutOfmemory",
  "OutOfpods",
]);

/** Reasons of a container that say that it could not be begun. */
const NOT_BEGUN = new Set(["StartError", "ContainerCannotRun", "CreateContainerError", "RunContainerError"]);

/** How the flow's container ended, the present time or the time before. */
export function flowEnd(picture: Pick<Picture, "job">, pod: Pod): ContainerEnd | null {
  const flow = flowContainer(picture.job, pod);
  if (flow === null) return null;
  return flow.state.at === "ended" ? flow.state.end : flow.before;
}

/** Gathers the evidence of an end, from all places where a cause stands. @param cause null: it is found here */
export function evidenceOf(picture: Picture, cause: EndCause | null): Evidence {
  const present = tellingPod(picture);
  const pod = present?.pod ?? null;
  const end = pod === null ? null : flowEnd(picture, pod);
  const disrupted = pod?.conditions.find(({ type, isTrue }) => type === "DisruptionTarget" && isTrue) ?? null;
  const failed = conditionOf(picture.job, "Failed");
  const evidence = {
    pod: pod?.name ?? null,
    container: pod === null ? null : flowContainer(picture.job, pod)?.name ?? picture.job.container,
    exitCode: end?.exitCode ?? null,
    signal: end?.signal ?? null,
    reason: end?.reason ?? null,
    message: end?.message ?? null,
    podReason: pod?.reason ?? disrupted?.reason ?? null,
    podMessage: pod?.message ?? disrupted?.message ?? null,
    jobReason: failed?.reason ?? null,
    jobMessage: failed?.message ?? null,
    others: [],
  };
  return { ...evidence, cause: cause ?? causeOf(evidence, present?.isGone === true) };
}

/** The newest pod that says how it ended; else the present one. */
function tellingPod(picture: Picture) {
  const telling = picture.pods.findLast(({ pod }) => {
    const end = flowEnd(picture, pod);
    return pod.reason !== null || (end !== null && end.exitCode !== 0);
  });
  return telling ?? presentPod(picture);
}

function causeOf(evidence: Omit<Evidence, "cause">, isPodGone: boolean): EndCause {
  const { exitCode, reason, podReason, jobReason } = evidence;
  if (reason === "OOMKilled") return "outOfMemory";
  if (podReason !== null && (TAKEN.has(podReason) || /Eviction|Preemption|Deletion/.test(podReason))) {
    return "evicted";
  }
  if (reason !== null && NOT_BEGUN.has(reason)) return "notStartable";
  if (jobReason === "DeadlineExceeded" || jobReason === "PodFailurePolicy") return "jobFailed";
  if (exitCode !== null && exitCode !== 0) return "failed";
  if (isPodGone) return "podGone";
  return jobReason === null ? "failed" : "jobFailed";
}

/** Reads evidence back. */
export function readEvidence(value: Json): Evidence | null {
  if (!isJsonObject(value)) return null;
  const cause = causeIn(value["cause"]);
  if (cause === null) return null;
  const text = (name: string) => {
    const member = value[name];
    return typeof member === "string" ? member : null;
  };
  const number = (name: string) => {
    const member = value[name];
    return typeof member === "number" ? member : null;
  };
  const others = value["others"];
  return {
    cause,
    pod: text("pod"),
    container: text("container"),
    exitCode: number("exitCode"),
    signal: number("signal"),
    reason: text("reason"),
    message: text("message"),
    podReason: text("podReason"),
    podMessage: text("podMessage"),
    jobReason: text("jobReason"),
    jobMessage: text("jobMessage"),
    others: Array.isArray(others) ? others.filter((one) => typeof one === "string") : [],
  };
}

function causeIn(value: Json | undefined): EndCause | null {
  for (const [cause] of Object.entries(CAUSE_CLASS)) if (cause === value && isCause(cause)) return cause;
  return null;
}

function isCause(text: string): text is EndCause {
  return Object.hasOwn(CAUSE_CLASS, text);
}
