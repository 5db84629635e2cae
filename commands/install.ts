/**
 * `kubernetes install`: prints the manifest that puts the agent into a cluster. Nothing is sent.
 *
 * @module
 */

import { installManifest } from "../flavours/kubernetes_agent/install/manifest.ts";
import { installSettings } from "../flavours/kubernetes_agent/install/settings.ts";
import { AGENT_VERSION } from "../schemas/observability/version.ts";
import { loadConfig } from "../schemas/prefect1/config/config.ts";
import { backendOf } from "../schemas/prefect1/config/resolve_settings.ts";
import { yamlDocuments } from "../schemas/yaml/write.ts";
import type { Command } from "./cli/command.ts";
import { configSources } from "./wiring/config_sources.ts";
import type { Io } from "./wiring/io.ts";

/** An install command as it was typed. */
export type InstallCommand = Extract<Command, { kind: "install" }>;

/**
 * Prints YAML on standard output, and what people should know on standard error.
 *
 * @returns the exit code 0
 * @throws {FailureError} `usage` for a value that the cluster would refuse, `configuration`
 */
export function install({ values, warnings }: InstallCommand, io: Io): number {
  const { env, readText } = configSources(io);
  const { settings, warnings: told } = installSettings({
    values,
    backend: backendOf(loadConfig(env, readText)),
    version: AGENT_VERSION,
  });
  const text = yamlDocuments(installManifest(settings));
  for (const warning of [...warnings, ...told]) io.writeError(warning);
  io.shown.text(text.trimEnd());
  return 0;
}
