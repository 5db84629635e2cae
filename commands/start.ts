/**
 * `ecs start` and `fargate start`: the agent as a process.
 *
 * @module
 */

import { type Observable, Subject } from "rxjs";
import { type AwsClients, makeAwsClients } from "../actors/ecs/clients.ts";
import { type HealthServer, startHealthServer } from "../actors/observability/health_server.ts";
import type { HttpCall } from "../actors/http/http.ts";
import { makeLog } from "../actors/observability/log.ts";
import { scopeText } from "../schemas/ecs/scope.ts";
import type { Log } from "../schemas/contracts/log.ts";
import { readConfigFile } from "../actors/files/read_config_file.ts";
import type { PacedEcsCalls } from "../actors/ecs/paced_calls.ts";
import { makeRequestIds, type RequestIds } from "../actors/observability/request_ids.ts";
import { processSignals, stopEvents } from "../actors/streams/stop_signals.ts";
import type { AgentOutput } from "../machines/agent.ts";
import type { LimiterFill } from "../inspector/protocol/protocol.ts";
import { AWS_BUCKETS } from "../schemas/ecs/aws_limits.ts";
import { systemClock } from "../actors/time/system_clock.ts";
import type { Command } from "./cli/command.ts";
import { type InspectionSettings, inspectionSettings } from "../schemas/options/inspection_options.ts";
import { environmentSecrets } from "../schemas/secrets/environment_secrets.ts";
import { launchOptionRows } from "../schemas/ecs/launch_option_rows.ts";
import { type PacingSettings, pacingSettings } from "../schemas/ecs/pacing_options.ts";
import { type LaunchSettings, launchSettings } from "../schemas/options/launch_settings.ts";
import type { LaunchPlan } from "../schemas/ecs/launch_plan.ts";
import type { AgentEffects } from "../agent/effects.ts";
import { type AgentProgram, runAgent } from "../agent/program.ts";
import type { Inspection } from "./wiring/inspection.ts";
import type { Io } from "./wiring/io.ts";
import { openHttp } from "./wiring/open_http.ts";
import { makeObservation, type Observation } from "./wiring/observation.ts";
import { type MadeEffects, makeEffects } from "./wiring/make_effects.ts";
import { type OpenFlavour, openFlavour } from "./wiring/flavours.ts";
import { systemPorts } from "./wiring/system_ports.ts";

/** A start command as it was typed. */
export type StartCommand = Extract<Command, { kind: "start" }>;

/**
 * Runs the agent until it is told to stop or its polls are used up.
 *
 * @returns the exit code: 0 when it ended as it should, 1 when it could not start or had to leave runs behind
 * @throws {FailureError} `usage` and `configuration`, before anything is sent
 */
export async function start(command: StartCommand, io: Io): Promise<number> {
  return await openFlavour(command, { env: io.env, readText: readConfigFile }, async (open) => {
    const { settings } = open.dialect;
    const { logLevel: level, logFormat: format, name } = settings;
    const log = makeLog({ write: io.write, clock: systemClock, level, format, name });
    for (const warning of command.warnings) log("WARNING", warning);
    const sources = { typed: command.values, env: io.env, readText: readConfigFile };
    const looking = inspectionSettings(command.values);
    const launching = launchSettings(launchOptionRows, sources);
    const pacing = pacingSettings(sources);
    const { flavour } = command;
    using seen = await makeObservation({ flavour, settings, env: io.env, clock: systemClock });
    return await run({ open, looking, launching, pacing, log, io, seen });
  });
}

interface Running<Options> {
  readonly open: OpenFlavour<Options>;
  readonly looking: InspectionSettings;
  readonly launching: LaunchSettings;
  readonly pacing: PacingSettings;
  readonly log: Log;
  readonly io: Io;
  readonly seen: Observation;
}

async function run<Options>(running: Running<Options>): Promise<number> {
  running.open.dialect.requireCredential();
  const doors = await openDoors(running);
  const { effects, paced } = makeEffects({
    ...running,
    ...doors,
    ...systemPorts,
    readFile: Deno.readTextFile,
    dialect: running.open.dialect,
    cluster: running.open.cluster,
  });
  await using inspection = await inspect(running, { effects, paced, requests: doors.requests });
  const health = makeHealth(running);
  try {
    const output = await runAgent({
      ...programOf(running, doors),
      effects: { ...effects, orchestrator: atStart(effects.orchestrator, running, health) },
      poke$: health.poke$,
      ...inspectedBy(running.seen.program.inspect, inspection?.inspect),
    });
    return farewell(output, running.log);
  } finally {
    await health.close();
    doors.close();
  }
}

/** The ways to the outside. */
interface Doors {
  readonly call: HttpCall;
  readonly aws: AwsClients;
  /** Ids of AWS requests, null: nobody looks who could see them. */
  readonly requests: RequestIds | null;
  readonly close: () => void;
}

async function openDoors<Options>({ open, looking, log, io, seen }: Running<Options>): Promise<Doors> {
  const http = openHttp(io.env);
  for (const warning of [...http.warnings, ...open.warnings]) log("WARNING", warning);
  for (const note of open.notes) log("INFO", note);
  const call = seen.http(http.call, log);
  const requests = looking.inspect === null && looking.record === null ? null : makeRequestIds(systemClock);
  const clients = await makeAwsClients({
    env: io.env,
    http: call,
    clock: systemClock,
    ...(requests === null ? {} : { onAnswer: requests.answered }),
    ...open.aws,
  });
  const aws = seen.aws(clients);
  const close = () => {
    aws.close();
    http.close();
  };
  return { call, aws, requests, close };
}

/** What looks on is loaded only where somebody does. */
async function inspect<Options>(
  { open: { dialect }, looking, io }: Running<Options>,
  { effects, paced, requests }: MadeEffects & Pick<Doors, "requests">,
): Promise<Inspection | null> {
  if (looking.inspect === null && looking.record === null && !looking.trace) return null;
  const { startInspection } = await import("./wiring/inspection.ts");
  return startInspection({
    settings: looking,
    name: dialect.settings.name,
    clock: systemClock,
    secrets: [...dialect.secrets, ...environmentSecrets(io.env)],
    limiters: () => limiterFills(paced),
    requests,
    waitsFor: effects.platform.waitsFor,
    write: io.write,
  });
}

/** What the settings say of the program; its effects are made elsewhere. */
function programOf<Options>(
  { open, launching, seen }: Running<Options>,
  { aws, requests }: Doors,
): Omit<AgentProgram<Options, LaunchPlan>, "effects" | "poke$" | "inspect"> {
  const { settings, pollTimeoutMs } = open.dialect;
  return {
    flavour: open.flavour,
    options: open.options,
    policy: launching.policy,
    reconcileMs: launching.reconcilePeriodMs,
    maxPolls: settings.maxPolls,
    graceMs: settings.graceMs,
    pollTimeoutMs,
    owner: { agent: settings.name, scope: scopeText({ region: aws.region, cluster: open.cluster }) },
    stop$: stopEvents(processSignals(["SIGINT", "SIGTERM"]), systemClock),
    ...within(seen.program.within, requests?.within),
  };
}

/** The health server, from the agent's start on. */
interface Health {
  /** Opens it, once, where the settings name an address. */
  readonly open: () => void;
  /** Somebody asks for a poll now. */
  readonly poke$: Observable<void>;
  readonly close: () => Promise<void>;
}

function makeHealth<Options>({ open, seen }: Running<Options>): Health {
  const { agentAddress } = open.dialect.settings;
  const poke = new Subject<void>();
  let server: HealthServer | null = null;
  return {
    open: () => {
      if (agentAddress === null) return;
      server ??= startHealthServer({
        address: agentAddress,
        poke: () => poke.next(),
        judge: seen.judge,
        scrape: seen.scrape,
      });
    },
    poke$: poke,
    close: async () => await server?.[Symbol.asyncDispose](),
  };
}

/** The orchestrator, seen from outside; once it has started, the agent can be asked for its health and says so. */
function atStart<Options>(
  orchestrator: AgentEffects<LaunchPlan>["orchestrator"],
  { open, log, seen }: Running<Options>,
  health: Health,
): AgentEffects<LaunchPlan>["orchestrator"] {
  return {
    ...orchestrator,
    poll: seen.poll(orchestrator.poll),
    start: async (signal) => {
      const registration = await orchestrator.start(signal);
      health.open();
      for (const line of open.dialect.greeting) log("INFO", line);
      return registration;
    },
  };
}

type Inspect = NonNullable<AgentProgram<unknown, LaunchPlan>["inspect"]>;

/** Everybody who looks; nothing when nobody does. */
function inspectedBy(...all: readonly (Inspect | undefined)[]): { readonly inspect?: Inspect } {
  const lookers = all.filter((inspect) => inspect !== undefined);
  const [first, ...others] = lookers;
  if (first === undefined) return {};
  return others.length === 0
    ? { inspect: first }
    : { inspect: (event) => lookers.forEach((inspect) => inspect(event)) };
}

type Within = NonNullable<AgentProgram<unknown, LaunchPlan>["within"]>;

/** A run's work within everything that belongs to it. */
function within(outer: Within | undefined, inner: Within | undefined): { readonly within?: Within } {
  if (outer !== undefined && inner !== undefined) {
    return { within: (runId, work) => outer(runId, () => inner(runId, work)) };
  }
  const one = outer ?? inner;
  return one === undefined ? {} : { within: one };
}

function limiterFills({ view }: PacedEcsCalls): readonly LimiterFill[] {
  return Object.entries(view()).map(([name, { ratePerS, ...bucket }]) => ({
    name,
    description: Object.entries(AWS_BUCKETS).find(([key]) => key === name)?.[1] ?? name,
    ...bucket,
    ratePerS: Number.isFinite(ratePerS) ? ratePerS : null,
  }));
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
