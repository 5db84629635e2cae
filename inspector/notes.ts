/**
 * From the inspection events of XState to notes: what the inspector keeps of them. A note holds references, not copies, so that
 * taking one costs next to nothing; whoever shows it scrubs and serialises it then.
 *
 * @module
 */

import type { InspectionEvent } from "xstate";
import { at, textAt } from "./json_view.ts";

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
  /** Its present snapshot, of a machine that is alive. */
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

/** @param now milliseconds since 1970 */
export function makeNotes(now: () => number): TakeNote {
  const paths = new Map<string, readonly string[]>();
  return (event) => {
    const { rootId, actorRef: { sessionId } } = event;
    switch (event.type) {
      case "@xstate.actor":
        return actorNote(event.actorRef, { atMs: now(), rootId, sessionId });
      case "@xstate.event":
        return {
          type: "event",
          atMs: now(),
          rootId,
          sessionId,
          sourceId: event.sourceRef?.sessionId ?? null,
          event: event.event,
        };
      case "@xstate.microstep":
        keepPath(paths, sessionId, event._transitions);
        return null;
      case "@xstate.snapshot": {
        const path = paths.get(sessionId) ?? NO_PATH;
        if (path !== NO_PATH) paths.delete(sessionId);
        return {
          type: "snapshot",
          atMs: now(),
          rootId,
          sessionId,
          event: event.event,
          snapshot: event.snapshot,
          path,
        };
      }
      default:
        return null;
    }
  };
}

const NO_PATH: readonly string[] = [];

function actorNote(ref: InspectionEvent["actorRef"], base: NoteBase): ActorNote {
  const config = at(ref, "logic", "config");
  const machine = textAt(config, "id");
  const id = textAt(ref, "id");
  return {
    type: "actor",
    ...base,
    parentId: textAt(ref, "_parent", "sessionId"),
    name: (id === base.sessionId ? machine : id) ?? base.sessionId,
    machine,
    config: machine === null ? null : config,
    current: machine === null ? null : () => ref.getSnapshot(),
  };
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
