/**
 * The inspector's memory: notes in, overview and histories out. Taking a note costs a few map look-ups; everything that is
 * shown is made only when somebody looks (`inspector/views.ts`).
 *
 * @module
 */

import { at, textAt } from "../protocol/json_view.ts";
import type { ActorNote, Note, SnapshotNote } from "../feed/notes.ts";
import { makeRates, type Rates } from "./rates.ts";
import { addStep, beginHistory, endRun, type KeptStep, type RunHistory } from "./run_history.ts";

/** How much is kept. */
export interface ModelBounds {
  /** Runs with their rows; beyond it those that ended first are forgotten. @default 10000 */
  readonly runs: number;
  /** Steps of one run; beyond it early ones are dropped, the first stays. @default 300 */
  readonly stepsPerRun: number;
  /** Steps in all; beyond it the histories of those that ended first are dropped. @default 200000 */
  readonly steps: number;
  /** Last errors. @default 50 */
  readonly errors: number;
}

/** What is kept unless it is said otherwise. */
export const DEFAULT_BOUNDS: ModelBounds = { runs: 10_000, stepsPerRun: 300, steps: 200_000, errors: 50 };

/** The agent's own machine as it is kept. */
export interface AgentHistory {
  name: string;
  state: string;
  sinceMs: number;
  context: unknown;
  changed: number;
}

/** One error as it is kept. */
export interface KeptError {
  readonly n: number;
  readonly atMs: number;
  readonly runId: string | null;
  readonly name: string;
  readonly state: string;
  /** What was thrown, or a `Failure`. */
  readonly failure: unknown;
}

/** How many runs ended in one way; `kind` null: their own end is not known. */
export interface EndCount {
  readonly kind: RunEndKind | null;
  readonly count: number;
}

type RunEndKind = NonNullable<RunHistory["end"]>["kind"];

/** Everything kept. */
export interface RunModel {
  readonly bounds: ModelBounds;
  /** By id of the run, in the order in which they were taken. */
  readonly runs: Map<string, RunHistory>;
  readonly agent: AgentHistory;
  /** Newest first. */
  readonly errors: KeptError[];
  errorCount: number;
  /** Live runs by state; ended ones by outcome. */
  readonly states: Map<string, number>;
  readonly outcomes: Map<string, number>;
  /** Ended runs by the state that they ended in, or by outcome where it is not known. */
  readonly ends: Map<string, EndCount>;
  total: number;
  forgotten: number;
  /** Forgotten runs with the moment of it, oldest first. */
  readonly gone: { readonly id: string; readonly changed: number }[];
  /** Moment up to which `gone` was cut: who knows less than this must read everything again. */
  goneSince: number;
  /** Counts changes; the model's own time. */
  changed: number;
  errorsChanged: number;
  readonly adopted: Rates;
  readonly launched: Rates;
  readonly ended: Rates;
  readonly memory: Memory;
}

/** Who is who, and what to drop next. */
interface Memory {
  rootId: string | null;
  readonly bySession: Map<string, RunHistory>;
  /** Ended runs, oldest first; `cut`: the first so many have lost their steps. */
  readonly endedRuns: RunHistory[];
  cut: number;
  steps: number;
}

/** A model that knows nothing yet. */
export function makeRunModel(bounds: Partial<ModelBounds> = {}): RunModel {
  return {
    bounds: { ...DEFAULT_BOUNDS, ...bounds },
    runs: new Map(),
    agent: { name: "agent", state: "starting", sinceMs: 0, context: undefined, changed: 0 },
    errors: [],
    errorCount: 0,
    states: new Map(),
    outcomes: new Map(),
    ends: new Map(),
    total: 0,
    forgotten: 0,
    gone: [],
    goneSince: 0,
    changed: 0,
    errorsChanged: 0,
    adopted: makeRates(),
    launched: makeRates(),
    ended: makeRates(),
    memory: { rootId: null, bySession: new Map(), endedRuns: [], cut: 0, steps: 0 },
  };
}

/** Who made a step: a run, or null for the agent. */
export interface Taken {
  readonly run: RunHistory | null;
  readonly step: KeptStep;
}

/** Takes one note. @returns the step that it was for a run, null for everything else */
export function takeNote(model: RunModel, note: Note): Taken | null {
  switch (note.type) {
    case "actor":
      takeActor(model, note);
      return null;
    case "event":
      return null;
    case "snapshot":
      return takeSnapshot(model, note);
  }
}

/** Machine of a flow run, by the id of its chart. */
const RUN_MACHINE = "flowRun";

function takeActor(model: RunModel, note: ActorNote): void {
  const { memory } = model;
  if (note.machine === RUN_MACHINE) return takeRun(model, note);
  if (note.sessionId === note.rootId) {
    memory.rootId = note.sessionId;
    model.agent.sinceMs = note.atMs;
  }
}

function takeRun(model: RunModel, { name, sessionId, atMs }: ActorNote): void {
  const { memory, runs } = model;
  const known = runs.get(name);
  const run = known ?? beginHistory(name, sessionId, atMs);
  memory.bySession.set(sessionId, run);
  if (known !== undefined) return comeBack(model, known, sessionId);
  runs.set(name, run);
  model.total++;
  model.adopted.count(atMs);
  count(model.states, run.state, 1);
  touch(model, run);
  if (runs.size > model.bounds.runs) forgetOldest(model);
}

/** The same run once more: rescheduled, restarted by a person, or found again. */
function comeBack(model: RunModel, run: RunHistory, sessionId: string): void {
  const { memory } = model;
  const place = memory.endedRuns.indexOf(run);
  if (place !== -1) {
    memory.endedRuns.splice(place, 1);
    if (place < memory.cut) memory.cut--;
  }
  if (run.outcome !== null) {
    countEnd(model, run, -1);
    count(model.states, "", 1);
  } else {
    count(model.states, run.state, -1);
    count(model.states, "", 1);
  }
  run.sessionId = sessionId;
  run.outcome = null;
  run.end = null;
  run.state = "";
  run.launched = false;
  touch(model, run);
}

function takeSnapshot(model: RunModel, note: SnapshotNote): Taken | null {
  const { memory } = model;
  if (note.sessionId === memory.rootId) return takeAgent(model, note);
  const run = memory.bySession.get(note.sessionId);
  if (run === undefined || run.outcome !== null || run.sessionId !== note.sessionId) return null;
  return { run, step: takeStep(model, run, note) };
}

function takeStep(model: RunModel, run: RunHistory, note: SnapshotNote): KeptStep {
  const { memory, bounds } = model;
  const before = run.state;
  const kept = run.steps.length;
  const step = addStep(run, note, bounds);
  memory.steps += run.steps.length - kept;
  if (step.event.type.startsWith("xstate.error.actor.")) noteError(model, note, run);
  else if (step.event.type === "task.stopped") noteError(model, note, run);
  if (!run.launched && run.state === "watching") {
    run.launched = true;
    model.launched.count(note.atMs);
  }
  if (run.outcome !== null) retire(model, run, before, note.atMs);
  else if (before !== run.state) {
    count(model.states, before, -1);
    count(model.states, run.state, 1);
  }
  touch(model, run);
  if (memory.steps > bounds.steps) dropSteps(model);
  return step;
}

function retire(model: RunModel, run: RunHistory, before: string, atMs: number): void {
  const { memory } = model;
  count(model.states, before, -1);
  countEnd(model, run, 1);
  model.ended.count(atMs);
  memory.bySession.delete(run.sessionId);
  memory.endedRuns.push(run);
}

function takeAgent(model: RunModel, note: SnapshotNote): Taken {
  const { agent } = model;
  const { snapshot, event, atMs, path } = note;
  const to = textAt(snapshot, "value") ?? agent.state;
  const from = agent.state;
  const step: KeptStep = {
    n: agent.changed,
    atMs,
    event,
    from,
    to,
    path,
    tookMs: atMs - agent.sinceMs,
    context: undefined,
  };
  if (to !== from) agent.sinceMs = atMs;
  agent.state = to;
  agent.context = at(snapshot, "context");
  agent.changed = ++model.changed;
  if (event.type.startsWith("xstate.error.actor.")) noteError(model, note, null);
  if (at(snapshot, "status") !== "active") endModel(model, atMs);
  return { run: null, step };
}

/** The agent has ended, or the recording breaks off: whatever is alive stays as it is. */
export function endModel(model: RunModel, atMs: number): void {
  for (const run of model.memory.bySession.values()) {
    if (run.outcome !== null) continue;
    endRun(run, "abandoned");
    retire(model, run, run.state, atMs);
    touch(model, run);
  }
}

function noteError(model: RunModel, { event, atMs }: SnapshotNote, run: RunHistory | null): void {
  const failure: unknown = at(event, "error") ?? at(event, "failure");
  model.errors.unshift({
    n: ++model.errorCount,
    atMs,
    runId: run?.id ?? null,
    name: run === null ? model.agent.name : run.name,
    state: run === null ? model.agent.state : run.steps.at(-1)?.from ?? run.state,
    failure,
  });
  model.errors.length = Math.min(model.errors.length, model.bounds.errors);
  model.errorsChanged = ++model.changed;
}

function touch(model: RunModel, run: RunHistory): void {
  run.changed = ++model.changed;
}

function count(counts: Map<string, number>, name: string, by: number): void {
  const now = (counts.get(name) ?? 0) + by;
  if (now === 0) counts.delete(name);
  else counts.set(name, now);
}

function countEnd({ outcomes, ends }: RunModel, { outcome, end }: RunHistory, by: number): void {
  const known = outcome ?? "abandoned";
  count(outcomes, known, by);
  const name = end?.state ?? known;
  const now = (ends.get(name)?.count ?? 0) + by;
  if (now === 0) ends.delete(name);
  else ends.set(name, { kind: end?.kind ?? null, count: now });
}

/** So many runs that were forgotten are remembered by id, for pages that come back. */
const GONE_KEPT = 10_000;

function forgetOldest(model: RunModel): void {
  const { memory, runs, gone } = model;
  const oldest = memory.endedRuns.shift();
  // All are alive: they are needed, however many there are.
  if (oldest === undefined) return;
  if (memory.cut > 0) memory.cut--;
  else memory.steps -= oldest.steps.length;
  runs.delete(oldest.id);
  model.forgotten++;
  gone.push({ id: oldest.id, changed: ++model.changed });
  if (gone.length > 2 * GONE_KEPT) {
    gone.splice(0, GONE_KEPT);
    model.goneSince = gone[0]?.changed ?? model.changed;
  }
}

function dropSteps(model: RunModel): void {
  const { memory, bounds } = model;
  while (memory.steps > bounds.steps) {
    const run = memory.endedRuns[memory.cut];
    if (run === undefined) return;
    memory.cut++;
    memory.steps -= run.steps.length;
    run.steps.length = 0;
    touch(model, run);
  }
}

/** Runs adopted and not yet reported, as the agent counts them. */
export function inFlightOf({ agent }: RunModel): number {
  const inFlight = at(agent.context, "inFlight");
  return Array.isArray(inFlight) ? inFlight.length : 0;
}

/** Polls and failures that the agent's machine remembers. */
export function agentFailure({ agent }: RunModel): unknown {
  return at(agent.context, "failure") ?? null;
}
