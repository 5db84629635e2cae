/**
 * From the inspection events of XState to notes: what the inspector keeps of them. A note holds references, not copies, so that
 * taking one costs next to nothing; whoever shows it scrubs and serialises it then.
 *
 * @module
 */

import type { InspectionEvent } from "xstate";
import { at, textAt } from "../protocol/json_view.ts";

/** What all notes have. */
interface NoteBase {
  readonly atMs: number;
  readonly rootId: string;
  readonly sessionId: string;
}

/** An actor was made. */
export interface ActorNote extends NoteBase {
  readonly type: "actor";
  readonly parentId: string | null;
  /** Its id: that of the run for a run's machine, else the name of the actor. */
  readonly name: string;
  /** Id of its machine (`flowRun`, `agent`), null for other actors. */
  readonly machine: string | null;
  /** The machine's configuration. */
  readonly config: unknown;
  /** Its present snapshot; null: it was read from a recording. */
  readonly current: (() => unknown) | null;
}

/** An event came to an actor. */
export interface EventNote extends NoteBase {
  readonly type: "event";
  readonly sourceId: string | null;
  readonly event: { readonly type: string };
}

/** An actor has dealt with an event. */
export interface SnapshotNote extends NoteBase {
  readonly type: "snapshot";
  readonly event: { readonly type: string };
  readonly snapshot: unknown;
  /** States gone through by this event, the first one included; empty for other actors and where the state stayed. */
  readonly path: readonly string[];
}

/** What the inspector keeps of one inspection event. */
export type Note = ActorNote | EventNote | SnapshotNote;

/** Takes notes of one actor system. @returns null for events that say nothing new */
export type TakeNote = (event: InspectionEvent) => Note | null;

/** Who looks, and how closely. */
export interface NotesOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /**
   * Whether somebody wants every event of every actor. Otherwise the notes are of machines, without the events of
   * runs: each comes once more in a snapshot. @default always
   */
  readonly isWhole?: () => boolean;
}

/** Begins to take notes. */
export function makeNotes({ now, isWhole = () => true }: NotesOptions): TakeNote {
  const paths = new Map<string, readonly string[]>();
  const machines = new Set<string>();
  return (event) => {
    const { rootId, actorRef: { sessionId } } = event;
    switch (event.type) {
      case "@xstate.actor":
        if (machineOf(event.actorRef) !== null) machines.add(sessionId);
        else if (!isWhole()) return null;
        return actorNote(event.actorRef, { atMs: now(), rootId, sessionId });
      case "@xstate.event": {
        if (sessionId !== rootId && !isWhole()) return null;
        const sourceId = event.sourceRef?.sessionId ?? null;
        return { type: "event", atMs: now(), rootId, sessionId, sourceId, event: event.event };
      }
      case "@xstate.microstep":
        keepPath(paths, sessionId, event._transitions);
        return null;
      case "@xstate.snapshot": {
        const { snapshot } = event;
        if (!machines.has(sessionId)) {
          if (!isWhole()) return null;
        } else if (snapshot.status !== "active") machines.delete(sessionId);
        const path = paths.get(sessionId) ?? NO_PATH;
        if (path !== NO_PATH) paths.delete(sessionId);
        return { type: "snapshot", atMs: now(), rootId, sessionId, event: event.event, snapshot, path };
      }
      default:
        return null;
    }
  };
}

const NO_PATH: readonly string[] = [];

/** Id of an actor's machine, null for other actors. */
function machineOf(ref: object): string | null {
  return textAt(ref, "logic", "config", "id");
}

function actorNote(ref: InspectionEvent["actorRef"], base: NoteBase): ActorNote {
  const machine = machineOf(ref);
  const id = textAt(ref, "id");
  return {
    type: "actor",
    ...base,
    parentId: textAt(ref, "_parent", "sessionId"),
    name: (id === base.sessionId ? machine : id) ?? base.sessionId,
    machine,
    config: machine === null ? null : at(ref, "logic", "config"),
    current: () => ref.getSnapshot(),
  };
}

/** A child that was made before anybody looked; null where there is none. */
export function noteOfChild(child: unknown, base: Omit<NoteBase, "sessionId">): ActorNote | null {
  return isActorRef(child) ? actorNote(child, { ...base, sessionId: child.sessionId }) : null;
}

function isActorRef(value: unknown): value is InspectionEvent["actorRef"] {
  return textAt(value, "sessionId") !== null && typeof at(value, "getSnapshot") === "function";
}

/** The part of a transition that says where it leads. */
interface Taken {
  readonly source: { readonly key: string };
  readonly target: readonly { readonly key: string }[] | undefined;
}

function keepPath(
  paths: Map<string, readonly string[]>,
  sessionId: string,
  transitions: readonly Taken[],
): void {
  for (const { source, target } of transitions) {
    const to = target?.[0]?.key;
    if (to === undefined) continue;
    const path = paths.get(sessionId);
    paths.set(sessionId, path === undefined ? edge(source.key, to) : [...path, to]);
  }
}

/** Paths of one edge are shared by all who go it. */
const edges = new Map<string, Map<string, readonly string[]>>();

function edge(from: string, to: string): readonly string[] {
  const known = edges.get(from)?.get(to);
  if (known !== undefined) return known;
  const made = [from, to];
  const ways = edges.get(from) ?? new Map<string, readonly string[]>();
  edges.set(from, ways.set(to, made));
  return made;
}
