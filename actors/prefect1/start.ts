/**
 * The start-up requests: tenant, registration, agent config, hello. Each step is done once, so that a start that was
 * interrupted goes on where it stopped.
 *
 * @module
 */

import * as v from "valibot";
import { type Failure, FailureError, toFailure } from "../../schemas/failure/failure.ts";
import type { Orchestrator } from "../../schemas/contracts/orchestrator.ts";
import type { Prefect1Settings } from "../../schemas/prefect1/config/settings.ts";
import type { Graphql } from "./graphql.ts";
import { parseAnswer, type Session } from "./api.ts";
import * as queries from "./queries.ts";
import type { Log } from "../../schemas/contracts/log.ts";

/** What starting needs. */
export interface StartOptions {
  readonly graphql: Graphql;
  /** Filled in step by step. */
  readonly session: Session;
  readonly settings: Prefect1Settings;
  /** Class name of the Python agent that this one stands for. */
  readonly agentType: string;
  readonly log: Log;
}

const scopeAnswer = v.object({ auth_info: v.object({ api_token_scope: v.nullish(v.string()) }) });
const keyTenantAnswer = v.object({ auth_info: v.object({ tenant_id: v.nullish(v.string()) }) });
const tenantsAnswer = v.object({ tenant: v.array(v.object({ id: v.string() })) });
const registerAnswer = v.object({ register_agent: v.object({ id: v.string() }) });
const configAnswer = v.object({ agent_config: v.array(v.object({ settings: v.unknown() })) });

/**
 * Makes the start of one session.
 *
 * @returns a function that throws `unauthorized`, `apiError` and `configuration` for good; the rest may be tried again
 * @see recorded: agent-idle, agent-config, agent-start-errors, cloud-auth-refused, agent-loop/hello-error
 */
export function makeStart(options: StartOptions): Orchestrator["start"] {
  const { settings, session } = options;
  return async (signal) => {
    try {
      await setUp(options, signal);
      return { tenantId: session.tenantId ?? null };
    } catch (thrown) {
      signal.throwIfAborted();
      const failure = toFailure(thrown);
      const message = `Error while contacting API at ${withoutUserInfo(settings.apiUrl)}: ${failure.message}`;
      throw new FailureError({ ...failure, message }, { cause: thrown });
    }
  };
}

/** An address may carry a name and a password, as the Python client took it: both are removed before it is shown. */
function withoutUserInfo(url: string): string {
  return url.replace(/^(\w+:\/\/)[^/?#]*@/, "$1");
}

/** The steps in the order of the Python agent; the log lines are its own too. */
async function setUp(options: StartOptions, signal: AbortSignal): Promise<void> {
  const { session, settings, log } = options;
  if (session.tenantId === undefined && settings.credential.kind === "token") {
    await checkScope(options, signal);
  }
  if (session.agentId === null) {
    const { agentConfigId } = settings;
    log(
      "INFO",
      agentConfigId === null ? "Registering agent..." : `Registering agent with config ${agentConfigId}...`,
    );
    session.tenantId ??= await findTenant(options, signal);
    // The header goes out with the agent's id only once its config was found.
    const id = await register(options, signal);
    log("INFO", "Registration successful!");
    log("DEBUG", `Assigned agent id: ${id}`);
    if (agentConfigId !== null) await fetchConfig(agentConfigId, options, signal);
    session.agentId = id;
  }
  log("DEBUG", `Sending test query to API at '${withoutUserInfo(settings.apiUrl)}'...`);
  await options.graphql({ query: queries.HELLO, signal });
  log("DEBUG", "Test query successful!");
}

/** Refuses a token of another scope; Prefect Server has no scopes. */
async function checkScope({ graphql, settings }: StartOptions, signal: AbortSignal): Promise<void> {
  if (settings.backend !== "cloud") return;
  const answer = parseAnswer(scopeAnswer, await graphql({ query: queries.TOKEN_SCOPE, signal }));
  const scope = answer.auth_info.api_token_scope ?? "none";
  if (scope === "RUNNER") return;
  throw unauthorized(
    `The token has scope ${scope}, an agent needs RUNNER; create a RUNNER token or use an API key`,
  );
}

/** Null: the API takes the tenant from the token. */
async function findTenant(options: StartOptions, signal: AbortSignal): Promise<string | null> {
  const { credential, backend } = options.settings;
  if (credential.kind === "key" && credential.tenantId !== null) return credential.tenantId;
  if (backend === "server") return await findServerTenant(options, signal);
  if (credential.kind === "key") return await findKeyTenant(options, signal);
  if (credential.kind === "token") return null;
  throw unauthorized(
    "You have not set an API key for authentication. Give one with --key, PREFECT__CLOUD__API_KEY or auth.toml",
  );
}

/** Prefect Server: the first tenant, as the Python client takes it. */
async function findServerTenant({ graphql }: StartOptions, signal: AbortSignal): Promise<string> {
  const { tenant } = parseAnswer(tenantsAnswer, await graphql({ query: queries.TENANTS, signal }));
  if (tenant[0] !== undefined) return tenant[0].id;
  const message = "Your Prefect Server instance has no tenants. " +
    "Create a tenant with `prefect server create-tenant`";
  throw new FailureError({ tag: "configuration", field: "tenant", message });
}

/** Prefect Cloud: a key belongs to one tenant; a legacy token that is used as a key has none. */
async function findKeyTenant({ graphql }: StartOptions, signal: AbortSignal): Promise<string> {
  const answer = parseAnswer(keyTenantAnswer, await graphql({ query: queries.KEY_TENANT, signal }));
  if (answer.auth_info.tenant_id) return answer.auth_info.tenant_id;
  throw unauthorized(
    "An API token was used as an API key. There is no tenant associated with API tokens. " +
      "Use an API key for authentication",
  );
}

/** The API answers the same id for the same tenant, name, type, version and labels. */
async function register({ graphql, session, settings, agentType }: StartOptions, signal: AbortSignal) {
  const input = {
    type: agentType,
    name: settings.name,
    labels: settings.labels,
    tenant_id: session.tenantId ?? null,
    agent_config_id: settings.agentConfigId,
  };
  const data = await graphql({ query: queries.REGISTER_AGENT, variables: { input }, signal });
  return parseAnswer(registerAnswer, data).register_agent.id;
}

/** Q-AGENT-CONFIG: the settings are fetched and not used; a missing config ends the start. */
async function fetchConfig(id: string, { graphql, log }: StartOptions, signal: AbortSignal): Promise<void> {
  const answer = parseAnswer(configAnswer, await graphql({ query: queries.agentConfigQuery(id), signal }));
  if (answer.agent_config.length > 0) return log("DEBUG", `Loaded agent config ${id}`);
  const message =
    `There is no agent config ${id}; name an existing one with --agent-config-id or leave it out`;
  throw new FailureError({ tag: "configuration", field: "agent-config-id", message });
}

function unauthorized(message: string): FailureError {
  const failure: Failure = { tag: "unauthorized", message };
  return new FailureError(failure);
}
