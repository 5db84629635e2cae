/**
 * Plays one part of the demo: an agent, its flows, and what becomes of their runs.
 *
 * @module
 */

import { join } from "node:path";
import type { Clock } from "../../schemas/time/clock.ts";
import type { CountedRequest } from "../http/request_counts.ts";
import type { Sandbox } from "../sandbox.ts";
import { type DemoAgent, startDemoAgent } from "./agent.ts";
import type { DemoClient, DemoPart, ScheduledRun } from "./part.ts";
import {
  AWS_CLIENT_NAME,
  awsClientOf,
  type DemoRun,
  demoRuns,
  hasEnded,
  isRight,
  requestsOfAgent,
  type RunCost,
  runCosts,
  stateOf,
} from "./progress.ts";

/** What a part needs of the demo. */
export interface PartOptions {
  readonly folder: string;
  readonly deno: string;
  readonly env: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onPage: (url: string) => void;
  readonly onLook: (runs: readonly DemoRun[], elapsedMs: number) => void;
}

/** How a part ended. */
export interface DemoResult {
  readonly runs: readonly DemoRun[];
  readonly costs: ReadonlyMap<string, RunCost>;
  /** Why it did not end as it should, null when it did. */
  readonly trouble: string | null;
  /** What the agent printed. */
  readonly agentLog: string;
}

/** A part whose runs have ended, or never will, and whose page and API are still there. */
export interface PlayedDemo extends DemoResult {
  /** Address of the inspector's page, with its token; null: the agent did not serve it. */
  readonly page: string | null;
  readonly apiUrl: string;
}

const LOOK_MS = 200;
/** Longest time for the agent to make itself known, and for all runs to end. */
const START_MS = 20_000;
const LONGEST_MS = 60_000;

/** Once all runs have ended the agent goes on for this long: it hears the last answers, and its page shows the last ends. */
const LAST_MS = 1500;

/** What the steps of a part share. */
export interface Stage {
  readonly part: DemoPart;
  readonly options: PartOptions;
  readonly client: DemoClient;
  readonly agent: DemoAgent;
  readonly agentLog: string;
  readonly apiUrl: string;
  /** Set when the agent ends by itself, which it should not. */
  readonly agentEnd: { code: number | null };
  /** Resolves once the agent has ended. */
  readonly ended: Promise<void>;
}

/** Starts the agent of a part. */
export async function startStage(part: DemoPart, options: PartOptions, sandbox: Sandbox): Promise<Stage> {
  const { deno, env, folder } = options;
  const agentLog = join(folder, part.logName);
  const name = { [AWS_CLIENT_NAME]: awsClientOf(part) };
  const variables = { ...await part.variables(sandbox), ...name, NO_COLOR: "1" };
  const agent = startDemoAgent({ deno, env, words: part.words, variables, logFile: agentLog });
  const agentEnd: { code: number | null } = { code: null };
  const ended = agent.exited.then((code) => {
    agentEnd.code = code;
  });
  const apiUrl = part.flavour === "worker" ? sandbox.prefect3Url : sandbox.apiUrl;
  return { part, options, client: part.open(sandbox), agent, agentLog, apiUrl, agentEnd, ended };
}

/** Plays the part. @param requests all that the sandbox has answered since the part began */
export async function playPart(stage: Stage, requests: readonly CountedRequest[]): Promise<PlayedDemo> {
  const played = await play(stage, requests);
  const page = stage.agentEnd.code === null ? await stage.agent.page : null;
  return { ...played, agentLog: stage.agentLog, apiUrl: stage.apiUrl, page };
}

async function play(
  stage: Stage,
  requests: readonly CountedRequest[],
): Promise<Omit<DemoResult, "agentLog">> {
  const trouble = await untilReady(stage);
  if (trouble !== null) return { runs: [], costs: new Map(), trouble };
  const page = await stage.agent.page;
  if (page !== null) stage.options.onPage(page);
  const followed = await follow(stage, await stage.client.schedule());
  await pause(stage.options, LAST_MS);
  return { ...followed, costs: runCosts(requestsOfAgent(stage.part, requests), followed.runs) };
}

function pause({ clock }: PartOptions, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.after(ms, resolve));
}

/** Why nothing more will come, null while there is hope. */
function hopeless({ options, agentEnd }: Stage, sinceMs: number): string | null {
  if (options.signal.aborted) return "The demo was interrupted";
  if (agentEnd.code !== null) return `The agent ended by itself with exit code ${agentEnd.code}`;
  return sinceMs > LONGEST_MS ? `After ${LONGEST_MS / 1000} s some runs have not ended` : null;
}

async function untilReady(stage: Stage): Promise<string | null> {
  const { options, client } = stage;
  const startedAt = options.clock.now();
  while (options.clock.now() - startedAt < START_MS) {
    if (await client.isReady()) return null;
    const why = hopeless(stage, 0);
    if (why !== null) return why;
    await pause(options, LOOK_MS / 4);
  }
  return `The agent did not register within ${START_MS / 1000} s`;
}

/** Runs that were cancelled or resumed already. */
type Done = Set<string>;

async function actDue({ client }: Stage, runs: readonly DemoRun[], done: Done): Promise<void> {
  for (const run of runs) {
    if (done.has(run.id)) continue;
    const type = stateOf(run)?.type;
    const act = run.flow.isCancelled && type === "Running"
      ? client.cancel
      : run.flow.isResumed === true && type === "Suspended"
      ? client.resume
      : null;
    if (act === null) continue;
    done.add(run.id);
    await act(run.id);
  }
}

async function follow(
  stage: Stage,
  scheduled: readonly ScheduledRun[],
): Promise<{ readonly runs: readonly DemoRun[]; readonly trouble: string | null }> {
  const { options, client } = stage;
  const startedAt = options.clock.now();
  const done: Done = new Set();
  for (;;) {
    const runs = demoRuns(scheduled, await client.read(scheduled.map(({ id }) => id)));
    const elapsedMs = options.clock.now() - startedAt;
    options.onLook(runs, elapsedMs);
    if (runs.every(hasEnded)) {
      return { runs, trouble: runs.every(isRight) ? null : "Some runs ended wrongly" };
    }
    const trouble = hopeless(stage, elapsedMs);
    if (trouble !== null) return { runs, trouble };
    await actDue(stage, runs, done);
    await pause(options, LOOK_MS);
  }
}
