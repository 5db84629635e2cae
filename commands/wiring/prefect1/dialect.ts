/**
 * Prefect 1 as a {@link Dialect}.
 *
 * @module
 */

import { prefect1 } from "../../../actors/prefect1/orchestrator.ts";
import type { OptionValues } from "../../../schemas/options/option.ts";
import type { AgentRelease } from "../../../schemas/prefect1/agent_release.ts";
import { loadConfig, type ReadText } from "../../../schemas/prefect1/config/config.ts";
import { requireCredential, resolveSettings } from "../../../schemas/prefect1/config/resolve_settings.ts";
import { settingOrigins } from "../../../schemas/prefect1/config/setting_origins.ts";
import { clearKeyWarning } from "../../../schemas/prefect1/clear_key.ts";
import { apiSecrets } from "../../../schemas/prefect1/api_headers.ts";
import type { Prefect1Settings } from "../../../schemas/prefect1/config/settings.ts";
import type { FlowRun } from "../../../schemas/prefect1/flow_run.ts";
import { AGENT_HEALTH } from "../../../schemas/observability/health.ts";
import { environmentSecrets } from "../../../schemas/secrets/environment_secrets.ts";
import { unplacedText } from "../../../schemas/prefect1/unplaced_text.ts";
import { pollPauseMs } from "../../../schemas/time/poll_pause.ts";
import type { Dialect } from "../dialect.ts";
import { explainedRun } from "./explained_run.ts";

/** Where the settings come from. */
export interface SettingSources {
  /** Options as typed. */
  readonly values: OptionValues;
  readonly env: Readonly<Record<string, string>>;
  /** Reads the files of Prefect's configuration; null when there is none. */
  readonly readText: ReadText;
}

/** The settings of an agent of Prefect 1. @throws {FailureError} `configuration` */
export function prefect1Settings(release: AgentRelease, sources: SettingSources): Prefect1Settings {
  return resolveSettings({ rules: release.settingsRules, ...sources });
}

/** Makes the dialect of one agent. */
export function prefect1Dialect(
  release: AgentRelease,
  settings: Prefect1Settings,
  { values, env, readText }: SettingSources,
): Dialect<FlowRun> {
  const { agentType, coreVersion } = release;
  const { credentials } = environmentSecrets(settings.envVars);
  return {
    settings,
    pollTimeoutMs: 4 * settings.requestTimeoutMs,
    pollPauseMs: (idle) => pollPauseMs(idle, settings.maxPollPauseMs),
    maxTasks: null,
    cancels: true,
    followsLeftTasks: false,
    farewellMs: 0,
    secrets: {
      credentials: [...apiSecrets(settings).map((secret) => secret.reveal()), ...credentials],
      values: Object.values(settings.envVars),
    },
    warnings: [clearKeyWarning(settings)].filter((warning) => warning !== null),
    greeting: greetingOf(agentType, settings),
    printed: { started: [], stopped: [] },
    health: AGENT_HEALTH,
    requireCredential: () => requireCredential(settings),
    orchestrator: (ports) => prefect1({ settings, agentType, coreVersion, ...ports }),
    // Nothing that a plan depends on is kept by the API.
    readSource: () => () => null,
    explained: (asked, ports) => explainedRun(asked, { settings, coreVersion, ...ports }),
    nameOf: ({ id, flow }) => ({ runId: id, flowName: flow.name }),
    unplacedText,
    origins: () => settingOrigins({ settings, values, config: loadConfig(env, readText) }),
  };
}

/** @see recorded: agent-loop/one-run, the lines after a good start */
function greetingOf(agentType: string, { labels }: Prefect1Settings): readonly string[] {
  return [
    `Starting ${agentType} with labels [${labels.map((label) => `'${label}'`).join(", ")}]`,
    "Waiting for flow runs...",
  ];
}
