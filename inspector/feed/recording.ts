/**
 * Recordings: JSON lines, first one header, then events of `@statelyai/inspect`, and a last line when the agent ended well.
 *
 * @module
 */

import * as v from "valibot";
import { isJsonObject, type Json, type JsonObject } from "../../schemas/json/json.ts";
import type { PutText, Redactor } from "../../schemas/secrets/redact.ts";
import { AGENT_VERSION } from "../../schemas/observability/version.ts";
import { noteOfWire, writeWire } from "./events.ts";
import { at, numberAt, textAt } from "../protocol/json_view.ts";
import { makeLiveActors } from "./live_actors.ts";
import { type CallCount, callCountSchema } from "../protocol/protocol.ts";
import type { Note } from "./notes.ts";

/**
 * Format of what is recorded, as the header names it. Format 1, of release 0.1.0, has numbers for versions of states and
 * ARNs for tasks where format 2 has opaque texts.
 */
const FORMAT = 2;

/** Where the lines go; each text ends with a line break. */
export interface RecordingSink {
  /** Takes a text; it may wait for the next flush. */
  readonly write: (text: string) => void;
  readonly flush: () => void;
  /** Whether the present part is full: then the next one is begun. */
  readonly isFull: () => boolean;
  readonly nextPart: () => void;
}

/** What {@link makeRecorder} needs. */
export interface RecorderOptions {
  readonly sink: RecordingSink;
  readonly redact: Redactor;
  /** Name of the agent. */
  readonly name: string;
  readonly now: () => number;
  /** How often each kind of request was made. @default none is written */
  readonly calls?: () => readonly CallCount[];
}

/** Type of the line that says how often each kind of request was made up to then; the last one holds. */
const CALLS = "calls";

/** Type of the line about a request to the platform. */
const REQUEST = "platform.request";

/** A request to the platform that was made for a run. */
export interface RecordedRequest {
  readonly runId: string;
  /** The id that the platform gave it. */
  readonly id: string;
  /** When its answer came, in milliseconds since 1970. */
  readonly atMs: number;
}

/** Writes notes down. */
export interface Recorder {
  readonly take: (note: Note) => void;
  /** Writes down which request was made for a run. */
  readonly takeRequest: (request: RecordedRequest) => void;
  /** Writes what was taken since; call it a few times per second. */
  readonly flush: () => void;
  /** Writes the last line. */
  readonly end: () => void;
}

/** The agent's snapshot is written this often while it stays in its state. */
const CROWD_MS = 1000;

/** Begins a recording. Every part stands by itself: it begins with the machines that are alive. */
export function makeRecorder({ sink, redact, name, now, calls = () => [] }: RecorderOptions): Recorder {
  const alive = makeLiveActors();
  let crowd: Note | null = null;
  let crowdMs = -Infinity;
  let drawn = new Set<string>();
  const definition = (machine: string): "whole" | "id" => {
    if (drawn.has(machine)) return "id";
    drawn.add(machine);
    return "whole";
  };
  const { put, empty } = gathered(sink);
  const write = (note: Note): void => {
    writeWire(note, { redact, definition }, put);
    put("\n");
  };
  const head = (): void => {
    const header = { type: "recording", format: FORMAT, version: AGENT_VERSION, name, atMs: now() };
    put(`${JSON.stringify(header)}\n`);
  };
  const callLines = makeCallLines({ calls, redact, now, put });
  const writeCrowd = (): void => {
    if (crowd !== null) write(crowd);
    crowd = null;
    crowdMs = now();
    callLines.write();
  };
  const flush = (): void => {
    if (now() - crowdMs >= CROWD_MS) writeCrowd();
    empty();
    sink.flush();
    if (!sink.isFull()) return;
    sink.nextPart();
    drawn = new Set();
    head();
    callLines.again();
    for (const note of alive.notes(now())) write(note);
  };
  head();
  return {
    take: (note) => {
      alive.take(note);
      if (isCrowd(note)) crowd = note;
      else if (isWorthKeeping(note)) write(note);
    },
    takeRequest: ({ runId, id, atMs }) => {
      put(`{"type":"${REQUEST}","runId":`);
      redact.writeJson(runId, put);
      put(`,"id":${JSON.stringify(redact.text(id))},"atMs":${atMs}}\n`);
    },
    flush,
    end: () => {
      writeCrowd();
      flush();
      put(`${JSON.stringify({ type: "recording.end", atMs: now() })}\n`);
      empty();
      sink.flush();
    },
  };
}

/** Writes how often requests were made, where that has changed; `again`: also where it has not. */
function makeCallLines(
  { calls, redact, now, put }: Required<Pick<RecorderOptions, "calls" | "redact" | "now">> & {
    readonly put: PutText;
  },
) {
  const NONE = "[]";
  let told = NONE;
  const write = (): void => {
    const text = JSON.stringify(redact.json(calls()));
    if (text !== told) put(`{"type":"${CALLS}","atMs":${now()},"calls":${text}}\n`);
    told = text;
  };
  const again = (): void => {
    told = NONE;
    write();
  };
  return { write, again };
}

/** So many pieces make one text. */
const PIECES = 4096;

/** Gathers pieces, so that few texts are made; in one list for all time, so that no lists are. */
function gathered(sink: RecordingSink): { readonly put: PutText; readonly empty: () => void } {
  const pieces: string[] = Array.from({ length: PIECES }, () => "");
  let count = 0;
  const empty = (): void => {
    if (count === 0) return;
    sink.write(pieces.slice(0, count).join(""));
    count = 0;
  };
  return {
    put: (piece) => {
      pieces[count++] = piece;
      if (count === PIECES) empty();
    },
    empty,
  };
}

/**
 * Only machines are kept: when the other actors began and how they ended is told by the steps of their parent. Of a run's
 * events only those in its snapshots: each has one.
 */
function isWorthKeeping(note: Note): boolean {
  switch (note.type) {
    case "actor":
      return note.machine !== null;
    case "event":
      return note.sessionId === note.rootId;
    case "snapshot":
      return at(note.snapshot, "value") !== undefined;
  }
}

/** The agent hears of every run, and each time its snapshot names all that are in flight: now and then one of them will do. */
function isCrowd(note: Note): boolean {
  return note.type === "snapshot" && note.sessionId === note.rootId && note.path.length === 0 &&
    at(note.snapshot, "status") === "active";
}

/** A recording that was read. */
export interface Recording {
  readonly name: string;
  /** Release of this program that wrote it. */
  readonly version: string;
  readonly notes: readonly Note[];
  readonly requests: readonly RecordedRequest[];
  /** As they were last written. */
  readonly calls: readonly CallCount[];
  readonly startedMs: number;
  readonly endedMs: number;
  /** Why it does not end as it should, null when it does. */
  readonly note: string | null;
}

/** Why a text is not read, as a clause that follows "Cannot read the recording: ". */
export interface RefusedRecording {
  readonly refused: string;
}

/** Reads a recording of this format, also one that breaks off in the middle of a line. */
export function readRecording(text: string): Recording | RefusedRecording {
  const lines = text.split("\n").filter((line) => line !== "").map(parsed);
  const [header] = lines;
  if (!isJsonObject(header) || header["type"] !== "recording") {
    return {
      refused: "its first line is not the header of a recording; name a file that --record FILE wrote",
    };
  }
  if (header["format"] !== FORMAT) return { refused: otherFormat(header) };
  const notes = lines.flatMap((line) => {
    const note = line === undefined ? null : noteOfWire(line);
    return note === null ? [] : [note];
  });
  const startedMs = numberAt(header, "atMs") ?? notes[0]?.atMs ?? 0;
  const end = lines.findLast((line) => textAt(line, "type") === "recording.end");
  return {
    name: textAt(header, "name") ?? "agent",
    version: textAt(header, "version") ?? "",
    notes,
    requests: lines.flatMap(requestIn),
    calls: callsIn(lines.findLast((line) => textAt(line, "type") === CALLS)),
    startedMs,
    endedMs: numberAt(end, "atMs") ?? notes.at(-1)?.atMs ?? startedMs,
    note: noteOn(lines.filter((line) => line === undefined).length, end !== undefined),
  };
}

/** Names the release that can read it. */
function otherFormat({ format, version }: JsonObject): string {
  const writer = typeof version === "string" && version !== ""
    ? `release ${version}, which`
    : "the release that";
  return `its format is ${String(format)} and this release reads format ${FORMAT}; use ${writer} wrote it`;
}

function requestIn(line: Json | undefined): readonly RecordedRequest[] {
  const [runId, id, atMs] = [textAt(line, "runId"), textAt(line, "id"), numberAt(line, "atMs")];
  if (textAt(line, "type") !== REQUEST || runId === null || id === null || atMs === null) return [];
  return [{ runId, id, atMs }];
}

function callsIn(line: Json | undefined): readonly CallCount[] {
  const rows = at(line, "calls");
  if (!Array.isArray(rows)) return [];
  return rows.flatMap((row: unknown) => {
    const read = v.safeParse(callCountSchema, row);
    return read.success ? [read.output] : [];
  });
}

function noteOn(broken: number, hasEnd: boolean): string | null {
  if (hasEnd && broken === 0) return null;
  const what = broken === 0 ? "" : `, ${broken} ${broken === 1 ? "line" : "lines"} could not be read`;
  return `${
    hasEnd
      ? "The recording is damaged"
      : "The recording breaks off: the agent was killed, or is still running"
  }${what}`;
}

function parsed(line: string): Json | undefined {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
