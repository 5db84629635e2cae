/**
 * The machines that are alive, with the present state of each: what somebody needs who comes in later.
 *
 * @module
 */

import { at } from "../protocol/json_view.ts";
import { type ActorNote, type Note, noteOfChild } from "./notes.ts";

/** Knows who is alive. */
export interface LiveActors {
  readonly take: (note: Note) => void;
  /** For each machine the note of its making and of its present state, parents first. */
  readonly notes: (nowMs: number) => Iterable<Note>;
}

/** Nobody yet. Only the root is remembered: it knows the others, and keeping each would cost the collector of garbage dear. */
export function makeLiveActors(): LiveActors {
  let root: ActorNote | null = null;
  return {
    take: (note) => {
      if (note.type === "actor" && note.sessionId === note.rootId) root = note;
    },
    notes: function* (atMs) {
      if (root !== null) yield* familyOf(root, atMs);
    },
  };
}

/** What is said to have happened to a machine that was alive before anybody looked. */
const RESUMED = { type: "inspector.resumed" } as const;

function* familyOf(actor: ActorNote, atMs: number): Generator<Note> {
  const snapshot = actor.current?.();
  if (at(snapshot, "status") !== "active") return;
  const { rootId, sessionId, machine } = actor;
  if (machine !== null) {
    yield actor;
    yield { type: "snapshot", atMs, rootId, sessionId, event: RESUMED, snapshot, path: [] };
  }
  for (const child of childrenOf(snapshot)) {
    const note = noteOfChild(child, { atMs, rootId });
    if (note !== null) yield* familyOf(note, atMs);
  }
}

/** Machines keep their children by name; the actor that holds the flow runs has a list of its own. */
function childrenOf(snapshot: unknown): readonly unknown[] {
  const held = at(snapshot, "runs");
  return [...Object.values(at(snapshot, "children") ?? {}), ...(held instanceof Map ? held.values() : [])];
}
