/**
 * The worker of Prefect 3 for work pools of type ecs, as its options and settings open it.
 *
 * @module
 */

import { WORKER_CANCEL_GRACE_S } from "../../../flavours/ecs_worker/option_rows.ts";
import { workerFlavour } from "../../../flavours/ecs_worker/flavour.ts";
import type { WorkerOptions } from "../../../flavours/ecs_worker/worker_options.ts";
import { allowLists } from "../../../schemas/ecs/allow/allow_lists.ts";
import { launchOptionRows } from "../../../schemas/ecs/launch_option_rows.ts";
import { pacingSettings, type PacingSources } from "../../../schemas/ecs/pacing_options.ts";
import { defaultTemplateSettings } from "../../../schemas/templates/template_options.ts";
import type { LaunchPlan } from "../../../schemas/ecs/launch_plan.ts";
import { FailureError, toFailure } from "../../../schemas/failure/failure.ts";
import {
  defaultLaunchSettings,
  type LaunchSettings,
  launchSettings,
} from "../../../schemas/options/launch_settings.ts";
import { textOf } from "../../../schemas/options/option_value.ts";
import type { TypedOptions } from "../../../schemas/options/typed_options.ts";
import { usageError } from "../../../schemas/options/usage_error.ts";
import { resolveWorker } from "../../../schemas/prefect3/settings/resolve_worker.ts";
import { findSettings, type FoundSettings } from "../../../schemas/prefect3/settings/setting_sources.ts";
import { settingsHelp } from "../../../schemas/prefect3/settings/settings_help.ts";
import type { WorkerSettings } from "../../../schemas/prefect3/settings/worker_settings.ts";
import { workerNotes, workerWarnings } from "../../../schemas/prefect3/settings/worker_warnings.ts";
import type { FlowRun } from "../../../schemas/prefect3/flow_run.ts";
import type { Random } from "../../../schemas/time/clock.ts";
import type { Redactor } from "../../../schemas/secrets/redact.ts";
import type { GivenAwsOptions } from "../ecs/aws_session.ts";
import { withAttempts } from "../../../schemas/flow_run/with_attempts.ts";
import { ecsWiring } from "../ecs/platform.ts";
import type { FlavourSources, FlavourWiring, OpenFlavour } from "../open_flavour.ts";
import { type OpenTransports, systemTransports } from "../prefect3/client.ts";
import { prefect3Dialect, settingSecrets } from "../prefect3/dialect.ts";
import { systemPorts } from "../system_ports.ts";

/** Stands in for `prefect worker start --type ecs`. */
export const ecsWorker: FlavourWiring = {
  open: (typed, sources, use) => use(openWorker(typed, sources)),
  help,
};

/** What of a worker is not in its options and settings. */
export interface WorkerParts {
  /** Spreads the polls. */
  readonly random: Random;
  /** Names a worker that was given no name. */
  readonly newUuid: () => string;
  /** Opens the ways to the API. */
  readonly transports: OpenTransports;
}

const SYSTEM_PARTS: WorkerParts = {
  random: systemPorts.random,
  newUuid: () => crypto.randomUUID(),
  transports: systemTransports,
};

/** Reads options and settings; nothing is sent. @throws {FailureError} `usage` */
export function openWorker(
  typed: TypedOptions,
  sources: FlavourSources,
  parts: WorkerParts = SYSTEM_PARTS,
): OpenFlavour<WorkerOptions, FlowRun, LaunchPlan> {
  const { settings, found, launching } = asUsage(() => settingsOf(typed, sources, parts));
  const { values } = typed;
  const { env } = sources;
  return {
    flavour: workerFlavour,
    options: optionsOf(settings, typed, env),
    dialect: prefect3Dialect({
      ...{ settings, found, env, ...parts },
      warnings: [...found.warnings, ...workerWarnings({ settings, env, values })],
    }),
    platform: ecsWiring(
      {
        cluster: "default",
        aws: awsOf(settings),
        queue: settings.ecs.queue,
        registering: settings.ecs.registerAttempts,
        templates: defaultTemplateSettings,
        launching,
      },
      pacingSources(typed, sources),
    ),
    warnings: [],
    notes: workerNotes({ env, values }),
  };
}

/** The settings in force; what keeps them from being read is a line of its own. */
function help(
  words: readonly string[],
  { env, readText }: FlavourSources,
  redact: Pick<Redactor, "learn">,
): readonly string[] {
  try {
    const found = findSettings({ env, readText, profile: profileAmong(words) });
    redact.learn(settingSecrets(found));
    return settingsHelp(found);
  } catch (thrown) {
    return ["", toFailure(thrown).message];
  }
}

function profileAmong(words: readonly string[]): string | null {
  const at = words.findIndex((word) => /^--profile(=|$)/.test(word));
  const word = words[at];
  if (word === undefined) return null;
  return word.startsWith("--profile=") ? word.slice("--profile=".length) : words[at + 1] ?? null;
}

/** What the settings say about the clients of AWS. */
function awsOf({ ecs: { queueRegion } }: WorkerSettings): GivenAwsOptions {
  return queueRegion === null ? {} : { queueRegion };
}

interface Settings {
  readonly settings: WorkerSettings;
  readonly found: FoundSettings;
  readonly launching: LaunchSettings;
}

/** Everything that can be wrong with what was typed and set is found here, before anything is sent. */
function settingsOf(typed: TypedOptions, sources: FlavourSources, { newUuid }: WorkerParts): Settings {
  const { values } = typed;
  const { env, readText } = sources;
  const found = findSettings({ env, readText, profile: textOf(values, "profile") });
  const settings = resolveWorker({ values, env, readText, found, newUuid });
  const launching = launchingOf(settings);
  launchSettings(launchOptionRows, { typed: values, env }, launching);
  pacingSettings(pacingSources(typed, sources));
  return { settings, found, launching };
}

function pacingSources(
  { values }: TypedOptions,
  { env, readText, locate }: FlavourSources,
): PacingSources {
  return { typed: values, env, readText, locate };
}

/** What holds where an option is not given. */
function launchingOf({ ecs: { launchAttempts } }: WorkerSettings): LaunchSettings {
  const { policy } = defaultLaunchSettings;
  return {
    ...defaultLaunchSettings,
    policy: launchAttempts === null ? policy : withAttempts(policy, launchAttempts),
    cancelGraceMs: WORKER_CANCEL_GRACE_S * 1000,
  };
}

function optionsOf(
  settings: WorkerSettings,
  { values }: TypedOptions,
  environment: FlavourSources["env"],
): WorkerOptions {
  return { name: settings.name, workerId: null, settings, environment, allow: allowLists(values) };
}

/** A worker that cannot start because of what was typed or set ends as for any other wrong command line. */
function asUsage<T>(read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    if (!(thrown instanceof FailureError) || thrown.failure.tag !== "configuration") throw thrown;
    throw usageError(thrown.failure.message);
  }
}
