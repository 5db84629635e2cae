/**
 * The cluster of the sandbox: its objects, and what those who work on them share.
 *
 * @module
 */

import type { Clock, Random } from "../../schemas/time/clock.ts";
import type { ContainerOutput } from "../containers/container_output.ts";
import type { Launcher } from "../containers/launcher.ts";
import { eventOf, type Happening } from "./objects/events.ts";
import { moment, type Place, placeOf } from "./objects/meta.ts";
import { createObjectStore, type ObjectStore } from "./objects/store.ts";

/** What a cluster is made of. */
export interface ClusterParts {
  readonly clock: Clock;
  readonly random: Random;
  /** Runs the containers of pods. */
  readonly launcher: Launcher;
  /** What they print. */
  readonly output: ContainerOutput;
}

/** The cluster. */
export interface Cluster extends ClusterParts {
  readonly store: ObjectStore;
  /** Letters and digits as names may end with. */
  readonly newSuffix: () => string;
  readonly newUid: () => string;
  /** Writes an event. */
  readonly tell: (happening: Happening) => void;
}

/** The only node: so much finds room on it. CPUs, and bytes of memory by a suffix. */
export const NODE = {
  name: "sandbox",
  allocatable: { cpu: "8", memory: "30720Mi", pods: "110" },
  labels: { "kubernetes.io/hostname": "sandbox", "kubernetes.io/os": "linux" },
} as const;

/** Most events that are kept; the oldest go first. */
const MOST_EVENTS = 1000;

/** Letters and digits that make no words. */
const LETTERS = "bcdfghjklmnpqrstvwxz2456789";

/** A cluster with one node and the namespaces that every cluster has; nothing moves in it yet. */
export function createCluster(parts: ClusterParts): Cluster {
  const { clock, random } = parts;
  const store = createObjectStore();
  const digits = (count: number, of: string) =>
    Array.from({ length: count }, () => of[Math.floor(random() * of.length)]).join("");
  const newUid = () => [8, 4, 4, 4, 12].map((count) => digits(count, "0123456789abcdef")).join("-");
  const kept: Place[] = [];
  const tell = (happening: Happening) => {
    const event = eventOf(happening, newUid(), clock.now());
    store.put("events", event);
    kept.push(placeOf(event));
    const oldest = kept.length > MOST_EVENTS ? kept.shift() : undefined;
    if (oldest !== undefined) store.drop("events", oldest);
  };
  const cluster = { ...parts, store, newUid, newSuffix: () => digits(5, LETTERS), tell };
  store.put("nodes", {
    apiVersion: "v1",
    kind: "Node",
    metadata: metadata(cluster, NODE.name, NODE.labels),
    spec: {},
    status: {
      capacity: NODE.allocatable,
      allocatable: NODE.allocatable,
      conditions: [{ type: "Ready", status: "True", reason: "KubeletReady" }],
    },
  });
  for (const name of ["default", "kube-system"]) {
    store.put("namespaces", {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: metadata(cluster, name),
      spec: {},
    });
    addAccount(cluster, name);
  }
  return cluster;
}

function metadata({ newUid, clock }: Cluster, name: string, labels = {}) {
  return { name, uid: newUid(), creationTimestamp: moment(clock.now()), labels };
}

/** Every namespace has the account that pods use which name none. */
export function addAccount(cluster: Cluster, namespace: string): void {
  cluster.store.put("serviceaccounts", {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { ...metadata(cluster, "default"), namespace },
  });
}
