/**
 * Whether a credential would cross a network in clear.
 *
 * @module
 */

import { sentInClearTo } from "../net/in_clear.ts";
import type { Prefect1Settings } from "./config/settings.ts";

/**
 * A warning for an agent that sends its API key or token to another machine over `http://`.
 *
 * @returns null where nothing is sent, or not in clear, or only to this machine
 */
export function clearKeyWarning(
  { apiUrl, credential }: Pick<Prefect1Settings, "apiUrl" | "credential">,
): string | null {
  if (credential.kind === "none") return null;
  const host = sentInClearTo(apiUrl);
  if (host === null) return null;
  const what = credential.kind === "key" ? "API key" : "token";
  return `The ${what} is sent in clear to ${host}, by this agent and by its flow runs: everyone on the way can read it. ` +
    "Give an address with https:// (--api or PREFECT__CLOUD__API); " +
    "where the network is protected otherwise, this is only a reminder";
}
