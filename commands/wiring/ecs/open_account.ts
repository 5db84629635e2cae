/**
 * Clients of an account that a plan names.
 *
 * @module
 */

import { type AwsClients, makeAwsClients } from "../../../actors/ecs/clients.ts";
import { readTextSync } from "../../../actors/files/read_config_file.ts";
import { whyUnreadable } from "../../../actors/files/read_named_file.ts";
import type { HttpCall } from "../../../actors/http/http.ts";
import { makeKeptHttp } from "../../../actors/http/kept_http.ts";
import type { AccountPlan } from "../../../schemas/ecs/account/account_plan.ts";
import { FailureError } from "../../../schemas/failure/failure.ts";
import type { PlatformPorts } from "../platform.ts";
import type { GivenAwsOptions } from "./aws_session.ts";

/** What an account is opened with. */
export interface AccountPorts
  extends Pick<PlatformPorts, "env" | "call" | "clock" | "log" | "redact" | "onAnswer"> {
  /** Options of the agent's own clients. */
  readonly aws: GivenAwsOptions;
}

/** Connections of one account at a time. */
const MOST_CONNECTIONS = 50;

type Env = Readonly<Record<string, string>>;

/** Variables that hold the agent's own credentials: a profile of a plan wins over them. */
const OWN_KEYS = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"];

/** Opens the clients; nothing is sent yet. @throws {FailureError} `credentials` and `configuration` */
export async function openAccount(
  account: AccountPlan,
  { env, call, clock, log, redact, onAnswer, aws }: AccountPorts,
): Promise<AwsClients> {
  const { region, keys, role } = account;
  if (keys !== null) {
    const { secretAccessKey, sessionToken } = keys;
    const secrets = [secretAccessKey.reveal(), ...(sessionToken === null ? [] : [sessionToken.reveal()])];
    redact.learn({ credentials: secrets });
  }
  const { call: http, close } = httpOf(account, env, call);
  const clients = await makeAwsClients({
    ...aws,
    env: environmentOf(account, env),
    http,
    clock,
    log,
    redact,
    ...(onAnswer === undefined ? {} : { onAnswer }),
    ...(region === null ? {} : { region }),
    ...(keys === null ? {} : { credentials: keys }),
    ...(role === null ? {} : { role }),
  });
  return {
    ...clients,
    close: () => {
      clients.close();
      close();
    },
  };
}

/** The agent's environment, with profile and endpoint of the account in place of its own. */
function environmentOf({ profile, endpoint }: AccountPlan, env: Env): Env {
  const kept = Object.entries(env).filter(([name]) =>
    !(profile !== null && OWN_KEYS.includes(name)) &&
    !(endpoint !== null && name.startsWith("AWS_ENDPOINT_URL_"))
  );
  return {
    ...Object.fromEntries(kept),
    ...(profile === null ? {} : { AWS_PROFILE: profile }),
    ...(endpoint === null ? {} : { AWS_ENDPOINT_URL: endpoint }),
  };
}

function httpOf({ verify }: AccountPlan, env: Env, call: HttpCall): { call: HttpCall; close: () => void } {
  if (verify === true) return { call, close: () => undefined };
  return makeKeptHttp({
    env,
    authorities: verify === false ? null : authoritiesIn(verify.file),
    skipVerify: verify === false,
    most: MOST_CONNECTIONS,
  });
}

function authoritiesIn(path: string): string {
  try {
    return readTextSync(path);
  } catch (thrown) {
    if (thrown instanceof FailureError) throw thrown;
    const message = `Cannot read the certificates ${path} (verify_cert_path): ${whyUnreadable(thrown)}`;
    throw new FailureError({ tag: "credentials", message }, { cause: thrown });
  }
}
