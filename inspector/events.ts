/**
 * Notes as events of `@statelyai/inspect`, and back: the form in which they are recorded and in which Stately's tools take them.
 *
 * @see `@statelyai/inspect` 0.7.2, `createInspector.ts` and `types.ts`
 * @module
 */

import { isJsonObject, type Json, type JsonObject } from "../schemas/json.ts";
import { type Redactor, revivedError } from "../schemas/redact.ts";
import { at, numberAt, textAt } from "./json_view.ts";
import type { Note } from "./notes.ts";

/** Release of `@statelyai/inspect` whose format this is. */
export const FORMAT_VERSION = "0.7.2";

/** How notes become events. */
export interface WireOptions {
  readonly redact: Redactor;
  /** Whether an actor's event carries its machine's whole configuration, as the viewer needs it, or its id alone. */
  readonly definition: (machine: string) => "whole" | "id";
}

/** One note as an event of `@statelyai/inspect`. Our own addition is `path`: the states gone through. */
export function wireEvent(note: Note, { redact, definition }: WireOptions): JsonObject {
  const base = {
    sessionId: note.sessionId,
    rootId: note.rootId,
    _version: FORMAT_VERSION,
    createdAt: String(note.atMs),
    id: null,
  };
  switch (note.type) {
    case "actor": {
      const isWhole = note.machine !== null && definition(note.machine) === "whole";
      return {
        type: "@xstate.actor",
        ...base,
        name: note.name,
        ...(note.parentId === null ? {} : { parentId: note.parentId }),
        definition: isWhole
          ? wholeDefinition(note.config)
          : JSON.stringify({ id: note.machine ?? note.name }),
        snapshot: { status: "active" },
      };
    }
    case "event":
      return {
        type: "@xstate.event",
        ...base,
        ...(note.sourceId === null ? {} : { sourceId: note.sourceId }),
        event: redact.json(note.event),
      };
    case "snapshot":
      return {
        type: "@xstate.snapshot",
        ...base,
        event: redact.json(note.event),
        snapshot: snapshotJson(note.snapshot, redact),
        ...(note.path.length === 0 ? {} : { path: note.path }),
      };
  }
}

/** An agent has a child for each run it watches: so many are left out of its snapshots. */
const FEW_CHILDREN = 20;

function snapshotJson(snapshot: unknown, redact: Redactor): JsonObject {
  const children = at(snapshot, "children");
  const names = typeof children === "object" && children !== null ? Object.keys(children) : null;
  const [output, error] = [at(snapshot, "output"), at(snapshot, "error")];
  return {
    status: textAt(snapshot, "status") ?? "active",
    ...(at(snapshot, "value") === undefined ? {} : { value: redact.json(at(snapshot, "value")) }),
    ...(at(snapshot, "context") === undefined ? {} : { context: redact.json(at(snapshot, "context")) }),
    ...(output === undefined ? {} : { output: redact.json(output) }),
    ...(error === undefined ? {} : { error: redact.json(error) }),
    ...(names === null || names.length > FEW_CHILDREN
      ? {}
      : { children: Object.fromEntries(names.map((id) => [id, { xstate$$type: 1, id }])) }),
  };
}

const definitions = new WeakMap<object, string>();

/** A machine's configuration as text; made once. Functions are shown by name, as Stately's own converter does. */
function wholeDefinition(config: unknown): string {
  if (typeof config !== "object" || config === null) return "{}";
  const known = definitions.get(config);
  if (known !== undefined) return known;
  const text = JSON.stringify(
    config,
    (_, value: unknown) => typeof value === "function" ? { type: value.name } : value,
  );
  definitions.set(config, text);
  return text;
}

/** A recorded event as a note; null for anything else. */
export function noteOfWire(line: Json): Note | null {
  if (!isJsonObject(line)) return null;
  const sessionId = textAt(line, "sessionId");
  const rootId = textAt(line, "rootId");
  const atMs = Number(textAt(line, "createdAt") ?? numberAt(line, "createdAt") ?? NaN);
  if (sessionId === null || rootId === null || !Number.isFinite(atMs)) return null;
  const base = { atMs, rootId, sessionId };
  const event = eventOf(line["event"]);
  switch (line["type"]) {
    case "@xstate.actor": {
      const machine = machineOf(textAt(line, "definition"), textAt(line, "parentId") === null);
      const name = textAt(line, "name") ?? sessionId;
      return { type: "actor", ...base, parentId: textAt(line, "parentId"), name, ...machine };
    }
    case "@xstate.event":
      return event === null ? null : { type: "event", ...base, sourceId: textAt(line, "sourceId"), event };
    case "@xstate.snapshot":
      return event === null
        ? null
        : { type: "snapshot", ...base, event, snapshot: line["snapshot"], path: pathOf(line["path"]) };
    default:
      return null;
  }
}

function eventOf(event: Json | undefined): { readonly type: string } | null {
  if (!isJsonObject(event) || typeof event["type"] !== "string") return null;
  const { type, error, ...rest } = event;
  return { ...rest, type: String(type), ...(error === undefined ? {} : { error: revivedError(error) }) };
}

const MACHINES: ReadonlySet<string> = new Set(["flowRun", "agent"]);

function machineOf(definition: string | null, isRoot: boolean): { machine: string | null; config: unknown } {
  const config = parsed(definition ?? "");
  const id = textAt(config, "id");
  const isMachine = id !== null && (MACHINES.has(id) || isRoot);
  return { machine: isMachine ? id : null, config: isMachine ? config : null };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function pathOf(path: Json | undefined): readonly string[] {
  return Array.isArray(path) ? path.filter((state) => typeof state === "string") : [];
}
