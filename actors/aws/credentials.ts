/**
 * Finds AWS credentials: given ones, the environment, the shared files, a web identity, the container or the instance.
 * External programs are not supported, because the agent may not start any.
 *
 * The order is that of the Python SDK and not of the JavaScript one, so that an agent that replaces a Python agent on the same
 * machine uses the same account.
 *
 * @module
 */

import type { fromIni } from "@aws-sdk/credential-providers";
import { FailureError } from "../../schemas/failure/failure.ts";
import type { RoleToAssume } from "../../schemas/ecs/account/account_plan.ts";
import type { Secret } from "../../schemas/secrets/secret.ts";
import type { AwsHttpHandler } from "./http_handler.ts";
import { secretsSent } from "./secrets_sent.ts";
import {
  type AwsProfiles,
  chosenProfile,
  hasCredentials,
  processProfile,
  profileSecrets,
} from "./profile.ts";
import { lateSdk } from "./late_sdk.ts";

/** Credentials given by option rather than found. */
export interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
  readonly sessionToken: Secret | null;
}

/** What {@link findCredentials} looks at. */
export interface CredentialSources {
  readonly env: Readonly<Record<string, string>>;
  readonly profiles: AwsProfiles;
  /** For the calls to STS and SSO. */
  readonly handler: AwsHttpHandler;
  /** Told what a source is asked with, because a refusal may quote it. */
  readonly learn: Learn;
}

/** Takes secrets that are in use. */
export type Learn = (secrets: readonly string[]) => void;

/** Answers credentials each time it is asked; `args` is what the SDK passes: the client that asks. */
export type CredentialProvider = ReturnType<typeof fromIni>;

/** A source that exists: its name in messages, and the function that asks it. */
interface Found {
  readonly name: string;
  readonly ask: CredentialProvider;
}

/** The SDK's providers write warnings to the console unless they are given somewhere else. */
const QUIET = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, trace: () => {} };

/** Credentials that were given, as the SDK takes them. */
export function fixedCredentials(keys: AwsKeys): CredentialProvider {
  const identity = {
    accessKeyId: keys.accessKeyId,
    secretAccessKey: keys.secretAccessKey.reveal(),
    ...(keys.sessionToken === null ? {} : { sessionToken: keys.sessionToken.reveal() }),
  };
  return () => Promise.resolve(identity);
}

/** A role, and what it is assumed with. */
export interface RoleSource {
  readonly role: RoleToAssume;
  /** Credentials that may assume it. */
  readonly ask: CredentialProvider;
  /** Options of the client of STS. */
  readonly client: {
    readonly region: string;
    readonly requestHandler: AwsHttpHandler;
    readonly endpoint?: string;
  };
}

/** Name of the session where the role's parameters have none. @see prefect-aws 0.7.12, `assume_role_kwargs` */
const SESSION_NAME = "prefect";

/** Assumes a role each time it is asked. @throws {FailureError} `credentials` that names the role */
export function roleCredentials({ role, ask, client }: RoleSource): CredentialProvider {
  return async (args) => {
    const { fromTemporaryCredentials } = await lateSdk.credentialProviders();
    const params = { RoleSessionName: SESSION_NAME, ...role.parameters, RoleArn: role.arn };
    try {
      return await fromTemporaryCredentials({
        params,
        masterCredentials: await ask(args),
        clientConfig: { ...client, maxAttempts: 3 },
        logger: QUIET,
      })(args);
    } catch (error) {
      throw notGiven(`the role ${role.arn}`, error);
    }
  };
}

/** Tells keys and session token before anything is signed with them. */
export function toldCredentials(ask: CredentialProvider, learn: Learn): CredentialProvider {
  return async (args) => {
    const identity = await ask(args);
    const { secretAccessKey, sessionToken } = identity;
    learn([secretAccessKey, ...(sessionToken === undefined ? [] : [sessionToken])]);
    return identity;
  };
}

/**
 * The first source that exists, in the order of the Python SDK. Each call searches again, so that it sees rotated files.
 *
 * @throws {FailureError} `credentials`, from the provider: no source, a refusal, a `credential_process`
 * @see botocore 1.43 credentials.py, create_credential_resolver
 */
export function findCredentials(sources: CredentialSources): CredentialProvider {
  return async (args) => {
    const { name, ask } = chooseSource(sources);
    try {
      return await ask(args);
    } catch (error) {
      throw notGiven(name, error);
    }
  };
}

/** A source that is there but refuses ends the search, as in the Python SDK: a silent change of identity would be worse. */
function chooseSource(sources: CredentialSources): Found {
  const { env, profiles, learn } = sources;
  const profile = chosenProfile(profiles);
  if (env["AWS_ACCESS_KEY_ID"] && env["AWS_SECRET_ACCESS_KEY"]) return fromEnvironment(env);
  if (profile["role_arn"] !== undefined) return fromProfile(sources);
  if (env["AWS_WEB_IDENTITY_TOKEN_FILE"] && env["AWS_ROLE_ARN"]) return fromWebIdentity(sources);
  if (hasCredentials(profile)) return fromProfile(sources);
  if (env["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] || env["AWS_CONTAINER_CREDENTIALS_FULL_URI"]) {
    return fromContainer(env, learn);
  }
  if ((env["AWS_EC2_METADATA_DISABLED"] ?? "").toLowerCase() === "true") throw noSource();
  return fromInstance();
}

/** `AWS_SECURITY_TOKEN` is the older name of the session token, still read by the Python SDK. */
function fromEnvironment(env: Readonly<Record<string, string>>): Found {
  const token = env["AWS_SESSION_TOKEN"] || env["AWS_SECURITY_TOKEN"];
  const identity = {
    accessKeyId: env["AWS_ACCESS_KEY_ID"] ?? "",
    secretAccessKey: env["AWS_SECRET_ACCESS_KEY"] ?? "",
    ...(token ? { sessionToken: token } : {}),
  };
  return { name: "the environment", ask: () => Promise.resolve(identity) };
}

/** Keys, roles with their sources, web identities and SSO sessions of the shared files. */
function fromProfile({ profiles, handler, learn }: CredentialSources): Found {
  const program = processProfile(profiles);
  if (program !== null) throw needsProgram(program);
  const { name, files } = profiles;
  const ask: CredentialProvider = async (args) => {
    learn(profileSecrets(profiles));
    const { fromIni } = await lateSdk.credentialProviders();
    const clientConfig = { requestHandler: tellingHandler(handler, learn) };
    return await fromIni({ profile: name, ...files, ignoreCache: true, clientConfig, logger: QUIET })(args);
  };
  return { name: `the profile ${name}`, ask };
}

/** Service accounts of EKS, and other runtimes that mount a token file. Each renewal reads the file again. */
function fromWebIdentity({ env, handler, learn }: CredentialSources): Found {
  const init = {
    webIdentityTokenFile: env["AWS_WEB_IDENTITY_TOKEN_FILE"] ?? "",
    roleArn: env["AWS_ROLE_ARN"] ?? "",
    roleSessionName: env["AWS_ROLE_SESSION_NAME"] || "prefect-ecs-agent",
    clientConfig: { requestHandler: tellingHandler(handler, learn) },
    logger: QUIET,
  };
  const ask: CredentialProvider = async (args) => {
    const { fromTokenFile } = await lateSdk.credentialProviders();
    return await fromTokenFile(init)(args);
  };
  return { name: "the web identity of AWS_WEB_IDENTITY_TOKEN_FILE", ask };
}

/** The metadata addresses are link-local: our proxies and certificate authorities do not apply, the SDK asks them itself. */
function fromContainer(env: Readonly<Record<string, string>>, learn: Learn): Found {
  const relative = env["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"];
  const init = {
    ...(relative
      ? { awsContainerCredentialsRelativeUri: relative }
      : { awsContainerCredentialsFullUri: env["AWS_CONTAINER_CREDENTIALS_FULL_URI"] ?? "" }),
    ...(env["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"]
      ? { awsContainerAuthorizationTokenFile: env["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] }
      : {}),
    ...(env["AWS_CONTAINER_AUTHORIZATION_TOKEN"]
      ? { awsContainerAuthorizationToken: env["AWS_CONTAINER_AUTHORIZATION_TOKEN"] }
      : {}),
    logger: QUIET,
  };
  const ask = async () => {
    learn([env["AWS_CONTAINER_AUTHORIZATION_TOKEN"] ?? ""]);
    learn(await secretOfFile(env["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"]));
    const { fromHttp } = await lateSdk.credentialProviders();
    return await fromHttp(init)();
  };
  return { name: "the container (task role)", ask };
}

/** The SDK reads the file itself, and says what is wrong with it. */
async function secretOfFile(path: string | undefined): Promise<readonly string[]> {
  if (path === undefined || path === "") return [];
  return await Deno.readTextFile(path).then((text) => [text], () => []);
}

/** Tells what is sent to STS and SSO before it is sent: tokens of files and caches, which the SDK reads itself. */
function tellingHandler(handler: AwsHttpHandler, learn: Learn): AwsHttpHandler {
  return {
    ...handler,
    handle: (request, options) => {
      learn(secretsSent(request));
      return handler.handle(request, options);
    },
  };
}

/** Outside EC2 the metadata address does not answer; the SDK gives up after a second. */
function fromInstance(): Found {
  const ask = async () => {
    const { fromInstanceMetadata } = await lateSdk.credentialProviders();
    return await fromInstanceMetadata({ logger: QUIET })().catch(() => Promise.reject(noSource()));
  };
  return { name: "the instance (instance role)", ask };
}

function noSource(): FailureError {
  const message = "Cannot find AWS credentials in environment, shared files, container or instance: set " +
    "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or give the agent a task role";
  return new FailureError({ tag: "credentials", message });
}

function needsProgram(profile: string): FailureError {
  const message =
    `Cannot use the AWS profile ${profile}: its credential_process is a program, and the agent may not ` +
    "start programs; use SSO, a role or keys in that profile, or export its credentials to the environment " +
    `before the start, e.g. eval "$(aws configure export-credentials --profile ${profile} --format env)"`;
  return new FailureError({ tag: "credentials", message });
}

/** A source that is there but does not answer may do so later; one that refuses will not. */
function notGiven(name: string, error: unknown): FailureError {
  if (error instanceof FailureError) return error;
  const message = `Cannot get AWS credentials from ${name}: ${
    error instanceof Error ? error.message : String(error)
  }`;
  const status = error instanceof Error && "$fault" in error && error.$fault === "server" ? 500 : 0;
  const failure = status === 0
    ? { tag: "credentials", message } as const
    : { tag: "unavailable", status, message } as const;
  return new FailureError(failure, { cause: error });
}
