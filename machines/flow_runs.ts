/**
 * The flow runs of an agent: makes the machine of each run and tells the agent when one is done. The machines are children of
 * this actor and not of the agent's machine, as every change of a machine's children copies the list of all of them.
 *
 * @module
 */

import {
  type ActorLogic,
  type ActorRefFrom,
  type ActorScope,
  createActor,
  type DoneActorEvent,
  type ErrorActorEvent,
  type Snapshot,
} from "xstate";
import type { AgentEvent } from "../schemas/flow_run/events.ts";
import { toFailure } from "../schemas/failure/failure.ts";
import type { flowRunMachine } from "./flow_run.ts";
import type { FlowRunInput, FlowRunOutput } from "./flow_run_types.ts";

/** What the agent's machine says to its flow runs. */
export type FlowRunsEvent =
  | { readonly type: "runs.adopted"; readonly runs: readonly FlowRunInput[] }
  /** Prefect wants this run cancelled; the agent ignores a run that it does not have. */
  | { readonly type: "cancel.requested"; readonly runId: string }
  /** The agent is about to end; the runs named are not reported yet. */
  | { readonly type: "stop.requested"; readonly runIds: readonly string[] };

type Run = ActorRefFrom<typeof flowRunMachine>;
type Heard = FlowRunsEvent | DoneActorEvent<FlowRunOutput> | ErrorActorEvent | {
  readonly type: "xstate.stop";
};
type Held = Snapshot<undefined> & { readonly runs: Map<string, Run> };

/** Logic of the actor that holds the runs of one agent, each made from the chart given. */
export function holdFlowRuns(chart: typeof flowRunMachine): ActorLogic<Held, Heard, void> {
  return {
    getInitialSnapshot: () => ({ status: "active", output: undefined, error: undefined, runs: new Map() }),
    getPersistedSnapshot: (held) => held,
    transition: (held, event, scope) => {
      if (event.type === "xstate.stop") {
        for (const run of held.runs.values()) scope.stopChild(run);
        return { ...held, status: "stopped", error: undefined };
      }
      if (event.type === "runs.adopted") adopt(event.runs, { chart, held, scope });
      else if (event.type === "cancel.requested") {
        held.runs.get(event.runId)?.send({ type: "cancel.requested" });
      } else if (event.type === "stop.requested") {
        for (const id of event.runIds) held.runs.get(id)?.send({ type: "stop.requested" });
      } else if ("actorId" in event) tellLeft(event, { held, scope });
      return held;
    },
  };
}

interface Holding {
  readonly held: Held;
  readonly scope: ActorScope<Held, Heard>;
}

function adopt(
  runs: readonly FlowRunInput[],
  { chart, held, scope }: Holding & { readonly chart: typeof flowRunMachine },
): void {
  for (const input of runs) {
    const { id } = input.header;
    const run = createActor(chart, { id, input, parent: scope.self });
    held.runs.set(id, run);
    scope.defer(() => run.start());
  }
}

function tellLeft(event: DoneActorEvent<FlowRunOutput> | ErrorActorEvent, { held, scope }: Holding): void {
  held.runs.delete(event.actorId);
  // A fault of the chart itself: the agent drops the run and continues.
  const end: FlowRunOutput = "output" in event
    ? event.output
    : { runId: event.actorId, outcome: "failed", failure: toFailure(event.error) };
  const left: AgentEvent = { type: "run.left", ...end };
  scope.self._parent?.send(left);
}
