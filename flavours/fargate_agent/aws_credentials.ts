/**
 * With which credentials and in which region the Fargate agent's AWS clients work.
 *
 * @module
 */

import { FailureError } from "../../schemas/failure/failure.ts";
import { type Given, readText } from "./switches.ts";
import { scalarText } from "../../schemas/options/scalar_text.ts";
import { Secret } from "../../schemas/secrets/secret.ts";

/** AWS credentials that were given to the agent itself. */
export interface GivenCredentials {
  readonly accessKeyId: Secret;
  readonly secretAccessKey: Secret;
  readonly sessionToken: Secret | null;
}

type Env = Readonly<Record<string, string>>;

/**
 * Credentials by argument, else by variable, each on its own; empty text counts as absent.
 *
 * @returns null when neither gives a whole pair: then the SDK's own chain decides
 * @throws {FailureError} `configuration` for half a pair given as argument
 */
export function readCredentials(given: Given, env: Env): GivenCredentials | null {
  const accessKeyId = read(given, env, "aws_access_key_id");
  const secretAccessKey = read(given, env, "aws_secret_access_key");
  const sessionToken = read(given, env, "aws_session_token");
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    refuseHalf(given);
    return null;
  }
  return {
    accessKeyId: new Secret(accessKeyId),
    secretAccessKey: new Secret(secretAccessKey),
    sessionToken: sessionToken === undefined ? null : new Secret(sessionToken),
  };
}

/** Region by argument, else by the variable REGION_NAME; undefined when neither gives one. */
export function readRegion(given: Given, env: Env): string | undefined {
  return readText(given, "region_name") ?? nonEmpty(env["REGION_NAME"]);
}

function read(given: Given, env: Env, name: string): string | undefined {
  return readText(given, name) ?? nonEmpty(env[name.toUpperCase()]);
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined ? undefined : scalarText(text) || undefined;
}

function refuseHalf(given: Given): void {
  const half = ["aws_access_key_id", "aws_secret_access_key"].find((name) =>
    readText(given, name) !== undefined
  );
  if (half === undefined) return;
  const field = half === "aws_access_key_id" ? "aws_secret_access_key" : "aws_access_key_id";
  const message = `Cannot use ${half} alone: give ${field} as well, as a pair or as ${field.toUpperCase()}`;
  throw new FailureError({ tag: "configuration", field, message });
}
