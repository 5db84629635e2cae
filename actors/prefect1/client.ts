/**
 * The GraphQL client of one agent: its headers, its secrets and its time limits come from its settings.
 *
 * @module
 */

import { apiSecrets, makeApiHeaders } from "../../schemas/prefect1/api_headers.ts";
import type { Prefect1Settings } from "../../schemas/prefect1/config/settings.ts";
import type { Clock, Random } from "../../schemas/time/clock.ts";
import type { Log } from "../../schemas/contracts/log.ts";
import type { Redactor } from "../../schemas/secrets/redact.ts";
import type { CallObserver } from "../observability/call_observer.ts";
import type { HttpCall } from "../http/http.ts";
import type { Session } from "./api.ts";
import { type Graphql, makeGraphql } from "./graphql.ts";

/** What a client is made of. */
export interface ClientOptions {
  /** API, credential and time limit are taken from here. */
  readonly settings: Prefect1Settings;
  /** Version of the Prefect it stands for: `1.4.1` for the ECS agent, `0.15.13` for the Fargate agent. */
  readonly coreVersion: string;
  readonly clock: Clock;
  /** Spreads the waits between retries. */
  readonly random: Random;
  /** Every request goes through it. */
  readonly call: HttpCall;
  /** The agent's own log. */
  readonly log: Log;
  /** Is told the credentials: answers of an API may quote what was sent. */
  readonly redact: Pick<Redactor, "text" | "learn">;
  /** Makes every request. @default requests are not observed */
  readonly observe?: CallObserver;
}

/**
 * Makes the client.
 *
 * @param session read for each request: tenant and agent id become known while the agent starts
 * @throws {FailureError} `configuration` for a key or token that cannot travel in a header
 */
export function makeClient(options: ClientOptions, session: Session): Graphql {
  const { settings, coreVersion, clock, random, call, log, observe, redact } = options;
  redact.learn({ credentials: apiSecrets(settings).map((secret) => secret.reveal()) });
  const headers = makeApiHeaders(settings.credential, coreVersion);
  return makeGraphql({
    url: settings.apiUrl,
    call,
    clock,
    random,
    timeoutMs: settings.requestTimeoutMs,
    headers: () => headers(session),
    log,
    redact,
    ...(observe === undefined ? {} : { observe }),
  });
}

/** A client for a single question, of an agent that is not registered. @throws {FailureError} as {@link makeClient} */
export function makeUnregisteredClient(options: ClientOptions): Graphql {
  const { credential } = options.settings;
  const tenantId = credential.kind === "key" ? credential.tenantId ?? undefined : undefined;
  return makeClient(options, { tenantId, agentId: null });
}
