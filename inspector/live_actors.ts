/**
 * The machines that are alive, with the last that was heard of each: what somebody needs who comes in later.
 *
 * @module
 */

import { at } from "./json_view.ts";
import type { ActorNote, Note, SnapshotNote } from "./notes.ts";

interface LiveActor {
  readonly actor: ActorNote;
  last: SnapshotNote | null;
}

/** Knows who is alive. */
export interface LiveActors {
  /** @returns whether the note is about a machine that is (or was until now) alive */
  readonly take: (note: Note) => boolean;
  /** For each machine the note of its making and of its present state, parents first. */
  readonly notes: () => Iterable<Note>;
}

/** Nobody yet. */
export function makeLiveActors(): LiveActors {
  const alive = new Map<string, LiveActor>();
  return {
    take: (note) => {
      if (note.type === "actor") {
        if (note.machine !== null) alive.set(note.sessionId, { actor: note, last: null });
        return note.machine !== null;
      }
      const known = alive.get(note.sessionId);
      if (known === undefined) return false;
      if (note.type === "snapshot") {
        known.last = note;
        if (at(note.snapshot, "status") !== "active") alive.delete(note.sessionId);
      }
      return true;
    },
    notes: function* () {
      for (const { actor, last } of alive.values()) {
        yield actor;
        if (last !== null) yield last;
      }
    },
  };
}
