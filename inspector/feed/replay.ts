/**
 * Drives the machine of today through recorded events: its actors are fakes that never answer by themselves, so every answer is the
 * recorded one. Says where the machine goes another way.
 *
 * @module
 */

import { type AnyActor, type AnyStateMachine, createActor, fromCallback } from "xstate";
import { at, textAt } from "../protocol/json_view.ts";
import { charts } from "../charts/charts.ts";
import type { Note, SnapshotNote } from "./notes.ts";

/** One place where the machine of today goes another way. */
export interface Divergence {
  /** Id of the run, or the agent's name. */
  readonly name: string;
  /** Event that was replayed, from 0. */
  readonly n: number;
  readonly event: string;
  /** Recorded state before it. */
  readonly from: string;
  readonly recorded: string;
  readonly today: string;
}

/** What came of one machine. */
export interface Replayed {
  readonly name: string;
  readonly events: number;
  /** The first place, null when it went the same way throughout. */
  readonly divergence: Divergence | null;
  /** Why it was not replayed, null when it was. */
  readonly skipped: string | null;
}

/** Events and states of one recorded machine. */
interface Track {
  readonly name: string;
  readonly machine: string;
  readonly snapshots: SnapshotNote[];
}

function tracksOf(notes: readonly Note[]): readonly Track[] {
  const tracks = new Map<string, Track>();
  for (const note of notes) {
    if (note.type === "actor" && note.machine !== null) {
      tracks.set(note.sessionId, { name: note.name, machine: note.machine, snapshots: [] });
    }
    if (note.type === "snapshot") tracks.get(note.sessionId)?.snapshots.push(note);
  }
  return [...tracks.values()];
}

/** Replays every flow run of a recording, or one. */
export function replay(notes: readonly Note[], runId: string | null): readonly Replayed[] {
  const machine = charts.find(({ name }) => name === "flow_run")?.machine;
  if (machine === undefined) return [];
  return tracksOf(notes).filter((track) =>
    track.machine === machine.id && (runId ?? track.name) === track.name
  )
    .map((track) => replayTrack(track, withFakes(machine)));
}

/** The machine with actors that never answer. */
function withFakes(machine: AnyStateMachine): AnyStateMachine {
  const silent = fromCallback(() => undefined);
  const actors = Object.keys(machine.implementations.actors);
  return machine.provide({ actors: Object.fromEntries(actors.map((name) => [name, silent])) });
}

function replayTrack({ name, snapshots }: Track, machine: AnyStateMachine): Replayed {
  const [first, ...rest] = snapshots;
  const input = at(first?.event, "input");
  if (first === undefined || first.event.type !== "xstate.init" || typeof input !== "object") {
    return { name, events: 0, divergence: null, skipped: "the recording does not have its beginning" };
  }
  const actor = createActor(machine, { input });
  const failed: { error: unknown } = { error: null };
  actor.subscribe({ error: (error) => void (failed.error = error) });
  actor.start();
  let from = "(start)";
  for (const [n, note] of [first, ...rest].entries()) {
    // The end of the agent, not of this run's own way.
    if (note.event.type === "xstate.stop") break;
    if (n > 0) actor.send(note.event);
    const recorded = stateOf(note.snapshot);
    const today = failed.error === null ? stateOf(snapshotOf(actor)) : `an error: ${String(failed.error)}`;
    if (recorded !== today) {
      actor.stop();
      return {
        name,
        events: n,
        divergence: { name, n, event: note.event.type, from, recorded, today },
        skipped: null,
      };
    }
    from = recorded;
  }
  actor.stop();
  return { name, events: snapshots.length, divergence: null, skipped: null };
}

function snapshotOf(actor: AnyActor): unknown {
  return actor.getSnapshot();
}

/** State, and outcome where it is final. */
function stateOf(snapshot: unknown): string {
  const outcome = at(snapshot, "status") === "done" ? textAt(snapshot, "output", "outcome") : null;
  return `${textAt(snapshot, "value") ?? "(none)"}${outcome === null ? "" : ` (${outcome})`}`;
}
