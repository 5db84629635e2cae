/**
 * What tells the Python agents of Prefect 1 apart, as far as the API and the configuration see them.
 *
 * @module
 */

import type { SettingsRules } from "./config/resolve_settings.ts";

/** The Python agent that a flavour stands in for. */
export interface AgentRelease {
  /** Class name that it registers with: `ECSAgent`. */
  readonly agentType: string;
  /** Version of Prefect that it tells the API. */
  readonly coreVersion: string;
  /** How it reads its configuration. */
  readonly settingsRules: SettingsRules;
}
