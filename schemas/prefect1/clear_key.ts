/**
 * Whether a credential would cross a network in clear.
 *
 * @module
 */

import type { Prefect1Settings } from "./config/settings.ts";

/** IPv4 and IPv6 as a URL writes them, and the names that stand for them. */
const THIS_MACHINE =
  /^(localhost\.?|.+\.localhost\.?|127\.\d+\.\d+\.\d+|0\.0\.0\.0|\[::1?\]|\[::ffff:(7f[\da-f]{2}:[\da-f]{1,4}|0:0)\])$/;

/**
 * A warning for an agent that sends its API key or token to another machine over `http://`.
 *
 * @returns null where nothing is sent, or not in clear, or only to this machine
 */
export function clearKeyWarning(
  { apiUrl, credential }: Pick<Prefect1Settings, "apiUrl" | "credential">,
): string | null {
  if (credential.kind === "none") return null;
  const url = URL.parse(apiUrl);
  if (url === null || url.protocol !== "http:" || THIS_MACHINE.test(url.hostname)) return null;
  const what = credential.kind === "key" ? "API key" : "token";
  return `The ${what} is sent in clear to ${url.host}, by this agent and by its flow runs: everyone on the way can read it. ` +
    "Give an address with https:// (--api or PREFECT__CLOUD__API); " +
    "where the network is protected otherwise, this is only a reminder";
}
