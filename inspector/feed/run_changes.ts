/**
 * From the inspection events of XState to the changes that metrics and traces are made of. It runs for every event of every
 * actor, so what is not a machine of ours is put aside by its type first.
 *
 * @module
 */

import type { InspectionEvent, SnapshotFrom } from "xstate";
import type { agentMachine } from "../../machines/agent.ts";
import { type flowRunMachine, metaOf } from "../../machines/flow_run.ts";
import { failureWord } from "../../schemas/observability/failure_word.ts";
import type { RunChange, RunStep } from "../../schemas/flow_run/change.ts";

/** Who wants to know. */
export interface ChangeListener {
  readonly onRun: (change: RunChange) => void;
  /** The agent's own machine went into this state. */
  readonly onAgent: (state: string) => void;
}

/** Events that change no state and complete a step of the run. */
const STEP_EVENTS: ReadonlyMap<string, RunStep> = new Map([["task.started", "running"]]);

type RunSnapshot = SnapshotFrom<typeof flowRunMachine>;
type AgentSnapshot = SnapshotFrom<typeof agentMachine>;

/** Takes inspection events and tells what changed. @param now milliseconds since 1970 */
export function observeChanges(
  { onRun, onAgent }: ChangeListener,
  now: () => number,
): (event: InspectionEvent) => void {
  const states = new Map<string, string>();
  let agentState = "";
  return (event) => {
    // A microstep comes before the actors of its state start, and shows states that are passed through at once.
    if (event.type !== "@xstate.microstep" && event.type !== "@xstate.snapshot") return;
    const { snapshot } = event;
    if (isRunSnapshot(snapshot)) {
      const change = changeOf(snapshot, states, { type: event.event.type, from: event.type });
      if (change !== null) onRun({ ...change, atMs: now() });
    } else if (isAgentSnapshot(snapshot) && snapshot.value !== agentState) {
      agentState = snapshot.value;
      onAgent(agentState);
    }
  };
}

/** The flow run that an event is about; null: it shows none. */
export function runIdOf(event: InspectionEvent): string | null {
  const snapshot = "snapshot" in event ? event.snapshot : null;
  return snapshot !== null && isRunSnapshot(snapshot) ? snapshot.context.header.id : null;
}

/** What led to a snapshot. */
interface Cause {
  readonly type: string;
  readonly from: "@xstate.microstep" | "@xstate.snapshot";
}

/** Null: nothing new. */
function changeOf(
  { value, context, status }: RunSnapshot,
  states: Map<string, string>,
  { type, from }: Cause,
): Omit<RunChange, "atMs"> | null {
  const { header } = context;
  const known = states.get(header.id);
  const isOver = status !== "active";
  // The last snapshot follows the microstep that has been told already.
  if (known === undefined && isOver) return null;
  const isTelling = from === "@xstate.microstep" && STEP_EVENTS.has(type);
  if (known === value && !isOver && !isTelling) return null;
  if (isOver) states.delete(header.id);
  else states.set(header.id, value);
  return {
    header,
    from: known ?? null,
    to: value,
    event: type,
    step: STEP_EVENTS.get(type) ?? completedStep({ from: known, to: value, hasTask: context.task !== null }),
    resumed: context.resumed !== null,
    attempt: context.attempt,
    taskId: context.task?.id ?? null,
    failure: context.failure === null ? null : failureWord(context.failure),
    resumeAt: context.resumeAt,
    ended: isOver ? (status === "done" ? context.outcome : "stopped") : null,
    end: isOver ? context.end : null,
  };
}

/** The step that is done when a run goes on from a state, as the chart says. */
function completedStep(
  { from, to, hasTask }: {
    readonly from: string | undefined;
    readonly to: string;
    readonly hasTask: boolean;
  },
): RunStep | null {
  const { completes } = from === undefined ? {} : metaOf(from);
  if (completes === undefined || from === to) return null;
  const isDone = completes.to === undefined ? hasTask : completes.to === to;
  return isDone ? completes.step : null;
}

function isRunSnapshot(snapshot: object): snapshot is RunSnapshot {
  return machineOf(snapshot) === "flowRun";
}

function isAgentSnapshot(snapshot: object): snapshot is AgentSnapshot {
  return machineOf(snapshot) === "agent";
}

/** Id of the machine a snapshot belongs to, undefined for those of promises and callbacks. */
function machineOf(snapshot: object): unknown {
  if (!("machine" in snapshot)) return undefined;
  const { machine } = snapshot;
  return typeof machine === "object" && machine !== null && "id" in machine ? machine.id : undefined;
}
