/**
 * The same notes for Stately's own tools: every event, in the format of `@statelyai/inspect`, to whoever is attached.
 *
 * @module
 */

import type { Redactor } from "../../schemas/secrets/redact.ts";
import { wireText } from "./events.ts";
import { makeLiveActors } from "./live_actors.ts";
import type { Note } from "./notes.ts";

/** Sends to attached tools. */
export interface StatelyFeed {
  readonly take: (note: Note) => void;
  /** Whether a tool is there, which wants everything. */
  readonly isAttached: () => boolean;
  /** Attaches one; it gets the machines that are alive first. @returns detaches it */
  readonly attach: (send: (text: string) => void) => () => void;
}

/** Nobody is attached yet, and nothing is serialised. */
export function makeStatelyFeed(redact: Redactor, now: () => number): StatelyFeed {
  const alive = makeLiveActors();
  const tools = new Set<(text: string) => void>();
  const text = (note: Note): string => wireText(note, { redact, definition: () => "whole" });
  return {
    take: (note) => {
      alive.take(note);
      if (tools.size === 0) return;
      const event = text(note);
      for (const send of tools) send(event);
    },
    isAttached: () => tools.size > 0,
    attach: (send) => {
      for (const note of alive.notes(now())) send(text(note));
      tools.add(send);
      return () => void tools.delete(send);
    },
  };
}
