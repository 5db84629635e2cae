/**
 * Events that came before the Job that they are about: a watch of events may be ahead of the others.
 *
 * @module
 */

import type { KubeEvent } from "../../../schemas/kubernetes/objects/event.ts";

/** The events. */
export interface LooseEvents {
  /** Name of the Job that an event is about, by the name of its pod. */
  readonly jobNameOf: (event: KubeEvent) => string;
  readonly keep: (jobName: string, event: KubeEvent) => void;
  /** Those about a Job, which are kept no longer. */
  readonly take: (jobName: string) => readonly KubeEvent[];
}

/** Most events that are kept: other programs of the namespace have events as well. */
const MOST = 2000;

/** None yet. */
export function makeLooseEvents(): LooseEvents {
  const events = new Map<string, Map<string, KubeEvent>>();
  let count = 0;
  const drop = (jobName: string) => {
    count -= events.get(jobName)?.size ?? 0;
    events.delete(jobName);
  };
  return {
    jobNameOf: ({ about: { kind, name } }) => kind === "Pod" ? name.replace(/-[^-]*$/, "") : name,
    keep: (jobName, event) => {
      const known = events.get(jobName) ?? new Map<string, KubeEvent>();
      if (!known.has(event.name)) count++;
      events.set(jobName, known.set(event.name, event));
      for (const oldest of events.keys()) {
        if (count <= MOST) return;
        drop(oldest);
      }
    },
    take: (jobName) => {
      const taken = [...events.get(jobName)?.values() ?? []];
      drop(jobName);
      return taken;
    },
  };
}
