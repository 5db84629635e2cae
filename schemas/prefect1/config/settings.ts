/**
 * The settings of an agent of Prefect 1, resolved from command line, environment and `~/.prefect/*.toml`.
 *
 * @module
 */

import type { RunnerSettings } from "../../options/runner_settings.ts";
import type { Secret } from "../../secrets/secret.ts";

/** How the agent proves who it is. */
export type ApiCredential =
  /** `tenantId`: configured for a Prefect Server without authentication; absent: asked from the API. */
  | { readonly kind: "none"; readonly tenantId?: string }
  /** API key; `tenantId` null: asked from the API. */
  | { readonly kind: "key"; readonly key: Secret; readonly tenantId: string | null }
  /** Legacy RUNNER token. */
  | { readonly kind: "token"; readonly token: Secret };

/** Settings of an agent of Prefect 1. */
export interface Prefect1Settings extends RunnerSettings {
  readonly backend: "cloud" | "server";
  /** Base URL of the GraphQL API, no trailing slash added or removed. */
  readonly apiUrl: string;
  readonly credential: ApiCredential;
  /** Legacy token that is forwarded to runs besides a key, null when none is configured. */
  readonly agentToken: Secret | null;
  /** Variables for every run, in order; values are secret. */
  readonly envVars: Readonly<Record<string, string>>;
  readonly agentConfigId: string | null;
  /** PREFECT__LOGGING__LEVEL for runs. */
  readonly runLogLevel: string;
  /** Whether runs send their logs to the API. */
  readonly sendFlowRunLogs: boolean;
  readonly requestTimeoutMs: number;
  /** Longest pause between two polls, in milliseconds. @default 10000 */
  readonly maxPollPauseMs: number;
}

/** The settings with the tenant of a key that was given without one; a tenant that was given stays. */
export function withTenant(settings: Prefect1Settings, tenantId: string): Prefect1Settings {
  const { credential } = settings;
  if (credential.kind !== "key" || credential.tenantId !== null) return settings;
  return { ...settings, credential: { ...credential, tenantId } };
}
