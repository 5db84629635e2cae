/**
 * Messages pushed to the agent: pokes, which bring the next poll forward, and requests to cancel a run. They come over the
 * API's own channel, where it has one; the health server also sends pokes.
 *
 * @module
 */

import { merge, type Observable, Subject } from "rxjs";
import type { Orchestrator } from "../schemas/contracts/orchestrator.ts";
import type { AgentEvent } from "../schemas/flow_run/events.ts";

/** A request to cancel one run. */
export type CancelRequest = Extract<AgentEvent, { type: "cancel.requested" }>;

/** Where pushes come from. */
export interface PushSources {
  readonly orchestrator: Pick<Orchestrator, "pushed">;
  /** Pokes from outside. */
  readonly poke$: Observable<unknown>;
}

/** The pushes of one agent. */
export interface Pushes {
  /** Emits when the next poll is due now. */
  readonly poke$: Observable<unknown>;
  /** Listens to the API's channel and forwards requests to cancel runs. @returns a function that ends the subscription */
  readonly listen: (cancel: (request: CancelRequest) => void) => () => void;
}

/** Makes the pushes; it does not listen yet. */
export function makePushes({ orchestrator, poke$ }: PushSources): Pushes {
  const pushedPokes = new Subject<void>();
  return {
    poke$: merge(poke$, pushedPokes),
    listen: (cancel) =>
      orchestrator.pushed((push) => {
        if (push.type === "poke") pushedPokes.next();
        else if (push.type === "cancel.requested") cancel(push);
        else push.done("busy", "this agent does not stop tasks for the API yet");
      }),
  };
}
