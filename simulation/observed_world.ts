/**
 * What a recorded history says at one moment: the checker walks from fact to fact and keeps this up to date.
 *
 * @module
 */

import { clientToken, MOST_SKIPPED } from "../schemas/flow_run/client_token.ts";
import { defaultLaunchPolicy } from "../schemas/flow_run/launch_policy.ts";
import { isFinished } from "../schemas/prefect1/state.ts";
import type { Author, ClaimNote, Entry } from "./world/history.ts";
import type { AgentSetup, Scenario } from "./world/scenario.ts";

/** A task as the history shows it. */
export interface ObservedTask {
  readonly arn: string;
  readonly run: string;
  readonly cluster: string;
  /** Claim of its token or, for a token of no claim, the one that holds; null where there is none. */
  readonly claim: string | null;
  readonly agent: string;
  readonly atMs: number;
  isLive: boolean;
  /** On its way out. */
  isStopping: boolean;
  /** Processes of agents that called StopTask. */
  readonly stoppedBy: Set<string>;
}

/** A run as the history shows it. */
export interface ObservedRun {
  readonly id: string;
  type: string;
  author: Author;
  version: number;
  /** When the present state was set. */
  sinceMs: number;
  /** Our claim that holds now. */
  claim: ClaimNote | null;
  /** Claimed by an agent of another program. */
  isForeign: boolean;
  /** Agents to which each claim was granted, by cluster and name. */
  readonly granted: Map<string, Set<string>>;
  readonly tasks: ObservedTask[];
}

/** A task definition as the history shows it. */
export interface ObservedDefinition {
  /** `family:revision`. */
  readonly name: string;
  /** The process that registered it. */
  readonly agent: string;
  readonly sentMs: number;
  readonly atMs: number;
  /** The network delivered the request for the second time: the agent does not know of this definition. */
  readonly isRepeat: boolean;
  isActive: boolean;
}

/** What one process of an agent knows of a run. */
export interface Knowledge {
  readonly type: string;
  readonly version: number;
  readonly executedMs: number;
  readonly deliveredMs: number;
}

/** The observed. */
export interface ObservedWorld {
  readonly scenario: Scenario;
  readonly runs: Map<string, ObservedRun>;
  readonly tasks: Map<string, ObservedTask>;
  /** By ARN. */
  readonly definitions: Map<string, ObservedDefinition>;
  /** Processes that have ended. */
  readonly ended: Set<string>;
  /** By process and run. */
  readonly known: Map<string, Knowledge[]>;
  /** Claim behind each token. */
  readonly tokens: Map<string, string>;
}

/** Tokens that the attempts of a claim may have. */
const MOST_TOKENS = defaultLaunchPolicy.maxAttempts + MOST_SKIPPED;

/** The observed before anything happened. */
export function emptyWorld(scenario: Scenario): ObservedWorld {
  const runs = new Map(scenario.runs.map(({ id }): [string, ObservedRun] => [id, {
    id,
    type: "Scheduled",
    author: "server",
    version: 1,
    sinceMs: 0,
    claim: null,
    isForeign: false,
    granted: new Map(),
    tasks: [],
  }]));
  return {
    scenario,
    runs,
    tasks: new Map(),
    definitions: new Map(),
    ended: new Set(),
    known: new Map(),
    tokens: new Map(),
  };
}

/** What a process knew of a run at a moment, from its last answer. */
export function knownTo(
  { known }: Pick<ObservedWorld, "known">,
  agent: string,
  { run, sentMs }: { readonly run: string; readonly sentMs: number },
): Knowledge | undefined {
  return known.get(`${agent} ${run}`)?.findLast(({ deliveredMs }) => deliveredMs <= sentMs);
}

/** The agent that a process belongs to: `a1` of `a1#2`. */
export function setupOf(
  { scenario }: Pick<ObservedWorld, "scenario">,
  process: string,
): AgentSetup | undefined {
  return scenario.agents[Number(/^a(\d+)#/.exec(process)?.[1] ?? 0) - 1];
}

/** Whether a claim is one of this agent's kind: same name and cluster. */
export function isOwn(setup: AgentSetup | undefined, claim: ClaimNote | null): boolean {
  return claim !== null && setup !== undefined && claim.agent === setup.name &&
    claim.cluster === setup.cluster;
}

/** Updates the world by one fact. */
export function advance(observed: ObservedWorld, entry: Entry): void {
  switch (entry.what) {
    case "state":
      return keepState(observed, entry);
    case "claimed":
      return grant(observed, entry.run, entry.claim);
    case "read":
      return keepRead(observed, entry);
    case "task":
      return keepTask(observed, entry);
    case "stop":
      observed.tasks.get(entry.task)?.stoppedBy.add(entry.agent);
      return;
    case "status":
      return keepStatus(observed, entry);
    case "registered":
      return keepDefinition(observed, entry);
    case "deregistered": {
      const found = observed.definitions.get(entry.definition);
      if (found !== undefined) found.isActive = false;
      return;
    }
    case "agent":
      if (entry.happened !== "started") observed.ended.add(entry.agent);
      return;
    case "fault":
      if ((entry.kind === "crash" || entry.kind === "poison") && entry.agent !== undefined) {
        observed.ended.add(entry.agent);
      }
      return;
  }
}

function keepStatus({ tasks }: ObservedWorld, entry: Extract<Entry, { what: "status" }>): void {
  const task = tasks.get(entry.task);
  if (task === undefined) return;
  task.isStopping = entry.isStopping;
  if (entry.status === "STOPPED") task.isLive = false;
}

function keepDefinition({ definitions }: ObservedWorld, entry: Extract<Entry, { what: "registered" }>): void {
  const { definition, agent, sentMs, atMs, isRepeat } = entry;
  const name = definition.slice(definition.lastIndexOf("/") + 1);
  definitions.set(definition, { name, agent, sentMs, atMs, isRepeat, isActive: true });
}

/** Keeps what a process has learnt of a run. */
export function keepRead(
  { known }: Pick<ObservedWorld, "known">,
  entry: Extract<Entry, { what: "read" }>,
): void {
  const { type, version, executedMs, atMs: deliveredMs, agent, run } = entry;
  const key = `${agent} ${run}`;
  const before = known.get(key);
  const now = { type, version, executedMs, deliveredMs };
  if (before === undefined) known.set(key, [now]);
  else before.push(now);
}

function keepState(observed: ObservedWorld, entry: Extract<Entry, { what: "state" }>): void {
  const run = observed.runs.get(entry.run);
  if (run === undefined) return;
  run.type = entry.to;
  run.author = entry.author;
  run.version = entry.version;
  run.sinceMs = entry.atMs;
  if (entry.author === "foreign") run.isForeign = true;
  if (entry.to === "Scheduled" || entry.author === "agent") run.isForeign = false;
  if (entry.to === "Scheduled") run.claim = null;
  if (entry.claim === null) return;
  run.claim = entry.claim;
  grant(observed, run.id, entry.claim);
}

function grant(observed: ObservedWorld, id: string, note: ClaimNote): void {
  const run = observed.runs.get(id);
  if (run === undefined) return;
  const { claim } = note;
  const holder = `${note.cluster} ${note.agent}`;
  run.claim = note;
  run.granted.set(claim, new Set([...run.granted.get(claim) ?? [], holder]));
  keepTokens(observed, { runId: id, claim });
}

/** Keeps which tokens a claim on a run may use. */
export function keepTokens(
  { tokens }: Pick<ObservedWorld, "tokens">,
  { runId, claim }: { readonly runId: string; readonly claim: string },
): void {
  for (let attempt = 1; attempt <= MOST_TOKENS; attempt++) {
    tokens.set(clientToken({ runId, claim, attempt }), claim);
  }
}

function keepTask(observed: ObservedWorld, entry: Extract<Entry, { what: "task" }>): void {
  const { task: arn, run, cluster, token, agent } = entry;
  const claim = observed.tokens.get(token) ?? observed.runs.get(run)?.claim?.claim ?? null;
  const seen: ObservedTask = {
    arn,
    run,
    cluster,
    claim,
    agent,
    atMs: entry.atMs,
    isLive: true,
    isStopping: false,
    stoppedBy: new Set(),
  };
  observed.tasks.set(arn, seen);
  observed.runs.get(run)?.tasks.push(seen);
}

/** Clusters for which a claim was granted. */
export function grantedClusters(run: ObservedRun, claim: string): number {
  return new Set([...run.granted.get(claim) ?? []].map((holder) => holder.split(" ")[0])).size;
}

/** Whether a state of this type is one that ends a run. */
export function isEnd(type: string): boolean {
  return isFinished(type);
}
