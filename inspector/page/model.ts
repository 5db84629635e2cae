/**
 * What the page knows, kept up to date by the messages of the server. One object that is changed in place: with 10 000
 * runs and ten messages a second, copies would be most of the work.
 *
 * @module
 */

import type {
  AgentView,
  CallCount,
  Counts,
  ErrorLine,
  Hello,
  LimiterFill,
  Overview,
  RunMessage,
  RunRow,
  ServerMessage,
  Update,
} from "../protocol/protocol.ts";

/** Rates of the last messages, oldest first, for small graphs. */
export interface RateSample {
  readonly atMs: number;
  readonly adopted: number;
  readonly launched: number;
  readonly ended: number;
}

/** What the page knows. */
export interface Model {
  hello: Hello | null;
  /** The same session has been connected to again and the next message says what was missed. */
  returned: boolean;
  seq: number;
  agent: AgentView | null;
  counts: Counts | null;
  limiters: readonly LimiterFill[];
  calls: readonly CallCount[];
  errors: readonly ErrorLine[];
  readonly runs: Map<string, RunRow>;
  /** Grows when the table has to be made anew. */
  runsVersion: number;
  /** Detail of the watched run, null before it came. */
  watched: RunMessage | null;
  samples: readonly RateSample[];
  /** Time of the server at its last message, and of this page's clock when it came. */
  serverMs: number;
  heardMs: number;
}

/** What a message asks of the connection: nothing, or to connect again because one was missed. */
export type Applied = "applied" | "gap";

const KEPT_SAMPLES = 60;

/** A page that knows nothing yet. */
export function emptyModel(): Model {
  return {
    hello: null,
    returned: false,
    seq: 0,
    agent: null,
    counts: null,
    limiters: [],
    calls: [],
    errors: [],
    runs: new Map(),
    runsVersion: 0,
    watched: null,
    samples: [],
    serverMs: 0,
    heardMs: 0,
  };
}

/**
 * Takes one message in.
 *
 * @param atMs time of this page's clock
 */
export function applyMessage(model: Model, message: ServerMessage, atMs: number): Applied {
  model.serverMs = message.nowMs;
  model.heardMs = atMs;
  switch (message.type) {
    case "hello":
      model.returned = model.hello?.session === message.session;
      model.hello = message;
      return "applied";
    case "snapshot":
      applySnapshot(model, message);
      return "applied";
    case "update":
      return applyUpdate(model, message);
    case "run":
      model.watched = message;
      return "applied";
  }
}

function applySnapshot(model: Model, message: Overview): void {
  model.seq = message.seq;
  model.returned = false;
  model.agent = message.agent;
  model.limiters = message.limiters;
  model.calls = message.calls;
  model.errors = message.errors;
  model.runs.clear();
  for (const row of message.runs) model.runs.set(row.id, row);
  model.runsVersion += 1;
  model.samples = [];
  keepCounts(model, message.counts, message.nowMs);
}

function applyUpdate(model: Model, message: Update): Applied {
  // The first update after a return with `since` holds everything up to its own number.
  if (message.seq > model.seq + 1 && !model.returned) return "gap";
  model.returned = false;
  model.seq = message.seq;
  if (message.agent !== undefined) model.agent = message.agent;
  if (message.limiters !== undefined) model.limiters = message.limiters;
  if (message.calls !== undefined) model.calls = message.calls;
  if (message.errors !== undefined) model.errors = message.errors;
  for (const row of message.runs) model.runs.set(row.id, row);
  for (const id of message.gone) model.runs.delete(id);
  if (message.runs.length + message.gone.length > 0) model.runsVersion += 1;
  if (message.counts !== undefined) keepCounts(model, message.counts, message.nowMs);
  return "applied";
}

function keepCounts(model: Model, counts: Counts, atMs: number): void {
  model.counts = counts;
  const { adoptedPerS: adopted, launchedPerS: launched, endedPerS: ended } = counts;
  const last = model.samples.at(-1);
  // One sample a second is enough for a graph of a minute.
  if (last !== undefined && atMs - last.atMs < 1000) return;
  model.samples = [...model.samples, { atMs, adopted, launched, ended }].slice(-KEPT_SAMPLES);
}

/**
 * Time of the server now. A live one goes on with the page's clock; a recording stands still at its end.
 *
 * @param atMs time of this page's clock
 */
export function serverNow(model: Model, atMs: number): number {
  if (model.hello?.source !== "live") return model.serverMs;
  return model.serverMs + Math.max(0, atMs - model.heardMs);
}
