/**
 * The room for tasks under a limit: how many tasks of this agent live, and how many more runs may be claimed.
 *
 * A run takes a place when it is adopted, and leaves it when it has left the agent and its task is gone. What counts are the
 * launches of this process, the claims that it took up, and the tasks that earlier processes of its name started. A task of
 * another, dead agent that is only followed takes no place.
 *
 * @module
 */

import { BehaviorSubject, map, type Observable } from "rxjs";
import type { UnfinishedClaim } from "../schemas/contracts/orchestrator.ts";
import type { ClaimOwner } from "../schemas/flow_run/flow_run.ts";

/** The places of one agent. */
export interface TaskRoom {
  /** How many more runs may be claimed now; `Infinity` without a limit. */
  readonly free: () => number;
  /** Whether there is a place, now and whenever that changes. */
  readonly hasRoom$: Observable<boolean>;
  /** A run takes a place; one that has a place keeps it. */
  readonly take: (runId: string) => void;
  /** A run has left. @param gone resolves once its task is gone; null: it is */
  readonly leave: (runId: string, gone: Promise<void> | null) => void;
}

/** All places are free. @param most null: no limit */
export function makeTaskRoom(most: number | null): TaskRoom {
  const taken$ = new BehaviorSubject(0);
  // A run that comes back while its former task still lives takes a second place.
  const places = new Map<string, object>();
  const living = new Set<object>();
  const tell = () => taken$.next(living.size);
  const free = () => most === null ? Infinity : Math.max(0, most - living.size);
  return {
    free,
    hasRoom$: taken$.pipe(map(() => free() > 0)),
    take: (runId) => {
      if (most === null || places.has(runId)) return;
      const place = {};
      places.set(runId, place);
      living.add(place);
      tell();
    },
    leave: (runId, gone) => {
      const place = places.get(runId);
      if (place === undefined) return;
      places.delete(runId);
      const empty = () => {
        living.delete(place);
        tell();
      };
      if (gone === null) empty();
      else gone.then(empty, empty);
    },
  };
}

/** Whether a claim that was found again takes a place: its launch is this process's now, or its task was started by this name. */
export function takesPlace({ claim, phase }: UnfinishedClaim<unknown>, { agent }: ClaimOwner): boolean {
  return phase === "submitted" || claim.marker.agent === agent;
}
