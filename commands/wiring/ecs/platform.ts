/**
 * ECS as a {@link PlatformWiring}.
 *
 * @module
 */

import { makeAccounts } from "../../../actors/ecs/accounts.ts";
import { checkPlan } from "../../../actors/ecs/check_plan.ts";
import { type AgentAws, makeAwsClients } from "../../../actors/ecs/clients.ts";
import { observedAws } from "../../../actors/ecs/observed_clients.ts";
import { makeEcsPlatform } from "../../../actors/ecs/platform.ts";
import { unobserved } from "../../../actors/observability/call_observer.ts";
import { shareReads } from "../../../agent/share_reads.ts";
import { AWS_BUCKETS } from "../../../schemas/ecs/aws_limits.ts";
import { launchOptionRows } from "../../../schemas/ecs/launch_option_rows.ts";
import {
  defaultLaunchSettings,
  type LaunchSettings,
  launchSettings,
} from "../../../schemas/options/launch_settings.ts";
import type { Attempts } from "../../../schemas/time/attempts.ts";
import type { LaunchPlan } from "../../../schemas/ecs/launch_plan.ts";
import type { TemplateSettings } from "../../../schemas/templates/template_options.ts";
import {
  type PacingSettings,
  pacingSettings,
  type PacingSources,
} from "../../../schemas/ecs/pacing_options.ts";
import { scopeText } from "../../../schemas/ecs/scope.ts";
import { limiterFills } from "../limiter_fills.ts";
import type { PlatformPorts, PlatformWiring, RunningPlatform } from "../platform.ts";
import { openAccount } from "./open_account.ts";
import type { GivenAwsOptions } from "./aws_session.ts";
import { readerOf } from "./reader.ts";

/** What the options of an agent say about ECS. */
export interface EcsSettings {
  /** Name or ARN of the cluster claims are made for, and of runs that were found again and cannot be planned. */
  readonly cluster: string;
  /** Options of the AWS clients. */
  readonly aws: GivenAwsOptions;
  /** Name of the queue of task events. Null or absent: none is read. */
  readonly queue?: string | null;
  /** How often a registration is sent that ECS refuses. @default null: a refusal is final */
  readonly registering?: Attempts | null;
}

/** The same, with what the options say about the templates of runs. */
export interface EcsWiringSettings extends EcsSettings {
  readonly templates: TemplateSettings;
  /** What holds where an option is not given. @default as for the agents of Prefect 1 */
  readonly launching?: LaunchSettings;
}

/** Makes the wiring. @param sources where the pace of AWS is read from, once the platform is opened */
export function ecsWiring(
  { cluster, aws, queue = null, registering = null, templates, launching = defaultLaunchSettings }:
    EcsWiringSettings,
  sources: PacingSources,
): PlatformWiring<LaunchPlan> {
  return {
    launching: (options) => launchSettings(launchOptionRows, options, launching),
    check: checkPlan,
    open: async (ports) => {
      const pacing = pacingSettings(sources);
      const { env, call: http, clock, log, redact, onAnswer } = ports;
      const clients = await makeAwsClients({
        env,
        http,
        clock,
        log,
        redact,
        ...(onAnswer === undefined ? {} : { onAnswer }),
        ...aws,
      });
      const deps = { ...ports, cluster, pacing, templates, registering };
      const own = runEcs({ ...deps, aws: clients, ...(queue === null ? {} : { queue }) });
      return withAccounts(own, { ...deps, aws, own: clients });
    },
    explainer: async () => (await import("./explain.ts")).ecsExplainer({ aws, templates }),
  };
}

/** What other accounts are opened with. */
interface AccountsOptions
  extends Omit<RunEcsDeps, "aws" | "redact">, Pick<PlatformPorts, "redact" | "onAnswer"> {
  /** Options of the agent's own clients. */
  readonly aws: GivenAwsOptions;
  readonly own: { readonly close: () => void };
}

/** The agent's own account, and those that plans name. */
function withAccounts(
  own: Omit<RunningPlatform<LaunchPlan>, "close">,
  options: AccountsOptions,
): RunningPlatform<LaunchPlan> {
  const { clock, log } = options;
  const accounts = makeAccounts({
    clock,
    log,
    own: { platform: own.platform, read: (source, signal) => own.readSource(source, signal) },
    open: async (account) => {
      const clients = await openAccount(account, options);
      const { platform, readSource } = runEcs({ ...options, aws: clients });
      return { platform, read: (source, signal) => readSource(source, signal), close: clients.close };
    },
  });
  const readSource: RunningPlatform<LaunchPlan>["readSource"] = (source, signal, runId) =>
    "account" in source && source.account !== null
      ? accounts.read(source, signal)
      : own.readSource(source, signal, runId);
  const close = () => {
    accounts.close();
    options.own.close();
  };
  return { ...own, platform: accounts.platform, readSource, close };
}

/** What {@link runEcs} needs. */
export interface RunEcsDeps extends Omit<PlatformPorts, "onAnswer" | "redact"> {
  readonly aws: AgentAws;
  readonly cluster: string;
  readonly pacing: PacingSettings;
  readonly templates: TemplateSettings;
  /** {@link EcsSettings.queue} */
  readonly queue?: string;
  readonly registering?: EcsSettings["registering"];
}

/** ECS as an agent launches on it, over these clients; every call waits for a permit. */
export function runEcs(deps: RunEcsDeps): Omit<RunningPlatform<LaunchPlan>, "close"> {
  const { cluster, pacing, seen, unplacedText, clock, random, log } = deps;
  const aws = seen.observe === unobserved ? deps.aws : observedAws(deps.aws, seen.observe);
  const { platform, paced, waiting } = makeEcsPlatform({
    ecs: aws.ecs,
    readLogTail: aws.readLogTail,
    pacing,
    onTurn: seen.onTurn,
    cluster,
    registering: deps.registering ?? null,
    unplacedText,
    clock,
    random,
    log,
    ...eventsOf(deps),
  });
  seen.limiters(paced.view);
  const read = readerOf({ ...deps, aws: { ...aws, ecs: paced.calls } });
  return {
    platform,
    readSource: shareReads(read, waiting, clock),
    scope: scopeText({ region: aws.region, cluster }),
    limiters: () => limiterFills(paced.view(), AWS_BUCKETS),
  };
}

function eventsOf({ aws, queue: name }: RunEcsDeps) {
  const { queue } = aws;
  return name === undefined || queue === undefined ? {} : { events: { name, queue } };
}
