/**
 * The demo: a sandbox, an agent and a handful of flows, from start to end.
 *
 * @module
 */

import { join } from "node:path";
import type { Clock, Random } from "../../schemas/time/clock.ts";
import { type Graphql, sandboxClient } from "./api_client.ts";
import { type DemoAgent, startDemoAgent } from "./agent.ts";
import { cancelRun, readRuns, scheduleDemo, type ScheduledRun } from "./client.ts";
import { DEMO_FLOWS } from "./flows.ts";
import { type DemoRun, demoRuns, hasEnded, isRight, type RunCost, runCosts, stateOf } from "./progress.ts";
import type { CountedRequest } from "../http/request_counts.ts";
import { type Sandbox, startSandbox } from "../sandbox.ts";
import { awsVariables, prefectVariables } from "../environment.ts";

/** How the demo is run. */
export interface DemoOptions {
  /** Folder for the state of the sandbox and the agent's log; exists. */
  readonly folder: string;
  /** Path of this very Deno. */
  readonly deno: string;
  readonly env: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly random: Random;
  /** Told of the address of the inspector's page, with its token, before the first look. */
  readonly onPage: (url: string) => void;
  /** Ends the demo early. */
  readonly signal: AbortSignal;
  /** Told of the runs at each look, with the milliseconds since they were scheduled. */
  readonly onLook: (runs: readonly DemoRun[], elapsedMs: number) => void;
  /** Called once the runs have ended: agent and sandbox go on until it resolves, or the agent has ended by itself. */
  readonly stay: (played: PlayedDemo) => Promise<void>;
  readonly log: (line: string) => void;
}

/** A demo whose runs have ended, or never will, and whose page and API are still there. */
export interface PlayedDemo extends DemoResult {
  /** Address of the inspector's page, with its token; null: the agent did not serve it. */
  readonly page: string | null;
  readonly apiUrl: string;
}

/** How the demo ended. */
export interface DemoResult {
  readonly runs: readonly DemoRun[];
  readonly costs: ReadonlyMap<string, RunCost>;
  /** Why it did not end as it should, null when it did. */
  readonly trouble: string | null;
  /** What the agent printed. */
  readonly agentLog: string;
}

/** The demo's own requests are not the agent's. */
const DEMO_CLIENT = "demo";
const CLIENTS_OF_RUNS: ReadonlySet<string> = new Set([DEMO_CLIENT, "demo-flow"]);
const LOOK_MS = 200;
/** Longest time for the agent to register, and for all runs to end. */
const START_MS = 20_000;
const LONGEST_MS = 60_000;

/** Once all runs have ended the agent goes on for this long: it hears the last answers, and its page shows the last ends. */
const LAST_MS = 1500;

/** What the steps of the demo share. */
interface Stage {
  readonly options: DemoOptions;
  readonly sandbox: Sandbox;
  readonly ask: Graphql;
  readonly agent: DemoAgent;
  /** Set when the agent ends by itself, which it should not. */
  readonly agentEnd: { code: number | null };
}

function pause({ clock }: DemoOptions, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.after(ms, resolve));
}

/** Why nothing more will come, null while there is hope. */
function hopeless({ options, agentEnd }: Stage, sinceMs: number): string | null {
  if (options.signal.aborted) return "The demo was interrupted";
  if (agentEnd.code !== null) return `The agent ended by itself with exit code ${agentEnd.code}`;
  return sinceMs > LONGEST_MS ? `After ${LONGEST_MS / 1000} s some runs have not ended` : null;
}

async function untilRegistered(stage: Stage): Promise<string | null> {
  const { options, ask } = stage;
  const startedAt = options.clock.now();
  while (options.clock.now() - startedAt < START_MS) {
    const { agent } = await ask("query { agent { id } }");
    if (Array.isArray(agent) && agent.length > 0) return null;
    const why = hopeless(stage, 0);
    if (why !== null) return why;
    await pause(options, LOOK_MS / 4);
  }
  return `The agent did not register within ${START_MS / 1000} s`;
}

async function cancelDue(ask: Graphql, runs: readonly DemoRun[], cancelled: Set<string>): Promise<void> {
  for (const run of runs) {
    if (!run.flow.isCancelled || cancelled.has(run.id) || stateOf(run)?.type !== "Running") continue;
    cancelled.add(run.id);
    await cancelRun(ask, run.id);
  }
}

async function follow(
  stage: Stage,
  scheduled: readonly ScheduledRun[],
): Promise<{ readonly runs: readonly DemoRun[]; readonly trouble: string | null }> {
  const { options, ask } = stage;
  const startedAt = options.clock.now();
  const cancelled = new Set<string>();
  for (;;) {
    const runs = demoRuns(scheduled, await readRuns(ask, scheduled.map((run) => run.id)));
    const elapsedMs = options.clock.now() - startedAt;
    options.onLook(runs, elapsedMs);
    if (runs.every(hasEnded)) {
      return { runs, trouble: runs.every(isRight) ? null : "Some runs ended wrongly" };
    }
    const trouble = hopeless(stage, elapsedMs);
    if (trouble !== null) return { runs, trouble };
    await cancelDue(ask, runs, cancelled);
    await pause(options, LOOK_MS);
  }
}

async function play(
  stage: Stage,
  requests: readonly CountedRequest[],
): Promise<Omit<DemoResult, "agentLog">> {
  const trouble = await untilRegistered(stage);
  if (trouble !== null) return { runs: [], costs: new Map(), trouble };
  const page = await stage.agent.page;
  if (page !== null) stage.options.onPage(page);
  const scheduled = await scheduleDemo(stage.ask, DEMO_FLOWS);
  const followed = await follow(stage, scheduled);
  await pause(stage.options, LAST_MS);
  const ofAgent = requests.filter((each) => !CLIENTS_OF_RUNS.has(each.client));
  return { ...followed, costs: runCosts(ofAgent, followed.runs) };
}

function startAgent({ deno, env, folder }: DemoOptions, sandbox: Sandbox): DemoAgent {
  const variables = { ...prefectVariables(sandbox), ...awsVariables(sandbox), NO_COLOR: "1" };
  return startDemoAgent({ deno, env, variables, logFile: join(folder, "agent.log") });
}

async function withAgent(
  options: DemoOptions,
  sandbox: Sandbox,
  requests: readonly CountedRequest[],
): Promise<DemoResult> {
  const agent = startAgent(options, sandbox);
  const agentEnd: { code: number | null } = { code: null };
  const ended = agent.exited.then((code) => {
    agentEnd.code = code;
  });
  try {
    const ask = sandboxClient({ url: sandbox.apiUrl, apiKey: sandbox.apiKey }, {
      "user-agent": DEMO_CLIENT,
    });
    const played = await play({ options, sandbox, ask, agent, agentEnd }, requests);
    const result = { ...played, agentLog: join(options.folder, "agent.log") };
    const page = agentEnd.code === null ? await agent.page : null;
    await Promise.race([options.stay({ ...result, page, apiUrl: sandbox.apiUrl }), ended]);
    return result;
  } finally {
    await agent.stop();
    await ended;
  }
}

/** Plays the demo; nothing of it runs any more when this resolves, well or not. */
export async function playDemo(options: DemoOptions): Promise<DemoResult> {
  const requests: CountedRequest[] = [];
  const { folder, deno, env, clock, random, log } = options;
  const sandbox = await startSandbox({
    apiPort: 0,
    ecsPort: 0,
    dataDir: folder,
    imageExec: [],
    limits: "documented",
    deno,
    env,
    clock,
    random,
    log,
    onRequest: (request) => void requests.push(request),
  });
  try {
    return await withAgent(options, sandbox, requests);
  } finally {
    await sandbox.close();
  }
}
