/**
 * Jobs and pods of a simulated cluster: what the controllers know of them, and how the API shows them.
 *
 * @module
 */

import type { JsonObject } from "../../../schemas/json/json.ts";
import { filledText, mapping, mappings } from "../../../schemas/json/shape.ts";
import { FLOW_RUN_LABEL, TOKEN_ANNOTATION } from "../../../schemas/kubernetes/labels.ts";

/** A pod. */
export interface SimPod {
  readonly job: SimJob;
  readonly name: string;
  readonly uid: string;
  readonly madeMs: number;
  phase: "Pending" | "Running" | "Succeeded" | "Failed";
  conditions: readonly JsonObject[];
  /** State of its container; null: the kubelet has not told of it. */
  state: JsonObject | null;
  /** How its container ended the time before; null: it has not run before. */
  lastState: JsonObject | null;
  restarts: number;
  reason: string | null;
  message: string | null;
  deletingMs: number | null;
  isGone: boolean;
  /** Nothing of it runs or ever will, whatever the API still shows. */
  isDead: boolean;
  /** Ends what runs in it. */
  kill: () => void;
}

/** A Job. */
export interface SimJob {
  /** For the record: namespace, name and a number, as names may come again. */
  readonly task: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly runId: string | null;
  readonly token: string | null;
  /** As it was sent. */
  readonly sent: JsonObject;
  readonly backoffLimit: number;
  readonly restartsInPlace: boolean;
  readonly madeMs: number;
  readonly pods: SimPod[];
  conditions: readonly JsonObject[];
  failed: number;
  deletingMs: number | null;
  isGone: boolean;
  /** Status that the record was told last. */
  told: string;
}

const USUAL_BACKOFF_LIMIT = 6;

/** A moment as the API writes it: whole seconds. */
export function moment(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** A Job as it was sent, before any pod. @param number counts Jobs */
export function newJob(
  sent: JsonObject,
  { namespace, number, madeMs }: {
    readonly namespace: string;
    readonly number: number;
    readonly madeMs: number;
  },
): SimJob {
  const { name, labels, annotations } = mapping(sent["metadata"]);
  const { backoffLimit, template } = mapping(sent["spec"]);
  const count = String(number).padStart(2, "0");
  return {
    task: `${namespace}/${String(name)}/${count}`,
    namespace,
    name: String(name),
    uid: `uid-job-${count}`,
    runId: filledText(mapping(labels)[FLOW_RUN_LABEL]) ?? null,
    token: filledText(mapping(annotations)[TOKEN_ANNOTATION]) ?? null,
    sent,
    backoffLimit: typeof backoffLimit === "number" ? backoffLimit : USUAL_BACKOFF_LIMIT,
    restartsInPlace: mapping(mapping(template)["spec"])["restartPolicy"] === "OnFailure",
    madeMs,
    pods: [],
    conditions: [],
    failed: 0,
    deletingMs: null,
    isGone: false,
    told: "",
  };
}

/** Whether the Job has a condition that ends it. */
export function isFinished({ conditions }: SimJob): boolean {
  return conditions.some(({ type }) => type === "Complete" || type === "Failed");
}

/** Whether a pod has reached its last phase. */
export function isPodOver({ phase }: SimPod): boolean {
  return phase === "Succeeded" || phase === "Failed";
}

/** Whether something of the flow may still run in a pod. */
export function isPodLive(pod: SimPod): boolean {
  return !pod.isDead && !pod.isGone && !isPodOver(pod);
}

/** Whether the controller may still make a pod. */
export function mayHavePod(job: SimJob): boolean {
  const isRefused = isFinished(job) || job.isGone || job.deletingMs !== null;
  return !isRefused && job.failed <= job.backoffLimit && !job.pods.some(({ phase }) => phase === "Succeeded");
}

/** The Job as the API shows it, without its version. */
export function jobObject(job: SimJob): JsonObject {
  const active = job.pods.filter((pod) => !isPodOver(pod) && !pod.isGone).length;
  return {
    ...job.sent,
    metadata: {
      ...mapping(job.sent["metadata"]),
      uid: job.uid,
      creationTimestamp: moment(job.madeMs),
      ...(job.deletingMs === null ? {} : {
        deletionTimestamp: moment(job.deletingMs),
        finalizers: ["foregroundDeletion"],
      }),
    },
    status: { active, failed: job.failed, conditions: job.conditions },
  };
}

/** Name of the container that runs the flow: the only one. */
function containerName({ sent }: SimJob): string {
  const template = mapping(mapping(mapping(sent["spec"])["template"])["spec"]);
  return String(mappings(template["containers"])[0]?.["name"] ?? "");
}

/** The pod as the API shows it, without its version. */
export function podObject(pod: SimPod): JsonObject {
  const { job, state, lastState, reason, message } = pod;
  const template = mapping(mapping(job.sent["spec"])["template"]);
  const containers = state === null ? [] : [{
    name: containerName(job),
    restartCount: pod.restarts,
    state,
    ...(lastState === null ? {} : { lastState }),
  }];
  return {
    metadata: {
      ...mapping(template["metadata"]),
      labels: { ...mapping(mapping(template["metadata"])["labels"]), "job-name": job.name },
      name: pod.name,
      uid: pod.uid,
      creationTimestamp: moment(pod.madeMs),
      ownerReferences: [{ kind: "Job", name: job.name, uid: job.uid }],
      ...(pod.deletingMs === null ? {} : { deletionTimestamp: moment(pod.deletingMs) }),
    },
    spec: mapping(template["spec"]),
    status: {
      phase: pod.phase,
      conditions: pod.conditions,
      ...(containers.length === 0 ? {} : { containerStatuses: containers }),
      ...(reason === null ? {} : { reason }),
      ...(message === null ? {} : { message }),
    },
  };
}
