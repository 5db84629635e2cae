/**
 * Notes as events of `@statelyai/inspect`, and back: the form in which they are recorded and in which Stately's tools take them.
 *
 * @see `@statelyai/inspect` 0.7.2, createInspector.ts and types.ts
 * @module
 */

import { isJsonObject, type Json } from "../../schemas/json/json.ts";
import type { PutText, Redactor } from "../../schemas/secrets/redact.ts";
import { revivedError } from "../../schemas/secrets/revived_error.ts";
import { at, numberAt, textAt } from "../protocol/json_view.ts";
import type { ActorNote, Note, SnapshotNote } from "./notes.ts";

/** Release of `@statelyai/inspect` whose format this is. */
export const FORMAT_VERSION = "0.7.2";

/** How notes become events. */
export interface WireOptions {
  readonly redact: Redactor;
  /** Whether an actor's event carries its machine's whole configuration, as the viewer needs it, or its id alone. */
  readonly definition: (machine: string) => "whole" | "id";
}

/** One note as an event of `@statelyai/inspect`, as JSON text. Our own addition is `path`: the states gone through. */
export function wireText(note: Note, options: WireOptions): string {
  const pieces: string[] = [];
  writeWire(note, options, (piece) => void pieces.push(piece));
  return pieces.join("");
}

/** {@link wireText} in pieces. */
export function writeWire(note: Note, options: WireOptions, put: PutText): void {
  const { redact: { writeJson } } = options;
  put(OPENINGS[note.type]);
  put(note.sessionId);
  put(ROOT);
  put(note.rootId);
  put(CREATED);
  put(String(note.atMs));
  put(NO_ID);
  if (note.type === "actor") return writeActor(note, options, put);
  if (note.type === "event" && note.sourceId !== null) put(`"sourceId":"${note.sourceId}",`);
  put(EVENT);
  writeJson(note.event, put);
  if (note.type === "snapshot") writeSnapshot(note, options, put);
  put("}");
}

const OPENINGS = {
  actor: '{"type":"@xstate.actor","sessionId":"',
  event: '{"type":"@xstate.event","sessionId":"',
  snapshot: '{"type":"@xstate.snapshot","sessionId":"',
} as const;
const ROOT = '","rootId":"';
const CREATED = `","_version":"${FORMAT_VERSION}","createdAt":"`;
const NO_ID = '","id":null,';
const EVENT = '"event":';

function writeActor(note: ActorNote, { redact, definition }: WireOptions, put: PutText): void {
  const isWhole = note.machine !== null && definition(note.machine) === "whole";
  const config = isWhole ? wholeDefinition(note.config) : JSON.stringify({ id: note.machine ?? note.name });
  const parent = note.parentId === null ? "" : `,"parentId":"${note.parentId}"`;
  put(`"name":${redact.jsonText(note.name)}${parent},`);
  put(`"definition":${JSON.stringify(config)},"snapshot":{"status":"active"}}`);
}

/** An agent has a child for each run it watches: so many are left out of its snapshots. */
const FEW_CHILDREN = 20;

function writeSnapshot({ snapshot, path }: SnapshotNote, { redact }: WireOptions, put: PutText): void {
  put(SNAPSHOT);
  put(JSON.stringify(textAt(snapshot, "status") ?? "active"));
  for (const { name, opening } of SHOWN) {
    const part = at(snapshot, name);
    if (part === undefined) continue;
    put(opening);
    redact.writeJson(part, put);
  }
  put(childrenText(at(snapshot, "children")));
  put("}");
  if (path.length > 0) put(pathText(path));
}

const SNAPSHOT = ',"snapshot":{"status":';

/** Members of a snapshot that are told. */
const SHOWN = ["value", "context", "output", "error"].map((name) => ({ name, opening: `,"${name}":` }));

const paths = new WeakMap<readonly string[], string>();

/** Runs go the same few ways, and share the lists of their states. */
function pathText(path: readonly string[]): string {
  const known = paths.get(path);
  if (known !== undefined) return known;
  const made = `,"path":${JSON.stringify(path)}`;
  paths.set(path, made);
  return made;
}

function childrenText(children: unknown): string {
  if (typeof children !== "object" || children === null) return "";
  const names: string[] = [];
  for (const name in children) {
    if (names.length === FEW_CHILDREN) return "";
    names.push(name);
  }
  const members = names.map((name) =>
    `${JSON.stringify(name)}:{"xstate$$type":1,"id":${JSON.stringify(name)}}`
  );
  return `,"children":{${members.join(",")}}`;
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
      return { type: "actor", ...base, parentId: textAt(line, "parentId"), name, ...machine, current: null };
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
