/**
 * The agents of a world: the production program over its production wiring, started, killed and started again.
 *
 * @module
 */

import { makeRedactor } from "../schemas/secrets/redact.ts";
import { NEVER, Subject } from "rxjs";
import type { InspectionEvent } from "xstate";
import { unobserved } from "../actors/observability/call_observer.ts";
import type { Log } from "../schemas/contracts/log.ts";
import type { Flavour } from "../schemas/contracts/flavour.ts";
import type { LaunchPlan } from "../schemas/ecs/launch_plan.ts";
import { runAgent } from "../agent/program.ts";
import { runEcs } from "../commands/wiring/ecs/platform.ts";
import { ecsAgent } from "../commands/wiring/ecs/agent.ts";
import { fargateAgent } from "../commands/wiring/fargate/agent.ts";
import { openConfigured, type OpenOnEcs } from "../commands/wiring/prefect1/on_ecs.ts";
import { makeEffects } from "../commands/wiring/make_effects.ts";
import type { RunReaders } from "../commands/wiring/platform.ts";
import { scopeText } from "../schemas/ecs/scope.ts";
import type { AgentEvent } from "../schemas/flow_run/events.ts";
import type { RunPlan } from "../schemas/plan/run_plan.ts";
import { defaultPacingSettings } from "../schemas/ecs/pacing_options.ts";
import { defaultTemplateSettings } from "../schemas/templates/template_options.ts";
import { defaultLaunchSettings, type LaunchSettings } from "../schemas/options/launch_settings.ts";
import { Secret } from "../schemas/secrets/secret.ts";
import type { AgentEffects, AgentProgram } from "../agent/effects.ts";
import type { TypedOptions } from "../schemas/options/typed_options.ts";
import type { Prefect1Settings } from "../schemas/prefect1/config/settings.ts";
import type { FlowRun } from "../schemas/prefect1/flow_run.ts";
import { diceOf } from "./world/dice.ts";
import type { EcsWorld } from "./ecs/world.ts";
import { type AgentProcess, clockOf, type Coverage, type CrashBudget, kill, step } from "./agent_process.ts";
import type { makePrefectApi } from "./prefect1/api.ts";
import { httpOfRelease010 } from "./release_0_1_0.ts";
import { clockWithBug, ecsWithBug, effectsWithBug, httpWithBug, type PlantedBug } from "./planted_bugs.ts";
import { awsClients, prefectHttp } from "./transports.ts";
import type { AgentSetup, Scenario } from "./world/scenario.ts";
import { type Release, releaseAt, replacedAtMs } from "./world/rolling_update.ts";
import { elapsed, fault, faultsAreOn, type World } from "./world/world.ts";

/** What the agents of a world run in. */
export interface AgentGround {
  readonly world: World;
  readonly api: ReturnType<typeof makePrefectApi>;
  readonly ecs: EcsWorld;
  readonly coverage: Coverage;
  readonly bug: PlantedBug | null;
}

const REGION = "us-east-1";

/** A world has no files of an agent's machine and no names. */
export const NOTHING_TO_READ: RunReaders = {
  files: { read: () => Promise.resolve({ outcome: "unreadable" }), realPath: () => Promise.resolve(null) },
  lookup: () => Promise.resolve([]),
  caCerts: [],
};

/** Texts that must never be seen in a log. */
export const SECRETS = ["s3cret-of-the-agent", "s3cret-of-the-run", "s3cret-key"] as const;

/** Starts the agents of a world. */
export function startAgents(ground: AgentGround): void {
  startProcesses(ground, (start, process) => run(ground, start, process));
}

/** Runs one process. @returns how it ended */
export type RunProcess = (start: ProcessStart, process: AgentProcess) => Promise<string>;

/** Starts the processes of all agents; one that ends is started again. */
export function startProcesses(
  { world, coverage }: Pick<AgentGround, "world" | "coverage">,
  run: RunProcess,
): void {
  const crashes: CrashBudget = { left: world.scenario.crash.most, coverage };
  world.scenario.agents.forEach((setup, at) => {
    let count = 0;
    const start = () => {
      count++;
      const release = releaseAt(world.scenario.update, at, elapsed(world));
      startProcess(world, { id: `a${at + 1}#${count}`, at, setup, release, crashes, restart: start }, run);
    };
    world.time.after(setup.startMs, start);
  });
}

/** One process that is to be started. */
export interface ProcessStart {
  readonly id: string;
  /** Number of the agent, from 0. */
  readonly at: number;
  readonly release: Release;
  readonly setup: AgentSetup;
  readonly crashes: CrashBudget;
  /** Starts the agent's next process. */
  readonly restart: () => void;
}

function startProcess(world: World, start: ProcessStart, run: RunProcess): void {
  const restartMs = world.scenario.crash.downMs;
  const process: AgentProcess = {
    id: start.id,
    isAlive: true,
    skewMs: 0,
    states: new Map(),
    onEnd: () => {
      world.time.after(restartMs, start.restart);
    },
  };
  world.history.add({ what: "agent", agent: process.id, happened: startedText(start.release) });
  jump(world, process);
  run(start, process).then(
    (text) => endProcess(world, process, text),
    (thrown) =>
      endProcess(world, process, `threw: ${thrown instanceof Error ? thrown.stack : String(thrown)}`),
  );
}

function startedText(release: Release): string {
  return release === "present" ? "started" : `started, release ${release}`;
}

/** The program is over, and its process with it. */
function endProcess(world: World, process: AgentProcess, text: string): void {
  if (!process.isAlive) return;
  world.history.add({ what: "agent", agent: process.id, happened: text });
  kill(process);
}

/** Sets the process's clock wrong at the scenario's moments, and right when faults end. */
function jump(world: World, process: AgentProcess): void {
  const now = elapsed(world);
  for (const { atMs, byMs } of world.scenario.jumps) {
    if (atMs < now) continue;
    world.time.after(atMs - now, () => {
      fault(world, "clockJump", `${process.id} by ${byMs} ms`, process.id);
      process.skewMs += byMs;
    });
  }
  if (world.scenario.calmMs > now) {
    world.time.after(world.scenario.calmMs - now, () => {
      process.skewMs = 0;
    });
  }
}

/** Loaded before the first world, so that no world waits for a file. */
const FLAVOURS = { ecs: ecsAgent, fargate: fargateAgent } as const;

/** What one process runs. */
interface Running<Options> extends ProcessStart {
  readonly process: AgentProcess;
  readonly settings: Prefect1Settings;
  readonly open: OpenOnEcs<Options>;
  readonly launching: LaunchSettings;
}

/** Runs the program of `ecs start` or `fargate start`. @returns how it ended */
async function run(ground: AgentGround, start: ProcessStart, process: AgentProcess): Promise<string> {
  const { scenario } = ground.world;
  const settings = settingsOf(start.setup);
  const launching = launchSettingsOf(scenario);
  const output = await openConfigured(
    FLAVOURS[scenario.flavour],
    typedOptions(scenario, start.setup),
    { settings, env: {}, readText: () => null },
    (open) => runAgent(programOf(ground, { ...start, process, settings, open, launching })),
  );
  return `ended: ${output.failure?.message ?? "in good order"}, left ${output.abandoned.length}`;
}

function programOf<Options>(
  ground: AgentGround,
  running: Running<Options>,
): AgentProgram<Options, FlowRun, LaunchPlan> {
  const { setup, settings, process, open, launching } = running;
  return {
    flavour: flavourWithPoison(open.flavour, ground.world, process),
    options: open.options,
    effects: effectsOf(ground, running),
    policy: launching.policy,
    reconcileMs: launching.reconcilePeriodMs,
    maxPolls: settings.maxPolls,
    graceMs: settings.graceMs,
    pollTimeoutMs: open.dialect.pollTimeoutMs,
    maxTasks: null,
    owner: { agent: setup.name, scope: scopeText({ region: REGION, cluster: open.cluster }) },
    stop$: stopRequests(ground.world, running),
    poke$: NEVER,
    inspect: (event) => keepState(event, process),
    onEnded: ({ runId }) => {
      process.states.delete(runId);
      ground.world.history.add({ what: "left", run: runId, agent: running.id });
    },
  };
}

/** The flavour of production, but that the poison run ends the process which plans it. */
export function flavourWithPoison<Options, Plan extends RunPlan>(
  flavour: Flavour<Options, FlowRun, Plan>,
  world: World,
  process: AgentProcess,
): Flavour<Options, FlowRun, Plan> {
  const { poison } = world.scenario;
  if (poison === null) return flavour;
  return {
    ...flavour,
    plan: (run, options, readings) => {
      // Nothing can be noted in the claim of a run whose flow is Running: a limit that `docs/limits.md` names.
      const isHarmless = run.id !== poison || run.stateType === "Running" || !process.isAlive;
      if (isHarmless) return flavour.plan(run, options, readings);
      fault(world, "poison", `${process.id} planning ${run.id}`, process.id);
      kill(process);
      throw new Error("This process has ended");
    },
  };
}

/** The effects as the agent's own wiring makes them; transports, clock and randomness are the simulation's. */
function effectsOf<Options>(
  { world, api, ecs, bug }: AgentGround,
  { id, setup, release, crashes, process, open, launching }: Running<Options>,
): AgentEffects<FlowRun, LaunchPlan> {
  const { random } = diceOf(world.scenario.seed, id);
  const clock = clockOf(world, process, () => step(world, process, { crashes, at: "before a timer" }));
  const deps = { world, process, crashes };
  const http = prefectHttp(deps, api);
  const call = release === "present"
    ? httpWithBug(bug, http)
    : httpOfRelease010({ agent: setup.name, region: REGION, cluster: open.cluster }, http);
  const aws = awsClients(deps, ecs);
  const log: Log = (level, message, subject) => {
    const run = subject?.runId ?? null;
    if (process.isAlive) world.history.add({ what: "log", agent: id, run, text: `${level} ${message}` });
  };
  const ports = {
    call,
    clock: clockWithBug(bug, clock),
    random,
    log,
  };
  const running = runEcs({
    ...ports,
    cluster: open.cluster,
    pacing: { ...defaultPacingSettings, failureLogLines: world.scenario.variant.failureLogLines },
    env: {},
    seen: { observe: unobserved, onTurn: () => undefined, limiters: () => undefined },
    aws: { ...aws, ecs: ecsWithBug(bug, aws.ecs) },
    readFile: () => Promise.reject(new Deno.errors.NotFound()),
    locate: (typed) => typed,
    forRuns: NOTHING_TO_READ,
    templates: defaultTemplateSettings,
    unplacedText: open.dialect.unplacedText,
  });
  const effects = makeEffects({
    ...ports,
    dialect: open.dialect,
    running,
    launching,
    observe: unobserved,
    redact: makeRedactor(),
  });
  return effectsWithBug(bug, effects, call);
}

/** Keeps in which state each run machine is. */
export function keepState(event: InspectionEvent, process: AgentProcess): void {
  if (event.type !== "@xstate.snapshot") return;
  const { snapshot, actorRef } = event;
  const id = "id" in actorRef ? actorRef.id : null;
  if (typeof id !== "string" || id.length !== 36 || !("value" in snapshot)) return;
  if (snapshot.status !== "active") process.states.delete(id);
  else if (typeof snapshot.value === "string") process.states.set(id, snapshot.value);
}

/** Requests to stop in good order. @param at number of the agent, from 0 */
export function stopRequests(
  world: World,
  { at, process }: { readonly at: number; readonly process: AgentProcess },
) {
  const requests = new Subject<Extract<AgentEvent, { type: "stop.requested" | "stop.forced" }>>();
  const { update } = world.scenario;
  const leftMs = update === null ? -1 : replacedAtMs(update, at) - elapsed(world);
  if (leftMs > 0) {
    world.time.after(leftMs, () => {
      if (!process.isAlive) return;
      fault(world, "update", process.id, process.id);
      requests.next({ type: "stop.requested" });
    });
  }
  for (const atMs of world.scenario.stops) {
    if (atMs < elapsed(world)) continue;
    world.time.after(atMs - elapsed(world), () => {
      if (!process.isAlive || !faultsAreOn(world)) return;
      fault(world, "stop", process.id, process.id);
      requests.next({ type: "stop.requested" });
    });
  }
  return requests;
}

function launchSettingsOf({ startDeadlineMs }: Scenario): LaunchSettings {
  const { policy } = defaultLaunchSettings;
  return {
    ...defaultLaunchSettings,
    policy: { ...policy, deadlineMs: { ...policy.deadlineMs, start: startDeadlineMs } },
  };
}

/** What the processes of an agent are started with. */
export function settingsOf({ name }: Pick<AgentSetup, "name">): Prefect1Settings {
  return {
    backend: "cloud",
    apiUrl: "https://api.example",
    credential: { kind: "key", key: new Secret("s3cret-key"), tenantId: "tenant" },
    agentToken: null,
    name,
    labels: [],
    envVars: { AGENT_SECRET: "s3cret-of-the-agent" },
    maxPolls: null,
    maxPollPauseMs: 10_000,
    agentAddress: null,
    agentConfigId: null,
    logLevel: "DEBUG",
    logFormat: "text",
    runLogLevel: "INFO",
    sendFlowRunLogs: true,
    requestTimeoutMs: 15_000,
    graceMs: 25_000,
    unhealthyAfterMs: 300_000,
  };
}

const NETWORK = "{'awsvpcConfiguration': {'subnets': ['subnet-1'], 'assignPublicIp': 'ENABLED'}}";

/** What is typed for an agent. */
function typedOptions({ flavour, variant }: Scenario, { cluster }: AgentSetup): TypedOptions {
  if (flavour === "ecs") {
    const perRun = variant.definitionPerRun ? { "task-definition-per-run": true } : {};
    return { values: { cluster, ...perRun }, pairs: [], warnings: [] };
  }
  const revisions = variant.taskRevisions ? { "enable-task-revisions": true } : {};
  return {
    values: revisions,
    pairs: [["cluster", cluster], ["networkConfiguration", NETWORK]],
    warnings: [],
  };
}
