/**
 * Agent settings for tests.
 *
 * @module
 */

import type { Prefect1Settings } from "../../schemas/prefect1/config/settings.ts";

/** Settings of an agent on Prefect Cloud that was given nothing; `changes` replace single ones. */
export function someSettings(changes: Partial<Prefect1Settings> = {}): Prefect1Settings {
  return {
    backend: "cloud",
    apiUrl: "https://api.prefect.io",
    credential: { kind: "none" },
    agentToken: null,
    name: "agent",
    labels: [],
    envVars: {},
    maxPolls: null,
    maxPollPauseMs: 10_000,
    agentAddress: null,
    agentConfigId: null,
    logLevel: "INFO",
    logFormat: "text",
    runLogLevel: "INFO",
    sendFlowRunLogs: true,
    requestTimeoutMs: 15_000,
    graceMs: 25_000,
    unhealthyAfterMs: 300_000,
    ...changes,
  };
}
