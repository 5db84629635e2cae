/**
 * The machines that are alive, with the last that was heard of each: what somebody needs who comes in later.
 *
 * @module
 */

import { at } from "./json_view.ts";
import type { ActorNote, Note } from "./notes.ts";

/** Knows who is alive. */
export interface LiveActors {
  /** @returns whether the note is about a machine that is (or was until now) alive */
  readonly take: (note: Note) => boolean;
  /** For each machine the note of its making and of its present state, parents first. */
  readonly notes: (nowMs: number) => Iterable<Note>;
}

/** Nobody yet. Snapshots are asked for when they are needed: keeping each one would cost the collector of garbage dear. */
export function makeLiveActors(): LiveActors {
  const alive = new Map<string, ActorNote>();
  return {
    take: (note) => {
      if (note.type === "actor") {
        if (note.machine !== null) alive.set(note.sessionId, note);
        return note.machine !== null;
      }
      const isKnown = alive.has(note.sessionId);
      const isOver = note.type === "snapshot" && at(note.snapshot, "status") !== "active";
      if (isKnown && isOver) alive.delete(note.sessionId);
      return isKnown;
    },
    notes: function* (atMs) {
      for (const actor of alive.values()) {
        yield actor;
        const { rootId, sessionId } = actor;
        const snapshot = actor.current?.();
        if (snapshot !== undefined) {
          yield { type: "snapshot", atMs, rootId, sessionId, event: RESUMED, snapshot, path: [] };
        }
      }
    },
  };
}

/** What is said to have happened to a machine that was alive before anybody looked. */
const RESUMED = { type: "inspector.resumed" } as const;
