/**
 * Warnings about options of the `kubernetes` flavour that the user probably did not intend.
 *
 * @module
 */

import { AGENT_VARIABLES, type KubernetesOptions } from "./options.ts";

/** Warnings for the start of the agent. */
export function startWarnings({ settings, oldJobs }: KubernetesOptions): readonly string[] {
  return [...readByAgentOnly(settings.envVars), ...withoutEffect(oldJobs.given)];
}

/** @see K-JOB-ENV of `tests/golden/kubernetes/README.md` */
export function withoutEffect(names: readonly string[]): readonly string[] {
  if (names.length === 0) return [];
  return [
    `${names.join(", ")} act only on flows of Prefect 0.x that have an environment and no run config; ` +
    "others take these values from their run config or from the job template",
  ];
}

/** Names that flows get and do not read, while the agent, which reads them, does not get them. */
function readByAgentOnly(envVars: Readonly<Record<string, string>>): readonly string[] {
  const found = AGENT_VARIABLES.filter(([name]) => Object.hasOwn(envVars, name));
  if (found.length === 0) return [];
  const instead = found.map(([name, option]) => `${name} (use ${option})`).join(", ");
  return [`Variables given by --env go to the flows; only the agent itself reads ${instead}`];
}
