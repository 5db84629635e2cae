/**
 * Messages pushed to the agent: pokes, which bring the next poll forward, and requests to cancel a run. They come over the
 * API's own channel, where it has one; the health server also sends pokes.
 *
 * @module
 */

import { merge, type Observable, Subject } from "rxjs";
import type { Orchestrator, Push } from "../schemas/contracts/orchestrator.ts";
import type { AgentEvent } from "../schemas/flow_run/events.ts";

/** A request to cancel one run. */
export type CancelRequest = Extract<AgentEvent, { type: "cancel.requested" }>;

/** A request to stop a task, whoever launched it. */
export type StopRequest = Extract<Push, { type: "stop.requested" }>;

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
  /** Listens to the API's channel and forwards what is no poke. @returns a function that ends the subscription */
  readonly listen: (to: {
    readonly cancel: (request: CancelRequest) => void;
    readonly stop: (request: StopRequest) => void;
  }) => () => void;
}

/** Makes the pushes; it does not listen yet. */
export function makePushes({ orchestrator, poke$ }: PushSources): Pushes {
  const pushedPokes = new Subject<void>();
  return {
    poke$: merge(poke$, pushedPokes),
    listen: ({ cancel, stop }) =>
      orchestrator.pushed((push) => {
        if (push.type === "poke") pushedPokes.next();
        else if (push.type === "cancel.requested") cancel(push);
        else stop(push);
      }),
  };
}
