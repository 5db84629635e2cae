/**
 * Prefect 3 as a {@link Dialect}.
 *
 * @module
 */

import { NEW_RUN } from "../../../actors/prefect3/asked_run.ts";
import type { Json } from "../../../schemas/json/json.ts";
import type { FlowRun } from "../../../schemas/prefect3/flow_run.ts";
import type { FoundSettings } from "../../../schemas/prefect3/settings/setting_sources.ts";
import { isSecretSetting } from "../../../schemas/prefect3/settings/setting_names.ts";
import type { WorkerSettings } from "../../../schemas/prefect3/settings/worker_settings.ts";
import type { HealthStyle } from "../../../schemas/observability/health.ts";
import type { FieldSource } from "../../../schemas/plan/field_source.ts";
import type { KnownTexts } from "../../../schemas/secrets/known_secrets.ts";
import { environmentSecrets } from "../../../schemas/secrets/environment_secrets.ts";
import type { Random } from "../../../schemas/time/clock.ts";
import type { ApiPorts, Dialect } from "../dialect.ts";
import { openPrefect3, type OpenTransports, type Prefect3Client, systemTransports } from "./client.ts";
import { explainedRun } from "./explained_run.ts";

/** What the dialect is made of. */
export interface Prefect3Options {
  readonly settings: WorkerSettings;
  readonly found: FoundSettings;
  /** The process environment, for proxies. */
  readonly env: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
  /** Spreads the polls. */
  readonly random: Random;
  /** @default those of this machine */
  readonly transports?: OpenTransports;
}

/** Query intervals without an answered poll after which a worker is not well. @see Prefect 3.9.1, `--with-healthcheck` */
const SILENT_INTERVALS = 30;

/** Requests of one poll that may follow each other: runs, deployments, flows, pool, each tried again. */
const REQUESTS_PER_POLL = 4;

/** Time of the end in which the API is told what it has not taken yet, in milliseconds. */
const FAREWELL_MS = 3000;

/** Makes the dialect of one worker. */
export function prefect3Dialect(
  { settings, found, env, warnings, random, transports = systemTransports }: Prefect3Options,
): Dialect<FlowRun> {
  const { name, pool } = settings;
  const clients = new WeakMap<ApiPorts, Prefect3Client>();
  let ownLine: Prefect3Client["ownLine"] = () => undefined;
  // Orchestrator and reader of the same ports share one client.
  const clientOf = (ports: ApiPorts): Prefect3Client => {
    const client = clients.get(ports) ?? openPrefect3(settings, transports(settings, env), ports);
    clients.set(ports, client);
    ownLine = client.ownLine;
    return client;
  };
  return {
    settings,
    pollTimeoutMs: REQUESTS_PER_POLL * settings.api.requestTimeoutMs,
    pollPauseMs: () => spread(settings.queryMs, random),
    maxTasks: settings.limit,
    followsLeftTasks: true,
    farewellMs: FAREWELL_MS,
    cancels: settings.cancels,
    secrets: secretsOf(settings, found),
    warnings,
    greeting: [`Worker ${name} polls the work pool ${pool}`],
    printed: { started: [`Worker '${name}' started!`], stopped: [`Worker '${name}' stopped!`] },
    health: healthOf(settings),
    ownLine: (level, message) => ownLine(level, message),
    // Settings are refused where they are read.
    requireCredential: () => undefined,
    orchestrator: (ports) => clientOf(ports).orchestrator,
    readSource: (ports) => clientOf(ports).readSource,
    explained: (asked, ports) => explainedRun(asked, settings, env, ports),
    nameOf: ({ id, flowName }) => ({ runId: id === NEW_RUN ? null : id, flowName: flowName ?? "" }),
    unplacedText,
    origins: () => originsOf(settings),
  };
}

/** Message of a launch without a task. */
function unplacedText(what: string, reasons: Json): string {
  return `ECS started no task for ${what}: ${JSON.stringify(reasons)}`;
}

/** As far apart as the original's polls are: 30 % more or less. */
function spread(queryMs: number, random: Random): number {
  return queryMs * (0.7 + 0.6 * random());
}

function healthOf({ queryMs }: WorkerSettings): HealthStyle {
  return {
    path: "/health",
    well: { message: "OK" },
    isEarly: true,
    silentAfterMs: SILENT_INTERVALS * queryMs,
  };
}

/** Every secret among what is set. */
export function settingSecrets({ all }: FoundSettings): KnownTexts {
  const entries = [...all.values()].map(({ name, text }) => [name, text] as const);
  const known = environmentSecrets(Object.fromEntries(entries));
  const named = entries.filter(([name]) => isSecretSetting(name)).map(([, text]) => text);
  const passwords = named.map((text) => text.replace(/^[^:]*:/, "")).filter((text) => text !== "");
  return { credentials: [...known.credentials, ...named, ...passwords], values: [...known.values] };
}

function secretsOf({ api }: WorkerSettings, found: FoundSettings): KnownTexts {
  const { credentials, values } = settingSecrets(found);
  return { credentials, values: [...values, ...Object.values(api.headers)] };
}

function originsOf({ explicit }: WorkerSettings): ReadonlyMap<string, FieldSource> {
  return new Map(
    explicit.map(({ name, from }) => [
      name,
      from === "environment" ? { from: "variable", name } : { from: "file", name: from },
    ]),
  );
}
