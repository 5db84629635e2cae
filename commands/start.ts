/**
 * `ecs start` and `fargate start`: the agent as a process.
 *
 * @module
 */

import { Subject } from "rxjs";
import { makeAwsClients } from "../actors/clients.ts";
import { type HealthServer, startHealthServer } from "../actors/health_server.ts";
import { makeHttp } from "../actors/http.ts";
import { type Log, makeLog } from "../actors/log.ts";
import { readConfigFile } from "../actors/read_config_file.ts";
import type { PacedEcsCalls } from "../actors/paced_ecs_calls.ts";
import { processSignals, stopWishes } from "../actors/stop_signals.ts";
import type { AgentOutput } from "../machines/agent.ts";
import type { LimiterFill } from "../inspector/protocol.ts";
import { AWS_BUCKETS } from "../schemas/aws_limits.ts";
import { systemClock } from "../schemas/clock.ts";
import type { Command } from "../schemas/command.ts";
import {
  environmentSecrets,
  type InspectionSettings,
  inspectionSettings,
} from "../schemas/inspection_options.ts";
import { type LaunchOptions, parseLaunchOptions } from "../schemas/launch_options.ts";
import { requireCredential, resolveSettings } from "../schemas/resolve_settings.ts";
import type { AgentSettings } from "../schemas/settings.ts";
import { type AgentProgram, runAgent } from "./agent_program.ts";
import { requestsOf, startInspection } from "./inspection.ts";
import type { Io } from "./io.ts";
import { makeObservation, type Observation } from "./observed_effects.ts";
import { makeEffects } from "./make_effects.ts";
import { type OpenFlavour, openFlavour } from "./open_flavour.ts";

/** A start command as it was typed. */
export type StartCommand = Extract<Command, { kind: "start" }>;

/**
 * Runs the agent until it is told to stop or its polls are used up.
 *
 * @returns the exit code: 0 when it ended as it should, 1 when it could not start or had to leave runs behind
 * @throws {FailureError} `usage` and `configuration`, before anything is sent
 */
export async function start(command: StartCommand, io: Io): Promise<number> {
  const settings = resolveSettings({
    flavour: command.flavour,
    values: command.values,
    env: io.env,
    readText: readConfigFile,
  });
  const looking = inspectionSettings(command.values);
  const { logLevel: level, logFormat: format, name } = settings;
  const log = makeLog({ write: io.write, clock: systemClock, level, format, name });
  for (const warning of command.warnings) log("WARNING", warning);
  const launching = parseLaunchOptions(command.values, { readText: readConfigFile, env: io.env });
  return await openFlavour(command, settings, {
    env: io.env,
    use: async (open) => {
      using seen = await makeObservation({
        flavour: command.flavour,
        settings,
        env: io.env,
        clock: systemClock,
      });
      return await run({ open, settings, looking, launching, log, io, seen });
    },
  });
}

interface Running<Options> {
  readonly open: OpenFlavour<Options>;
  readonly settings: AgentSettings;
  readonly looking: InspectionSettings;
  readonly launching: LaunchOptions;
  readonly log: Log;
  readonly io: Io;
  readonly seen: Observation;
}

async function run<Options>(running: Running<Options>): Promise<number> {
  const { open, settings, launching, log, io, seen } = running;
  requireCredential(settings);
  const http = makeHttp({ env: io.env, readFile: Deno.readTextFileSync });
  for (const warning of [...http.warnings, ...open.warnings]) log("WARNING", warning);
  for (const note of open.notes) log("INFO", note);
  const call = seen.http(http.call, log);
  const requests = requestsOf(running.looking, systemClock);
  const aws = seen.aws(
    await makeAwsClients({
      env: io.env,
      http: call,
      clock: systemClock,
      ...(requests === null ? {} : { onAnswer: requests.answered }),
      ...open.aws,
    }),
  );
  const poke = new Subject<void>();
  const { effects, paced } = makeEffects({ ...running, aws, call });
  await using inspection = startInspection({
    settings: running.looking,
    name: settings.name,
    clock: systemClock,
    secrets: secretsOf(settings, io.env),
    limiters: () => limiterFills(paced),
    requests,
    ...(effects.waitsFor === undefined ? {} : { waitsFor: effects.waitsFor }),
    write: io.write,
  });
  let health: HealthServer | null = null;
  try {
    const output = await runAgent({
      flavour: open.flavour,
      options: open.options,
      effects: {
        ...effects,
        orchestrator: {
          ...effects.orchestrator,
          poll: seen.poll(effects.orchestrator.poll),
          start: async (signal) => {
            await effects.orchestrator.start(signal);
            health ??= settings.agentAddress === null ? null : startHealthServer({
              address: settings.agentAddress,
              poke: () => poke.next(),
              judge: seen.judge,
              scrape: seen.scrape,
            });
            greet(open, settings, log);
          },
        },
      },
      policy: launching.policy,
      reconcileMs: launching.reconcilePeriodMs,
      maxPolls: settings.maxPolls,
      graceMs: settings.graceMs,
      pollTimeoutMs: 4 * settings.requestTimeoutMs,
      marker: { agent: settings.name, region: aws.region, cluster: open.cluster },
      stop$: stopWishes(processSignals(), systemClock),
      poke$: poke,
      ...inspectedBy(seen.program.inspect, inspection.inspect),
      ...within(seen.program.within, requests?.within),
    });
    return farewell(output, log);
  } finally {
    await closeHealth(health);
    aws.close();
    http.close();
  }
}

type Inspect = NonNullable<AgentProgram<unknown>["inspect"]>;

/** Everybody who looks; nothing when nobody does. */
function inspectedBy(...all: readonly (Inspect | undefined)[]): { readonly inspect?: Inspect } {
  const lookers = all.filter((inspect) => inspect !== undefined);
  const [first, ...others] = lookers;
  if (first === undefined) return {};
  return others.length === 0
    ? { inspect: first }
    : { inspect: (event) => lookers.forEach((inspect) => inspect(event)) };
}

type Within = NonNullable<AgentProgram<unknown>["within"]>;

/** A run's work within everything that belongs to it. */
function within(outer: Within | undefined, inner: Within | undefined): { readonly within?: Within } {
  if (outer !== undefined && inner !== undefined) {
    return { within: (runId, work) => outer(runId, () => inner(runId, work)) };
  }
  const one = outer ?? inner;
  return one === undefined ? {} : { within: one };
}

/** What the inspector, recordings and the trace must never show. */
function secretsOf({ credential, agentToken, envVars }: AgentSettings, env: Io["env"]): readonly string[] {
  const own = credential.kind === "key"
    ? [credential.key]
    : credential.kind === "token"
    ? [credential.token]
    : [];
  const tokens = [...own, ...(agentToken === null ? [] : [agentToken])].map((secret) => secret.reveal());
  return [...tokens, ...Object.values(envVars), ...environmentSecrets(env)];
}

function limiterFills({ view }: PacedEcsCalls): readonly LimiterFill[] {
  return Object.entries(view()).map(([name, { ratePerS, ...bucket }]) => ({
    name,
    description: Object.entries(AWS_BUCKETS).find(([key]) => key === name)?.[1] ?? name,
    ...bucket,
    ratePerS: Number.isFinite(ratePerS) ? ratePerS : null,
  }));
}

async function closeHealth(health: HealthServer | null): Promise<void> {
  await health?.[Symbol.asyncDispose]();
}

/** @see recorded: agent-loop/one-run, the lines after a good start */
function greet<Options>({ agentType }: OpenFlavour<Options>, { labels }: AgentSettings, log: Log): void {
  log("INFO", `Starting ${agentType} with labels [${labels.map((l) => `'${l}'`).join(", ")}]`);
  log("INFO", "Waiting for flow runs...");
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
