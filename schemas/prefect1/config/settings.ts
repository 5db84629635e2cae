/**
 * The settings both Prefect 1 flavours share, after command line, environment and `~/.prefect/*.toml` were layered.
 *
 * @module
 */

import type { LogFormat, LogLevel } from "../../observability/log_level.ts";
import type { Secret } from "../../secrets/secret.ts";

/** How the agent proves who it is. */
export type ApiCredential =
  /** `tenantId`: configured for a Prefect Server without authentication; absent: asked from the API. */
  | { readonly kind: "none"; readonly tenantId?: string }
  /** API key; `tenantId` null: asked from the API. */
  | { readonly kind: "key"; readonly key: Secret; readonly tenantId: string | null }
  /** Legacy RUNNER token. */
  | { readonly kind: "token"; readonly token: Secret };

/** Settings common to `fargate` and `ecs`. */
export interface AgentSettings {
  readonly backend: "cloud" | "server";
  /** Base URL of the GraphQL API, no trailing slash added or removed. */
  readonly apiUrl: string;
  readonly credential: ApiCredential;
  /** Legacy token that is forwarded to runs besides a key, null when none is configured. */
  readonly agentToken: Secret | null;
  readonly name: string;
  readonly labels: readonly string[];
  /** Variables for every run, in order; values are secret. */
  readonly envVars: Readonly<Record<string, string>>;
  /** Null: poll for ever. */
  readonly maxPolls: number | null;
  /** `http://host:port` of the health server, null: none. */
  readonly agentAddress: string | null;
  readonly agentConfigId: string | null;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  /** PREFECT__LOGGING__LEVEL for runs. */
  readonly runLogLevel: string;
  /** Whether runs send their logs to the API. */
  readonly sendFlowRunLogs: boolean;
  readonly requestTimeoutMs: number;
  /** Longest wait for what is in flight after a stop. @default 25000 */
  readonly graceMs: number;
  /** Absence of the API after which `/api/health` says so; 0: never. @default 300000 */
  readonly unhealthyAfterMs: number;
}

/** The settings with the tenant of a key that was given without one; a tenant that was given stays. */
export function withTenant(settings: AgentSettings, tenantId: string): AgentSettings {
  const { credential } = settings;
  if (credential.kind !== "key" || credential.tenantId !== null) return settings;
  return { ...settings, credential: { ...credential, tenantId } };
}
