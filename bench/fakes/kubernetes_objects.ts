/**
 * Jobs and pods as large as an API server shows them.
 *
 * @module
 */

import { type Args, list, record } from "./shared.ts";

const SINCE = "2026-01-01T00:00:00Z";

/** A Job as it is stored. @param given what was sent */
export function jobObject(given: Args, uid: string): Args {
  const spec = record(given.spec);
  const template = record(spec.template);
  const metadata = record(given.metadata);
  const own = { "batch.kubernetes.io/controller-uid": uid, "batch.kubernetes.io/job-name": metadata.name };
  const labels = { ...record(record(template.metadata).labels), ...own };
  return {
    ...given,
    metadata: {
      ...metadata,
      namespace: "default",
      uid,
      generation: 1,
      creationTimestamp: SINCE,
      managedFields,
    },
    spec: {
      parallelism: 1,
      completions: 1,
      completionMode: "NonIndexed",
      suspend: false,
      ...spec,
      selector: { matchLabels: own },
      template: { ...template, metadata: { ...record(template.metadata), labels } },
    },
    status: {},
  };
}

/** The pod of a Job. */
export function podObject(job: Args, status: Args): Args {
  const { name, uid } = record(job.metadata);
  const template = record(record(job.spec).template);
  const containers = list(record(template.spec).containers).map(record);
  return {
    metadata: {
      ...record(template.metadata),
      name: `${name}-pod`,
      namespace: "default",
      uid: `${uid}-pod`,
      creationTimestamp: SINCE,
      ownerReferences: [{ apiVersion: "batch/v1", kind: "Job", name, uid, controller: true }],
      managedFields,
    },
    spec: {
      ...record(template.spec),
      nodeName: "ip-10-0-1-17.ec2.internal",
      schedulerName: "default-scheduler",
      serviceAccount: "default",
      tolerations: ["not-ready", "unreachable"].map((what) => ({
        key: `node.kubernetes.io/${what}`,
        operator: "Exists",
        effect: "NoExecute",
        tolerationSeconds: 300,
      })),
    },
    status: { ...status, containerStatuses: containers.map((one) => containerStatus(one, status.phase)) },
  };
}

/** Status of a pod, without its containers. */
export function podStatus(phase: "Pending" | "Running" | "Succeeded"): Args {
  const isUp = phase === "Running" ? "True" : "False";
  return {
    phase,
    qosClass: "BestEffort",
    startTime: SINCE,
    ...(phase === "Pending"
      ? {}
      : { podIP: "10.0.1.18", podIPs: [{ ip: "10.0.1.18" }], hostIP: "10.0.1.17" }),
    conditions: [
      { type: "PodScheduled", status: "True", lastTransitionTime: SINCE },
      { type: "Initialized", status: "True", lastTransitionTime: SINCE },
      { type: "ContainersReady", status: isUp, lastTransitionTime: SINCE },
      { type: "Ready", status: isUp, lastTransitionTime: SINCE },
    ],
  };
}

const STATES: Readonly<Record<string, Args>> = {
  Pending: { waiting: { reason: "ContainerCreating" } },
  Running: { running: { startedAt: SINCE } },
  Succeeded: { terminated: { exitCode: 0, reason: "Completed", startedAt: SINCE, finishedAt: SINCE } },
};

function containerStatus({ name, image }: Args, phase: unknown): Args {
  return {
    name,
    image,
    imageID: `${image}@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef`,
    containerID: "containerd://0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    ready: phase === "Running",
    started: phase === "Running",
    restartCount: 0,
    lastState: {},
    state: STATES[String(phase)] ?? {},
  };
}

/** Who set which field: about as long as the rest of an object. */
const managedFields = ["kubelet", "kube-controller-manager"].map((manager) => ({
  manager,
  operation: "Update",
  apiVersion: "v1",
  time: SINCE,
  fieldsType: "FieldsV1",
  fieldsV1: Object.fromEntries(
    Array.from(
      { length: 12 },
      (_, at) => [`f:status-field-${at}`, { ".": {}, "f:type": {}, "f:reason": {} }],
    ),
  ),
}));
