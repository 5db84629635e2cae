/**
 * How a request to the Prefect 1 API proves who sends it, and what of it must stay secret.
 *
 * @module
 */

import { FailureError } from "../failure/failure.ts";
import type { Secret } from "../secrets/secret.ts";
import type { ApiCredential, Prefect1Settings } from "./config/settings.ts";

/** What the API has told about this agent so far. */
export interface ApiIdentity {
  /** Null and undefined: not known, or not needed. */
  readonly tenantId: string | null | undefined;
  /** Null: not registered. */
  readonly agentId: string | null;
}

/**
 * Makes the headers of each request: the tenant only with a key and once it is known, the agent's id once it is registered.
 *
 * @param coreVersion the version of Prefect that the agent stands in for
 * @throws {FailureError} `configuration` for a key or token that cannot travel in a header
 * @see recorded: agent-loop/one-run, agent-loop/key-no-tenant; cloud-runner-token (a token never names its tenant)
 */
export function makeApiHeaders(
  credential: ApiCredential,
  coreVersion: string,
): (identity: ApiIdentity) => Readonly<Record<string, string>> {
  const bearer = bearerOf(credential);
  return ({ tenantId, agentId }) => ({
    "X-PREFECT-CORE-VERSION": coreVersion,
    ...(bearer === null ? {} : { Authorization: `Bearer ${bearer.reveal()}` }),
    ...(credential.kind === "key" && tenantId ? { "X-PREFECT-TENANT-ID": tenantId } : {}),
    ...(agentId === null ? {} : { "X-PREFECT-AGENT-ID": agentId }),
  });
}

/** Refuses early what the runtime would refuse with a text that quotes the header, secret and all. */
function bearerOf(credential: ApiCredential): Secret | null {
  const secret = secretOf(credential);
  if (secret === null || /^[\x21-\x7e]+$/.test(secret.reveal())) return secret;
  const what = credential.kind === "key" ? "API key" : "token";
  const message = `The ${what} holds blanks, line ends or non-ASCII characters; set it again without them`;
  throw new FailureError({ tag: "configuration", field: what, message });
}

/** Everything that is sent to the API and must never come back in a message. */
export function apiSecrets(
  { credential, agentToken }: Pick<Prefect1Settings, "credential" | "agentToken">,
): readonly Secret[] {
  return [secretOf(credential), agentToken].filter((secret) => secret !== null);
}

function secretOf(credential: ApiCredential): Secret | null {
  switch (credential.kind) {
    case "none":
      return null;
    case "key":
      return credential.key;
    case "token":
      return credential.token;
  }
}
