/**
 * Whether a recorded world of Prefect 3 kept the guarantee: a right to launch is used once, no run is lost, nobody's end is
 * overwritten, limits hold, nothing of other workers is touched. Looks at the record only, never into the worker.
 *
 * @module
 */

import { WORKER_CANCEL_GRACE_S } from "../../flavours/ecs_worker/option_rows.ts";
import { defaultLaunchPolicy } from "../../schemas/flow_run/launch_policy.ts";
import { SECRETS } from "../agents.ts";
import type { Violation } from "../checker.ts";
import { knownTo, setupOf } from "../observed_world.ts";
import type { Entry } from "../world/history.ts";
import {
  advance3,
  emptyWorld3,
  isEnd3,
  isRetrying,
  type ObservedRun3,
  type ObservedTask3,
  type ObservedWorld3,
} from "./observed_world.ts";
import type { Scenario3 } from "./scenario.ts";

/** A recorded world. */
export interface Recorded3 {
  readonly scenario: Scenario3;
  readonly history: readonly Entry[];
  readonly isSettled: boolean;
}

type Breach = readonly [rule: string, text: string];
type Fact<What extends Entry["what"]> = Extract<Entry, { what: What }>;

/** All breaches, in order. */
export function check3({ scenario, history, isSettled }: Recorded3): readonly Violation[] {
  const observed = emptyWorld3(scenario);
  const found: Violation[] = [];
  const keep = (atMs: number) => ([rule, text]: Breach) => void found.push({ rule, text, atMs });
  for (const entry of history) {
    judge(observed, entry).forEach(keep(entry.atMs));
    advance3(observed, entry);
    judgeAfter(observed, entry).forEach(keep(entry.atMs));
  }
  const atEnd = [...isSettled ? [] : leftOver(observed), ...unnamed(observed), ...undone(observed)];
  atEnd.forEach(keep(history.at(-1)?.atMs ?? 0));
  return found;
}

/** What a fact breaks, seen from what was before it. */
function judge(observed: ObservedWorld3, entry: Entry): readonly Breach[] {
  switch (entry.what) {
    case "state":
      return entry.author === "agent" ? stateBreaches(observed, entry) : [];
    case "stop":
      return stopBreaches(observed, entry);
    case "task":
      return launchBreaches(observed, entry);
    case "named":
      return nameBreaches(observed, entry);
    case "registered":
      return registrationBreaches(entry);
    case "log":
      return secretBreaches(entry.text);
    case "agent":
      return entry.happened.startsWith("threw") ? [["threw", `${entry.agent} ${entry.happened}`]] : [];
    default:
      return [];
  }
}

/** What is wrong after a fact. */
function judgeAfter(observed: ObservedWorld3, entry: Entry): readonly Breach[] {
  if (entry.what === "task") return taskBreaches(observed, entry);
  return entry.what === "state" ? limitBreaches(observed) : [];
}

function stateBreaches(observed: ObservedWorld3, fact: Fact<"state">): readonly Breach[] {
  const run = observed.runs.get(fact.run);
  if (run === undefined || fact.agent === null) return [];
  const says = `${fact.agent} set ${run.id} to ${fact.to} ${fact.name} over ${run.type} (${run.author})`;
  const breaches: Breach[] = [...secretBreaches(fact.message)];
  const known = knownTo(observed, fact.agent, fact);
  // A claim may be sent on what an earlier page showed; that it takes back no end shows in the end.
  const isClaim = fact.to === "PENDING" && fact.name === "Pending";
  // A flow that has told its end is on its way out; where that end was taken back, no client does better than to set it again.
  const isToldAgain = run.told.get(run.right) === fact.to;
  const isRestored = isToldAgain && run.author === "agent";
  const isKnown = known?.version === run.version && !isRestored;
  if (isEnd3(run.type) && isKnown && !isClaim) breaches.push(["overwritten", says]);
  if (run.isForeign && isKnown) breaches.push(["foreign", says]);
  if (fact.to === "PENDING" && isTakenFromLiving(observed, fact, run)) breaches.push(["living", says]);
  const live = run.tasks.find((task) => task.isLive && !isGoing(task, fact.agent) && isKnowable(task, fact));
  if (isEnd3(fact.to) && live?.right === run.right && !isToldAgain) {
    breaches.push(["endedAlive", `${says} although ${live.arn} lives`]);
  }
  return breaches;
}

/** What others, or AWS, are ending need not be waited for; what this worker ends itself must be gone. */
function isGoing({ isStopping, stoppedBy }: ObservedTask3, agent: string | null): boolean {
  return isStopping && (agent === null || !stoppedBy.has(agent));
}

/**
 * A request to start a task may be carried out long after it was sent, and after its run was cancelled: that task is stopped by
 * who finds it. The run fails only once the outcome of each of its requests is known.
 */
function isKnowable(task: ObservedTask3, { to, sentMs }: Fact<"state">): boolean {
  return to !== "CANCELLED" || task.atMs <= sentMs;
}

/** Where nothing is wrong with the API, no worker takes the claim of another that lives. */
function isTakenFromLiving(
  observed: ObservedWorld3,
  { agent, right }: Fact<"state">,
  run: ObservedRun3,
): boolean {
  if (agent === null || run.type !== "PENDING" || !isCalm(observed.scenario)) return false;
  const own = setupOf(observed, agent)?.name;
  const holders = [...run.granted.get(right ?? "")?.keys() ?? []];
  return holders.some((holder) => observed.alive.has(holder) && setupOf(observed, holder)?.name !== own);
}

function isCalm({ network, outages, sockets, crash, stops }: Scenario3): boolean {
  const faults = network.loseRequest + network.loseReply + network.twice + network.late + network.slow +
    network.serverError;
  return faults + outages.length + sockets.breaks.length + sockets.away.length + crash.rate + stops.length ===
    0;
}

function taskBreaches(observed: ObservedWorld3, entry: Fact<"task">): readonly Breach[] {
  const run = observed.runs.get(entry.run);
  const made = observed.tasks.get(entry.task);
  if (run === undefined || made === undefined) return [["unknownRun", `a task for ${entry.run}`]];
  if (made.right === null) return [["unclaimed", `${made.arn} for ${run.id}, which was not claimed`]];
  const same = run.tasks.filter(({ right }) => right === made.right);
  const live = same.filter(({ isLive }) => isLive);
  const breaches: Breach[] = [];
  if (live.length > 1) breaches.push(["twice", `${run.id} has ${live.length} live tasks of ${made.right}`]);
  if (same.length > defaultLaunchPolicy.maxAttempts) {
    breaches.push(["tooMany", `${run.id} was launched ${same.length} times by one right`]);
  }
  if (run.begun.has(made.right)) breaches.push(["again", `${run.id} was launched again after it had begun`]);
  return breaches;
}

function launchBreaches(observed: ObservedWorld3, fact: Fact<"task">): readonly Breach[] {
  const run = observed.runs.get(fact.run);
  const known = knownTo(observed, fact.agent, fact);
  if (run === undefined) return [];
  const says = `${fact.agent} launched ${run.id}`;
  const isWithdrawn = known !== undefined && (isEnd3(known.type) || known.type === "CANCELLING");
  const breaches: Breach[] = [];
  if (isWithdrawn && known.version === run.version) {
    breaches.push(["cancelled", `${says} though it had read ${known.type}`]);
  }
  if (run.isForeign && !run.granted.has(run.right)) breaches.push(["foreign", says]);
  return breaches;
}

/** The id of a task is of the launch that the process was granted last. */
function nameBreaches(observed: ObservedWorld3, fact: Fact<"named">): readonly Breach[] {
  const run = observed.runs.get(fact.run);
  const task = observed.tasks.get(fact.task);
  if (run === undefined || task === undefined) {
    return [["stale", `${fact.agent} names ${fact.task}, which is unknown`]];
  }
  const grantedMs = run.granted.get(run.right)?.get(fact.agent);
  // A flow that retries within its task goes on in the task of its earlier launch, and may end there.
  const isStale = !isRetrying(observed, run.id) && grantedMs !== undefined && grantedMs <= fact.sentMs &&
    task.right !== run.right;
  return isStale
    ? [["stale", `${fact.agent} names ${fact.task}, which is of an earlier launch of ${run.id}`]]
    : [];
}

function stopBreaches(observed: ObservedWorld3, fact: Fact<"stop">): readonly Breach[] {
  const task = observed.tasks.get(fact.task);
  const run = observed.runs.get(task?.run ?? "");
  if (task === undefined || run === undefined) return [["foreign", `${fact.agent} stopped ${fact.task}`]];
  const breaches: Breach[] = [];
  const names = new Set(
    [...run.granted.values()].flatMap((processes) =>
      [...processes.keys()].map((process) => setupOf(observed, process)?.name)
    ),
  );
  const isCancelled = run.type === "CANCELLING" || run.type === "CANCELLED";
  if (!names.has(setupOf(observed, fact.agent)?.name) && !isCancelled) {
    breaches.push(["foreign", `${fact.agent} stopped ${fact.task}, which ${task.agent} had launched`]);
  }
  const sinceMs = fact.atMs - run.sinceMs;
  const hasBegun = task.isRunning && task.right !== null && run.begun.has(task.right);
  // The task of a run that was cancelled before its flow had begun needs no grace.
  if (
    run.type === "CANCELLING" && run.from === "RUNNING" && hasBegun &&
    sinceMs < WORKER_CANCEL_GRACE_S * 1000 && !task.isStopping
  ) {
    breaches.push([
      "noGrace",
      `${fact.agent} stopped ${fact.task} ${sinceMs} ms after ${run.id} was cancelled`,
    ]);
  }
  return breaches;
}

/** States in which a run holds a slot of its deployment. */
const HOLDING: ReadonlySet<string> = new Set(["PENDING", "RUNNING", "CANCELLING"]);

/** No more runs hold slots than there are, and than the server itself gives away twice. */
function limitBreaches({ scenario, runs, untaken }: ObservedWorld3): readonly Breach[] {
  return scenario.deployments.flatMap(({ id, limit }, at): readonly Breach[] => {
    if (limit === null) return [];
    const own = scenario.due.filter(({ deployment }) => deployment === at);
    const holding = own.filter((due) => HOLDING.has(runs.get(due.id)?.type ?? "")).map((due) => due.id);
    const most = own.reduce((sum, due) => sum + (untaken.get(due.id) ?? 0), limit);
    return holding.length > most
      ? [[
        "limit",
        `${holding.length} runs of ${id} at a time, at most ${most} may be: ${holding.join(", ")}`,
      ]]
      : [];
  });
}

/** From then on every process can find a definition. */
const STEADY_MS = 60_000;

function registrationBreaches({ family, alreadyMs, agent }: Fact<"registered">): readonly Breach[] {
  if (alreadyMs === null || alreadyMs < STEADY_MS) return [];
  return [["registered", `${agent} registered ${family} again, ${alreadyMs} ms after the same`]];
}

function secretBreaches(text: string): readonly Breach[] {
  return SECRETS.some((secret) => text.includes(secret)) ? [["secret", "a secret in a text"]] : [];
}

/** What is not settled when time is up. */
function leftOver({ runs, scenario }: ObservedWorld3): readonly Breach[] {
  const isHeldUp = scenario.poolLimit !== null && [...runs.values()].some(({ isForeign }) => isForeign);
  return [...runs.values()].flatMap((run): readonly Breach[] => {
    if (isEnd3(run.type) || run.isForeign) return [];
    if (run.type !== "SCHEDULED") {
      return [["silent", `${run.id} is still ${run.type} (version ${run.version})`]];
    }
    return isHeldUp ? [] : [["never", `${run.id} was never taken up`]];
  });
}

/** A task that lived so long was told of, unless AWS kept its answer back. */
const TOLD_MS = 60_000;

/** Where no process ended and AWS answers well, the API knows the id of every task that lived for a while. */
function unnamed({ tasks, ended, scenario }: ObservedWorld3): readonly Breach[] {
  const { network: { aim }, ecs: { throttle, limitShare, emptyAnswer } } = scenario;
  const isAwsWell = aim !== null && !aim.includes("RunTask") && throttle.length === 0 && limitShare === 1 &&
    emptyAnswer === 0;
  if (ended.size > 0 || !isAwsWell) return [];
  return [...tasks.values()]
    .filter(({ isNamed, atMs, stoppedMs }) => !isNamed && (stoppedMs ?? Infinity) - atMs > TOLD_MS)
    .map(({ arn, run }) => ["idless", `the API was never told of ${arn}, the task of ${run}`]);
}

/** A run whose flow has told its end has that end in the end, whatever was delivered late. */
function undone({ runs }: ObservedWorld3): readonly Breach[] {
  return [...runs.values()].flatMap((run): readonly Breach[] => {
    const told = run.told.get(run.right);
    if (told === undefined || run.author !== "agent" || run.type === told) return [];
    return [["undone", `${run.id} had told ${told} and is ${run.type}`]];
  });
}
