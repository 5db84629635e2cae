/**
 * Whether a recorded world kept the guarantee: at most one live task per run, no lost run, no report overwritten, nothing of
 * others touched. Looks at the record only, never into the agent.
 *
 * @module
 */

import { defaultLaunchPolicy } from "../schemas/flow_run/launch_policy.ts";
import { SECRETS } from "./agents.ts";
import type { Entry } from "./world/history.ts";
import {
  advance,
  emptyWorld,
  grantedClusters,
  isEnd,
  isOwn,
  knownTo,
  type ObservedDefinition,
  type ObservedRun,
  type ObservedTask,
  type ObservedWorld,
  setupOf,
} from "./observed_world.ts";
import type { AgentSetup, Scenario } from "./world/scenario.ts";

/** A breach. */
export interface Violation {
  /** Which part of the guarantee: `twice`, `overwritten`… */
  readonly rule: string;
  readonly text: string;
  readonly atMs: number;
}

/** A recorded world. */
export interface Recorded {
  readonly scenario: Scenario;
  readonly history: readonly Entry[];
  readonly isSettled: boolean;
}

/** A server that ignores versions leaves this window between reading a state and replacing it, slow answers included. */
const WINDOW_MS = 25_000;

/** A claim is sent on what the last poll showed; a run may be waited for, and a request may be under way for long. */
const CLAIM_WINDOW_MS = 90_000;

/** From then on every agent can find a definition. */
const STEADY_MS = 60_000;

/** A registration that the agent gave up is swept when it is carried out within this time. */
const SWEPT_MS = 3000;

/** A claim that reads do not show is held for at least this long. */
const HIDDEN_MS = 60_000;

type StateFact = Extract<Entry, { what: "state" }>;

/** All breaches, in order. */
export function check({ scenario, history, isSettled }: Recorded): readonly Violation[] {
  const observed = emptyWorld(scenario);
  const found: Violation[] = [];
  for (const entry of history) {
    for (const [rule, text] of judge(observed, entry)) found.push({ rule, text, atMs: entry.atMs });
    advance(observed, entry);
    for (const [rule, text] of judgeAfter(observed, entry)) found.push({ rule, text, atMs: entry.atMs });
  }
  const atMs = history.at(-1)?.atMs ?? 0;
  const atEnd = [...isSettled ? [] : leftOver(observed), ...leftRegistered(observed)];
  for (const [rule, text] of atEnd) found.push({ rule, text, atMs });
  return found;
}

type Breach = readonly [rule: string, text: string];

/** What a fact breaks, seen from what was before it. */
function judge(observed: ObservedWorld, entry: Entry): readonly Breach[] {
  switch (entry.what) {
    case "state":
      return entry.author === "agent" ? stateBreaches(observed, entry) : [];
    case "stop":
      return stopBreaches(observed, entry);
    case "task":
      return launchBreaches(observed, entry);
    case "registered":
      return registrationBreaches(observed, entry);
    case "log":
      return secretBreaches(entry.text);
    case "left":
      return leftBreaches(observed, entry);
    case "agent":
      return entry.happened.startsWith("threw") ? [["threw", `${entry.agent} ${entry.happened}`]] : [];
    default:
      return [];
  }
}

/** Where nothing but reads goes wrong, no claim is dropped that waits for its task to begin, or whose task is live. */
function leftBreaches(
  observed: ObservedWorld,
  { run: id, agent, atMs }: Extract<Entry, { what: "left" }>,
): readonly Breach[] {
  const run = observed.runs.get(id);
  const setup = setupOf(observed, agent);
  if (run === undefined || setup === undefined || !isCalmButForReads(observed.scenario)) return [];
  if (!isOwn(setup, run.claim)) return [];
  const isWaiting = run.type === "Submitted" && atMs - run.sinceMs < HIDDEN_MS;
  const isAlive = run.type === "Running" && run.tasks.some(({ isLive, isStopping }) => isLive && !isStopping);
  return isWaiting || isAlive
    ? [["dropped", `${agent} dropped ${id}, which is ${run.type} by its own claim`]]
    : [];
}

function isCalmButForReads({ replica, network, agents, crash, ...scenario }: Scenario): boolean {
  const { ecs: { denied }, outages, stops, jumps, update, foreign, poison } = scenario;
  const faults = network.loseRequest + network.loseReply + network.twice + network.late + network.slow +
    network.serverError;
  return replica !== null && faults + crash.rate + foreign + denied.length + outages.length === 0 &&
    stops.length + jumps.length === 0 && update === null && poison === null && agents.length === 1;
}

/** What is wrong after a fact. */
function judgeAfter(observed: ObservedWorld, entry: Entry): readonly Breach[] {
  if (entry.what !== "task") return [];
  const run = observed.runs.get(entry.run);
  const made = observed.tasks.get(entry.task);
  if (run === undefined || made === undefined) return [["unknownRun", `a task for ${entry.run}`]];
  if (made.claim === null) {
    return [["unclaimed", `${made.arn} for ${run.id}, which was never claimed`]];
  }
  const breaches: Breach[] = [];
  const same = run.tasks.filter((task) => task.claim === made.claim);
  const live = same.filter((task) => task.isLive);
  if (live.length > 1 && !isGrantedTwice(observed, run, made.claim)) {
    breaches.push(["twice", `${run.id} has ${live.length} live tasks of claim ${made.claim}`]);
  }
  const most = defaultLaunchPolicy.maxAttempts * Math.max(1, grantedClusters(run, made.claim));
  if (same.length > most) {
    breaches.push(["tooMany", `${run.id} was launched ${same.length} times by one claim`]);
  }
  return breaches;
}

/** A server without versions may grant one claim to agents of two clusters: a limit that `docs/limits.md` names. */
function isGrantedTwice({ scenario }: ObservedWorld, run: ObservedRun, claim: string): boolean {
  return scenario.server === "guard" && grantedClusters(run, claim) > 1;
}

function stateBreaches(observed: ObservedWorld, fact: StateFact): readonly Breach[] {
  const run = observed.runs.get(fact.run);
  if (run === undefined) return [];
  const says = `${fact.agent} set ${run.id} to ${fact.to} over ${run.type} (${run.author})`;
  const breaches: Breach[] = [...secretBreaches(fact.message)];
  if (isBlamed(fact) && fact.run !== observed.scenario.poison) breaches.push(["innocent", says]);
  if (isUnavoidable(observed, fact, run)) return breaches;
  if (isEnd(run.type)) breaches.push(["overwritten", says]);
  else if (isForeignTo(observed, fact, run)) breaches.push(["foreign", says]);
  else if (fact.to === "Submitted" && run.type !== "Scheduled" && !isTakenOver(observed, fact, run)) {
    breaches.push(["overwritten", says]);
  }
  const live = run.tasks.find((task) => task.isLive && !isGoing(task, fact.agent));
  if (
    fact.to !== "Submitted" && live !== undefined && isLiveClaim(run, live.claim) && !isShared(observed, run)
  ) {
    breaches.push(["endedAlive", `${says} although ${live.arn} lives`]);
  }
  return breaches;
}

/** Whether a run is failed because it ends processes. */
function isBlamed({ to, message }: StateFact): boolean {
  return to === "Failed" && message.includes("was being planned when the agent's process ended");
}

/** What others, or AWS, are ending need not be waited for; what this agent ends itself must be gone. */
function isGoing({ isStopping, stoppedBy }: ObservedTask, agent: string | null): boolean {
  return isStopping && (agent === null || !stoppedBy.has(agent));
}

/** A claim of the agent's own name and cluster goes from one process to another, which knows what it replaces. */
function isTakenOver(
  observed: ObservedWorld,
  { agent, claim, expected }: StateFact,
  run: ObservedRun,
): boolean {
  if (agent === null || run.type !== "Submitted" || run.claim?.claim !== claim?.claim) return false;
  if (expected !== run.version) return false;
  return isOwn(setupOf(observed, agent), run.claim);
}

/** A task of an earlier claim may still be on its way out. */
function isLiveClaim(run: ObservedRun, claim: string | null): boolean {
  return run.claim === null || run.claim.claim === claim;
}

/**
 * Where the API does not check versions a state may come between reading and setting. Only a short time, and only where the
 * agent could not know.
 */
function isUnavoidable(observed: ObservedWorld, fact: StateFact, run: ObservedRun): boolean {
  if (observed.scenario.server === "versions" || fact.agent === null) return false;
  const known = knownTo(observed, fact.agent, fact);
  if (known === undefined || known.executedMs > run.sinceMs) return false;
  if (run.sinceMs >= fact.sentMs) return true;
  const window = fact.to === "Submitted" ? CLAIM_WINDOW_MS : WINDOW_MS;
  return fact.sentMs - known.executedMs <= window;
}

function isForeignTo(observed: ObservedWorld, fact: StateFact, run: ObservedRun): boolean {
  if (run.isForeign) return true;
  if (run.type === "Scheduled" || run.claim === null || fact.agent === null) return false;
  if (isShared(observed, run)) return false;
  return !isOwn(setupOf(observed, fact.agent), run.claim);
}

/** Without versions a message that comes late may grant one claim to agents of two names or clusters. */
function isShared({ scenario }: ObservedWorld, { claim, granted }: ObservedRun): boolean {
  return scenario.server === "guard" && claim !== null && (granted.get(claim.claim)?.size ?? 0) > 1;
}

function stopBreaches(observed: ObservedWorld, fact: Extract<Entry, { what: "stop" }>): readonly Breach[] {
  const task = observed.tasks.get(fact.task);
  const by = setupOf(observed, fact.agent);
  const owner = task === undefined ? undefined : setupOf(observed, task.agent);
  if (task === undefined || by === undefined || owner === undefined) {
    return [["foreign", `stopped ${fact.task}`]];
  }
  if (by.name === owner.name && by.cluster === owner.cluster) return [];
  if (isCancelledByHolder(observed, fact.task, by) || isNamedByLateClaim(observed, task.run, by)) return [];
  return [["foreign", `${fact.agent} stopped ${fact.task}, which ${task.agent} had launched`]];
}

/** All tasks of a run that is being cancelled may be stopped by an agent that holds, or held, a claim on it. */
function isCancelledByHolder(
  observed: ObservedWorld,
  arn: string,
  by: { name: string; cluster: string },
): boolean {
  const run = [...observed.runs.values()].find(({ tasks }) => tasks.some((task) => task.arn === arn));
  const holders = [...run?.granted.values() ?? []].flatMap((names) => [...names]);
  return run?.type === "Cancelling" && holders.includes(`${by.cluster} ${by.name}`);
}

/** A server without versions lets a claim that comes late name another agent: a limit that `docs/limits.md` names. */
function isNamedByLateClaim({ scenario, runs }: ObservedWorld, id: string, by: AgentSetup): boolean {
  return scenario.server === "guard" && isOwn(by, runs.get(id)?.claim ?? null);
}

function launchBreaches(observed: ObservedWorld, fact: Extract<Entry, { what: "task" }>): readonly Breach[] {
  const run = observed.runs.get(fact.run);
  const known = knownTo(observed, fact.agent, fact);
  if (run === undefined || known === undefined) return [];
  const breaches: Breach[] = [];
  // What it knew must be what still holds: a slow answer may be older than its own claim.
  const isWithdrawn = isEnd(known.type) || known.type === "Cancelling";
  if (isWithdrawn && known.version === run.version) {
    breaches.push(["cancelled", `${fact.agent} launched ${run.id} though it had read ${known.type}`]);
  }
  if (run.isForeign && run.granted.size === 0) breaches.push(["foreign", `${fact.agent} launched ${run.id}`]);
  return breaches;
}

/**
 * Definitions of one run alone that are still registered at the end. A process that has ended cannot deregister them any
 * more: a limit that `docs/limits.md` names.
 */
function leftRegistered({ scenario, definitions, ended }: ObservedWorld): readonly Breach[] {
  if (!scenario.variant.definitionPerRun || scenario.ecs.denied.includes("DescribeTaskDefinition")) return [];
  const isKnown = ({ isRepeat, sentMs, atMs }: ObservedDefinition) => !isRepeat && atMs - sentMs <= SWEPT_MS;
  return [...definitions.values()]
    .filter((one) => one.isActive && !ended.has(one.agent) && isKnown(one))
    .map(({ name, agent }) => ["leftRegistered", `${name}, registered by ${agent}`]);
}

function registrationBreaches(
  { scenario }: ObservedWorld,
  { family, alreadyMs, agent }: Extract<Entry, { what: "registered" }>,
): readonly Breach[] {
  if (alreadyMs === null || alreadyMs < STEADY_MS || scenario.variant.definitionPerRun) return [];
  // Without these permissions the digest is known to one process only, or cannot be looked up.
  if (scenario.ecs.denied.includes("TagResource") || scenario.ecs.denied.includes("DescribeTaskDefinition")) {
    return [];
  }
  return [["registered", `${agent} registered ${family} again, ${alreadyMs} ms after the same`]];
}

function secretBreaches(text: string): readonly Breach[] {
  return SECRETS.some((secret) => text.includes(secret)) ? [["secret", "a secret in a text"]] : [];
}

/** What is not settled when time is up. */
function leftOver(observed: ObservedWorld): readonly Breach[] {
  return [...observed.runs.values()].flatMap((run): readonly Breach[] => {
    if (isEnd(run.type)) return [];
    if (run.type === "Scheduled") return [["never", `${run.id} was never taken up`]];
    // Without this permission tasks are not watched, which the agent says once.
    if (run.isForeign || observed.scenario.ecs.denied.includes("DescribeTasks")) return [];
    return [["silent", `${run.id} is still ${run.type} (version ${run.version})`]];
  });
}
