/**
 * `ecs start` and `fargate start`: the agent as a process.
 *
 * @module
 */

import { type Observable, Subject } from "rxjs";
import { type HealthServer, startHealthServer } from "../actors/observability/health_server.ts";
import type { HttpCall } from "../actors/http/http.ts";
import { makeLog } from "../actors/observability/log.ts";
import { makeStepTimes, type StepTimes, timedLog } from "../actors/observability/step_times.ts";
import { makeLagTeller } from "../actors/observability/tell_lag.ts";
import { makeMappingParser } from "../actors/parsing/mapping_parser.ts";
import { startMappingThread } from "../actors/parsing/mapping_thread.ts";
import { elapsedMs } from "../actors/time/elapsed.ts";
import { measureTimerLag } from "../actors/time/timer_lag.ts";
import { runIdOf } from "../inspector/feed/run_changes.ts";
import type { Log } from "../schemas/contracts/log.ts";
import type { Timed } from "../schemas/contracts/timed.ts";
import type { Orchestrator } from "../schemas/contracts/orchestrator.ts";
import { makeRequestIds, type RequestIds } from "../actors/observability/request_ids.ts";
import { processSignals, stopEvents } from "../actors/streams/stop_signals.ts";
import type { AgentOutput } from "../machines/agent.ts";
import { systemClock } from "../actors/time/system_clock.ts";
import type { Command } from "./cli/command.ts";
import { late } from "./late.ts";
import { agentHosts } from "../schemas/options/agent_host_option.ts";
import { type InspectionSettings, inspectionSettings } from "../schemas/options/inspection_options.ts";
import type { LaunchSettings } from "../schemas/options/launch_settings.ts";
import type { RunPlan } from "../schemas/plan/run_plan.ts";
import { type AgentProgram, runAgent } from "../agent/program.ts";
import type { Inspection } from "./wiring/inspection.ts";
import type { Io } from "./wiring/io.ts";
import { openHttp } from "./wiring/open_http.ts";
import { configSources } from "./wiring/config_sources.ts";
import { makeObservation, type Observation } from "./wiring/observation.ts";
import { makeEffects } from "./wiring/make_effects.ts";
import { openFlavour } from "./wiring/flavours.ts";
import type { OpenFlavour } from "./wiring/open_flavour.ts";
import type { RunningPlatform } from "./wiring/platform.ts";
import { systemPorts, systemReaders } from "./wiring/system_ports.ts";

/** A start command as it was typed. */
export type StartCommand = Extract<Command, { kind: "start" }>;

/**
 * Runs the agent until it is told to stop or its polls are used up.
 *
 * @returns the exit code: 0 when it ended as it should, 1 when it could not start or had to leave runs behind
 * @throws {FailureError} `usage` and `configuration`, before anything is sent
 */
export async function start(command: StartCommand, io: Io): Promise<number> {
  const { values, flavour } = command;
  return await openFlavour(command, configSources(io), async (open) => {
    const { settings } = open.dialect;
    const { logLevel: level, logFormat: format, name } = settings;
    io.redact.learn(open.dialect.secrets);
    const plainLog = makeLog({
      write: io.shown.line,
      redact: io.redact,
      clock: systemClock,
      level,
      format,
      name,
      ...(open.dialect.ownLine === undefined ? {} : { tell: open.dialect.ownLine }),
    });
    const steps = makeStepTimes({ elapsedMs, log: plainLog });
    const log = timedLog(plainLog, steps.timed);
    for (const warning of command.warnings) log("WARNING", warning);
    const looking = inspectionSettings(values);
    const hosts = agentHosts(values);
    const launching = open.platform.launching({ typed: values, env: io.env });
    const { health } = open.dialect;
    const stages = level === "DEBUG" ? { stages: log } : {};
    const tallied = looking.inspect !== null || looking.record !== null;
    using seen = await makeObservation({
      ...{ flavour, settings, health, tallied, env: io.env, clock: systemClock, ...stages },
    });
    return await run({ open, looking, hosts, launching, log, steps, io, seen });
  });
}

interface Running<Options, Run, Plan extends RunPlan> {
  readonly open: OpenFlavour<Options, Run, Plan>;
  readonly looking: InspectionSettings;
  /** Names that the health server answers to. */
  readonly hosts: readonly string[];
  readonly launching: LaunchSettings;
  readonly log: Log;
  readonly steps: StepTimes;
  readonly io: Io;
  readonly seen: Observation;
}

async function run<Options, Run, Plan extends RunPlan>(agent: Running<Options, Run, Plan>): Promise<number> {
  const { open: { dialect }, launching, log, seen, io, steps: { timed, takeLongest } } = agent;
  dialect.requireCredential();
  const clients = await openClients(agent);
  const { call, running } = clients;
  using parser = makeMappingParser({ start: startMappingThread, clock: systemClock });
  using lag = measureTimerLag({ onLate: makeLagTeller({ elapsedMs, log }) });
  seen.steps(takeLongest);
  seen.lag(lag.takeWorstMs);
  const effects = makeEffects({
    dialect,
    running,
    launching,
    observe: seen.observe,
    call,
    log,
    redact: io.redact,
    excused: seen.excused,
    timed,
    parse: parser.parse,
    ...systemPorts,
  });
  await using inspection = await inspect(agent, clients);
  const health = makeHealth(agent);
  if (dialect.health.isEarly) health.open();
  try {
    const output = await runAgent({
      ...programOf(agent, clients),
      effects: { ...effects, orchestrator: atStart(effects.orchestrator, agent, health) },
      poke$: health.poke$,
      ...inspectedBy(seen.program.inspect, inspection?.inspect && timedShow(inspection.inspect, timed)),
    });
    if (output.failure === null) dialect.printed.stopped.forEach(io.write);
    return farewell(output, log);
  } finally {
    await health.close();
    clients.close();
  }
}

/** Clients of the Prefect API and of the platform. */
interface Clients<Plan> {
  readonly call: HttpCall;
  readonly running: RunningPlatform<Plan>;
  /** Ids of the platform's answers, null: neither page nor recording shows them. */
  readonly requests: RequestIds | null;
  readonly close: () => void;
}

async function openClients<Options, Run, Plan extends RunPlan>(
  { open, looking, log, io, seen }: Running<Options, Run, Plan>,
): Promise<Clients<Plan>> {
  const http = openHttp(io);
  for (const warning of [...http.warnings, ...open.dialect.warnings, ...open.warnings]) {
    log("WARNING", warning);
  }
  for (const note of open.notes) log("INFO", note);
  const call = seen.http(http.call, log);
  const requests = looking.inspect === null && looking.record === null ? null : makeRequestIds(systemClock);
  const running = await open.platform.open({
    env: io.env,
    call,
    readFile: (path) => Deno.readFile(path),
    locate: io.locate,
    forRuns: systemReaders(http),
    ...systemPorts,
    log,
    redact: io.redact,
    seen,
    unplacedText: open.dialect.unplacedText,
    ...(requests === null ? {} : { onAnswer: requests.answered }),
  });
  const close = () => {
    running.close();
    http.close();
  };
  return { call, running, requests, close };
}

/** Starts page, recording and trace as far as they were asked for; their code is loaded only then. */
async function inspect<Options, Run, Plan extends RunPlan>(
  { open: { dialect }, looking, seen, io }: Running<Options, Run, Plan>,
  { running: { platform, limiters }, requests }: Clients<Plan>,
): Promise<Inspection | null> {
  if (looking.inspect === null && looking.record === null && !looking.trace) return null;
  const { startInspection } = await late.inspection();
  return startInspection({
    settings: looking,
    home: io.env["HOME"] ?? "",
    name: dialect.settings.name,
    clock: systemClock,
    redact: io.redact,
    limiters,
    calls: seen.calls,
    requests,
    platform,
    write: io.shown.line,
  });
}

/** How the agent is configured; {@link makeEffects} makes its effects. */
function programOf<Options, Run, Plan extends RunPlan>(
  { open, launching, seen }: Running<Options, Run, Plan>,
  { running: { scope }, requests }: Clients<Plan>,
): Omit<AgentProgram<Options, Run, Plan>, "effects" | "poke$" | "inspect"> {
  const { settings, pollTimeoutMs, pollPauseMs, maxTasks, farewellMs } = open.dialect;
  return {
    flavour: open.flavour,
    options: open.options,
    policy: launching.policy,
    reconcileMs: launching.reconcilePeriodMs,
    maxPolls: settings.maxPolls,
    graceMs: settings.graceMs,
    farewellMs,
    pollTimeoutMs,
    pollPauseMs,
    maxTasks,
    owner: { agent: settings.name, scope },
    onAsks: seen.asks,
    stop$: stopEvents(processSignals(["SIGINT", "SIGTERM"]), systemClock),
    ...within(seen.program.within, requests?.within),
  };
}

/** The health server; it opens once the agent has started. */
interface Health {
  /** Opens it, once, where the settings name an address. */
  readonly open: () => void;
  /** Emits when a client asks for a poll. */
  readonly poke$: Observable<void>;
  readonly close: () => Promise<void>;
}

function makeHealth<Options, Run, Plan extends RunPlan>(
  { open, hosts, log, seen }: Running<Options, Run, Plan>,
): Health {
  const { agentAddress } = open.dialect.settings;
  const poke = new Subject<void>();
  let server: HealthServer | null = null;
  return {
    open: () => {
      if (agentAddress === null) return;
      server ??= startHealthServer({
        address: agentAddress,
        hosts,
        style: open.dialect.health,
        warn: (message) => log("WARNING", message),
        poke: () => poke.next(),
        judge: seen.judge,
        scrape: seen.scrape,
      });
    },
    poke$: poke,
    close: async () => await server?.[Symbol.asyncDispose](),
  };
}

/** The orchestrator with its polls observed; once it has started, the health server opens and the log says so. */
function atStart<Options, Run, Plan extends RunPlan>(
  orchestrator: Orchestrator<Run>,
  { open, log, seen, io }: Running<Options, Run, Plan>,
  health: Health,
): Orchestrator<Run> {
  return {
    ...orchestrator,
    poll: seen.poll(orchestrator.poll),
    start: async (signal) => {
      const registration = await orchestrator.start(signal);
      health.open();
      for (const line of open.dialect.greeting) log("INFO", line);
      open.dialect.printed.started.forEach(io.write);
      return registration;
    },
  };
}

type Inspect = NonNullable<AgentProgram<unknown, unknown, RunPlan>["inspect"]>;

/** Passes inspection events to every observer; empty without observers. */
function inspectedBy(...all: readonly (Inspect | undefined)[]): { readonly inspect?: Inspect } {
  const observers = all.filter((inspect) => inspect !== undefined);
  const [first, ...others] = observers;
  if (first === undefined) return {};
  return others.length === 0
    ? { inspect: first }
    : { inspect: (event) => observers.forEach((inspect) => inspect(event)) };
}

/** Measures what page, recording and trace do with an event of a run. */
function timedShow(inspect: Inspect, timed: Timed): Inspect {
  return (event) => {
    const runId = runIdOf(event);
    if (runId === null) inspect(event);
    else timed("show", runId, () => inspect(event));
  };
}

type Within = NonNullable<AgentProgram<unknown, unknown, RunPlan>["within"]>;

/** Does a run's work within its trace and with its request ids. */
function within(outer: Within | undefined, inner: Within | undefined): { readonly within?: Within } {
  if (outer !== undefined && inner !== undefined) {
    return { within: (runId, work) => outer(runId, () => inner(runId, work)) };
  }
  const one = outer ?? inner;
  return one === undefined ? {} : { within: one };
}

function farewell({ failure, abandoned, ended, launched }: AgentOutput, log: Log): number {
  if (failure !== null) {
    log("ERROR", failure.message);
    return 1;
  }
  const { failed, lostClaim } = ended;
  log("INFO", `Agent stopped: ${launched} launched, ${failed} failed, ${lostClaim} taken by other agents`);
  if (abandoned.length === 0) return 0;
  log(
    "ERROR",
    `Left in the middle of their launch: ${abandoned.join(", ")}; the next agent of this name takes them up`,
  );
  return 1;
}
