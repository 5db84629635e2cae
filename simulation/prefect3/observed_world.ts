/**
 * What a recorded history of Prefect 3 says at one moment: the checker walks from fact to fact and keeps this up to date.
 *
 * @module
 */

import { FINAL_TYPES } from "../../schemas/prefect3/state_rules/state.ts";
import { keepRead, keepTokens, type Knowledge } from "../observed_world.ts";
import type { Author, Entry } from "../world/history.ts";
import type { Scenario3 } from "./scenario.ts";

/** A task as the history shows it. */
export interface ObservedTask3 {
  readonly arn: string;
  readonly run: string;
  /** The right to launch that its token is of; null: of none that the run was granted. */
  readonly right: string | null;
  /** The process that started it. */
  readonly agent: string;
  readonly atMs: number;
  stoppedMs: number | null;
  isLive: boolean;
  isRunning: boolean;
  isStopping: boolean;
  isNamed: boolean;
  readonly stoppedBy: Set<string>;
}

/** A run as the history shows it. */
export interface ObservedRun3 {
  readonly id: string;
  type: string;
  author: Author;
  version: number;
  sinceMs: number;
  /** The type of the state before the present one. */
  from: string;
  /** The right to launch that it is at. */
  right: string;
  /** The stock worker has it. */
  isForeign: boolean;
  /** It waits within its own task. */
  isInProcess: boolean;
  /** Processes that were granted each right, with the moment of the first grant. */
  readonly granted: Map<string, Map<string, number>>;
  /** Rights under which its flow has begun. */
  readonly begun: Set<string>;
  /** How its flow, or the stock worker's, has told to have ended, by right. */
  readonly told: Map<string, string>;
  readonly tasks: ObservedTask3[];
}

/** The observed. */
export interface ObservedWorld3 {
  readonly scenario: Scenario3;
  readonly runs: Map<string, ObservedRun3>;
  readonly tasks: Map<string, ObservedTask3>;
  /** Processes that live. */
  readonly alive: Set<string>;
  /** Processes that have ended. */
  readonly ended: Set<string>;
  /** By run: slots of its deployment that the server has given away, or will give back, although nobody has taken them. */
  readonly untaken: Map<string, number>;
  readonly known: Map<string, Knowledge[]>;
  /** The right behind each token. */
  readonly tokens: Map<string, string>;
}

/** The observed before anything happened. */
export function emptyWorld3(scenario: Scenario3): ObservedWorld3 {
  return {
    scenario,
    runs: new Map(),
    tasks: new Map(),
    alive: new Set(),
    ended: new Set(),
    untaken: new Map(),
    known: new Map(),
    tokens: new Map(),
  };
}

/** Whether a state of this type ends a run. */
export function isEnd3(type: string): boolean {
  return [...FINAL_TYPES].some((final) => final === type);
}

/** Updates the world by one fact. */
export function advance3(observed: ObservedWorld3, entry: Entry): void {
  switch (entry.what) {
    case "state":
      return keepState(observed, entry);
    case "read":
      return keepRead(observed, entry);
    case "task":
      return keepTask(observed, entry);
    case "named": {
      const task = observed.tasks.get(entry.task);
      if (task !== undefined) task.isNamed = true;
      return;
    }
    case "stop":
      observed.tasks.get(entry.task)?.stoppedBy.add(entry.agent);
      return;
    case "status":
      return keepStatus(observed, entry);
    case "agent":
      return entry.happened === "started"
        ? void observed.alive.add(entry.agent)
        : ended(observed, entry.agent);
    case "fault":
      if (entry.kind === "crash" && entry.agent !== undefined) ended(observed, entry.agent);
      // The slot is given back now, and once more when the run ends.
      if (entry.kind === "leaseEnded") keepUntaken(observed, entry.text);
      return;
  }
}

function ended({ alive, ended }: ObservedWorld3, process: string): void {
  alive.delete(process);
  ended.add(process);
}

function keepStatus({ tasks }: ObservedWorld3, entry: Extract<Entry, { what: "status" }>): void {
  const task = tasks.get(entry.task);
  if (task === undefined) return;
  task.isStopping = entry.isStopping;
  task.isRunning = entry.status === "RUNNING";
  if (entry.status !== "STOPPED") return;
  task.isLive = false;
  task.stoppedMs = entry.atMs;
}

type StateFact = Extract<Entry, { what: "state" }>;

function newRun({ run: id, author, right = "" }: StateFact): ObservedRun3 {
  return {
    ...{
      id,
      author,
      right,
      type: "",
      from: "",
      version: 0,
      sinceMs: 0,
      isForeign: false,
      isInProcess: false,
    },
    ...{ granted: new Map(), begun: new Set(), told: new Map(), tasks: [] },
  };
}

function keepState(observed: ObservedWorld3, fact: StateFact): void {
  const run = observed.runs.get(fact.run) ?? newRun(fact);
  observed.runs.set(fact.run, run);
  const { from, to, author, agent, right = run.right } = fact;
  if (takesNoSlot(observed, run, fact)) keepUntaken(observed, run.id);
  run.isInProcess =
    (from === "RUNNING" && to === "SCHEDULED" && author === "run" && fact.name === "AwaitingRetry" &&
      isRetrying(observed, run.id)) || (run.isInProcess && to === "SCHEDULED");
  Object.assign(run, { type: to, from, author, version: fact.version, sinceMs: fact.atMs, right });
  if (to === "SCHEDULED") run.isForeign = false;
  else if (author === "foreign") run.isForeign = true;
  if (to === "RUNNING" && author === "run") run.begun.add(right);
  if (isEnd3(to) && (author === "run" || author === "foreign")) run.told.set(right, to);
  if (to === "PENDING" && author === "agent" && agent !== null) grant(observed, run, agent, fact.atMs);
}

function keepUntaken({ untaken }: ObservedWorld3, run: string): void {
  untaken.set(run, (untaken.get(run) ?? 0) + 1);
}

/**
 * Whether a run comes into a state that holds a slot without taking one: only a claim takes one, and its end gives one back
 * all the same. Older servers give the slot back while a run waits within its task.
 */
function takesNoSlot(
  { scenario }: ObservedWorld3,
  { isInProcess }: ObservedRun3,
  { from, to }: StateFact,
): boolean {
  if (from !== "SCHEDULED" || (to !== "RUNNING" && to !== "CANCELLING")) return false;
  return !isInProcess || scenario.release === "3.4";
}

/** Whether the flow of a run retries within its own task. */
export function isRetrying({ scenario }: ObservedWorld3, id: string): boolean {
  const fate = scenario.due.find((due) => due.id === id)?.fate;
  return fate === "retries" || fate === "diesRetrying";
}

function grant(observed: ObservedWorld3, run: ObservedRun3, agent: string, atMs: number): void {
  const before = run.granted.get(run.right) ?? new Map<string, number>();
  run.granted.set(run.right, before.has(agent) ? before : new Map([...before, [agent, atMs]]));
  keepTokens(observed, { runId: run.id, claim: run.right });
}

function keepTask(observed: ObservedWorld3, entry: Extract<Entry, { what: "task" }>): void {
  const run = observed.runs.get(entry.run);
  const granted = run !== undefined && run.granted.has(run.right) ? run.right : null;
  const seen: ObservedTask3 = {
    ...{ arn: entry.task, run: entry.run, agent: entry.agent, atMs: entry.atMs, stoppedMs: null },
    right: observed.tokens.get(entry.token) ?? granted,
    ...{ isLive: true, isRunning: false, isStopping: false, isNamed: false, stoppedBy: new Set<string>() },
  };
  observed.tasks.set(entry.task, seen);
  run?.tasks.push(seen);
}
