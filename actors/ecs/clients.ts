/**
 * The only place where AWS clients are made. All of them share one region, one set of credentials and this program's way to
 * the network; services that few agents need are imported when they are first used.
 *
 * @module
 */

import { ECSClient } from "@aws-sdk/client-ecs";
import type { RoleToAssume } from "../../schemas/ecs/account/account_plan.ts";
import type { Redactor } from "../../schemas/secrets/redact.ts";
import { BOUNDS } from "../../schemas/bounds/bounds.ts";
import type { Clock } from "../../schemas/time/clock.ts";
import { FailureError } from "../../schemas/failure/failure.ts";
import { scalarVariables } from "../../schemas/options/scalar_text.ts";
import {
  type AwsKeys,
  type CredentialProvider,
  findCredentials,
  fixedCredentials,
  roleCredentials,
  toldCredentials,
} from "../aws/credentials.ts";
import { endpointOf } from "../aws/endpoint.ts";
import { type AwsHttpHandler, makeAwsHttpHandler } from "../aws/http_handler.ts";
import { type AwsProfiles, chosenProfile, readAwsProfiles } from "../aws/profile.ts";
import type { EcsCalls } from "./calls.ts";
import { makeEcsClientCalls } from "./client.ts";
import { makeEcsExchange } from "./exchange.ts";
import type { ReadLogTail } from "./last_lines.ts";
import { makeServiceClients } from "./service_clients.ts";
import type { Log } from "../../schemas/contracts/log.ts";
import { makeTroubleReport } from "../time/trouble_report.ts";
import { readLogTail } from "../aws/log_tail.ts";
import { type DescribeFullTaskDefinition, describeFullTaskDefinition } from "./full_task_definition.ts";
import { findDefinitionsByTag } from "../aws/find_definitions_by_tag.ts";
import type { HttpCall } from "../http/http.ts";
import { keepCredentials, type RenewalReport } from "../aws/keep_credentials.ts";
import { readDefaultSubnets, readVpcNetwork, type VpcNetwork } from "../aws/default_subnets.ts";
import { makeQueueCalls, type QueueCalls } from "../aws/queue.ts";
import type { ReadS3Object } from "../../schemas/templates/place_source.ts";
import { readS3Object } from "../aws/s3_object.ts";

/** What {@link makeAwsClients} starts from. */
export interface AwsClientOptions {
  /** The process environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly http: HttpCall;
  readonly clock: Pick<Clock, "now">;
  /** Is told the credentials in use, and hides what answers quote. */
  readonly redact: Pick<Redactor, "learn" | "quoted">;
  /** Told of credentials that cannot be renewed while the last ones still hold. @default nothing is told */
  readonly log?: Log;
  /** Receives the id that AWS gave to each request it answered. */
  readonly onAnswer?: (requestId: string) => void;
  /** Wins over environment and profile (`regionName`, `REGION_NAME` of the fargate flavour). */
  readonly region?: string;
  /** Region of the queue of task events. @default the region of all else */
  readonly queueRegion?: string;
  /** Win over every other source. */
  readonly credentials?: AwsKeys;
  /** It is assumed with the credentials that are found or given. */
  readonly role?: RoleToAssume;
  /** For one HTTP exchange, in milliseconds. @default 60000 for RunTask, as botocore's read timeout, and 30000 for all else */
  readonly timeoutMs?: number;
  /** Attempts of one read outside ECS. ECS calls are tried once: pacing and retries are the agent's own. @default 3 */
  readonly maxAttempts?: number;
  /** Appended to the user agent. */
  readonly userAgent?: string;
  /** Application id in the user agent. */
  readonly userAgentAppId?: string;
  /** How waits between attempts grow. @default "standard" */
  readonly retryMode?: "standard" | "adaptive";
  readonly useDualstackEndpoint?: boolean;
  readonly useFipsEndpoint?: boolean;
}

/** AWS as the agent needs it. */
export interface AwsClients {
  readonly region: string;
  readonly ecs: EcsCalls;
  /** A whole definition with its tags, for the legacy task environment. */
  readonly describeFullTaskDefinition: DescribeFullTaskDefinition;
  /** @throws {FailureError} refusals other than a missing bucket or object */
  readonly readS3Object: ReadS3Object;
  /** @throws {FailureError} `configuration` when there is no default network */
  readonly readDefaultSubnets: (signal: AbortSignal) => Promise<readonly string[]>;
  /** A VPC with its subnets; null: the default one. @throws {FailureError} refusals other than a missing VPC */
  readonly readVpcNetwork: (vpcId: string | null, signal: AbortSignal) => Promise<VpcNetwork>;
  /** Last lines of a log stream; none where there is no such stream. @throws {FailureError} refusals */
  readonly readLogTail: ReadLogTail;
  /** Calls of a queue. */
  readonly queue: QueueCalls;
  /** Asks for credentials without using them. @throws {FailureError} `credentials`, `unavailable` */
  readonly checkCredentials: () => Promise<void>;
  /** Ends all clients. */
  readonly close: () => void;
}

/** AWS as a running agent asks it. */
export type AgentAws =
  & Omit<AwsClients, "checkCredentials" | "close" | "describeFullTaskDefinition" | "queue">
  & Partial<Pick<AwsClients, "queue">>;

/** Bounds of one exchange where the options state none. A call that is not answered is sent again after that. */
const BOUNDS_MS = { launchMs: 60_000, otherMs: 30_000 } as const;

/**
 * Makes the clients; nothing is sent yet.
 *
 * @throws {FailureError} `credentials` when no region is known, or the profile that is named does not exist
 */
export async function makeAwsClients(given: AwsClientOptions): Promise<AwsClients> {
  const env = scalarVariables(given.env);
  const options = { ...given, env };
  const profiles = await readAwsProfiles(env);
  const config = sharedConfig(options, profiles);
  const once = { ...config, maxAttempts: 1, ...endpointOf("ECS", env) };
  const ecs = new ECSClient(once);
  const exchange = makeEcsExchange(ecs, options.clock.now, {
    launchMs: options.timeoutMs ?? BOUNDS_MS.launchMs,
    otherMs: options.timeoutMs ?? BOUNDS_MS.otherMs,
  });
  const { s3, ec2, tagging, sqs, logs } = servicesOf(options, config);
  return {
    region: config.region,
    ecs: {
      ...makeEcsClientCalls(exchange, options.redact),
      findDefinitionsByTag: async (tags, signal) =>
        await findDefinitionsByTag(await tagging.get(), tags, signal),
    },
    describeFullTaskDefinition: (name, signal) => describeFullTaskDefinition(exchange, name, signal),
    readS3Object: async (place, signal) => await readS3Object(await s3.get(), place, signal),
    readDefaultSubnets: async (signal) => await readDefaultSubnets(await ec2.get(), signal),
    readVpcNetwork: async (vpcId, signal) => await readVpcNetwork(await ec2.get(), vpcId, signal),
    readLogTail: async (place, lines, signal) =>
      await readLogTail(await logs.get(place.region ?? config.region), { place, lines }, signal),
    queue: makeQueueCalls(sqs.get),
    checkCredentials: async () => {
      await ecs.config.credentials();
    },
    close: () =>
      [ecs, s3, ec2, tagging, sqs, logs].forEach((client) =>
        "close" in client ? client.close() : client.destroy()
      ),
  };
}

function servicesOf(options: AwsClientOptions, config: ReturnType<typeof sharedConfig>) {
  const { env, http, timeoutMs = BOUNDS_MS.otherMs, queueRegion } = options;
  const streaming = makeAwsHttpHandler({
    http,
    timeoutMs,
    maxBytes: BOUNDS.template.most,
    body: "stream",
    ...listener(options),
  });
  return makeServiceClients({
    config,
    env,
    streaming,
    ...(queueRegion === undefined ? {} : { queueRegion }),
  });
}

function listener({ onAnswer }: AwsClientOptions): Pick<AwsClientOptions, "onAnswer"> {
  return onAnswer === undefined ? {} : { onAnswer };
}

function endpointKindOf(options: AwsClientOptions) {
  const { userAgentAppId, useDualstackEndpoint, useFipsEndpoint } = options;
  return {
    ...(userAgentAppId === undefined ? {} : { userAgentAppId }),
    ...(useDualstackEndpoint === undefined ? {} : { useDualstackEndpoint }),
    ...(useFipsEndpoint === undefined ? {} : { useFipsEndpoint }),
  };
}

function renewals({ clock, log }: AwsClientOptions): RenewalReport | undefined {
  if (log === undefined) return undefined;
  return makeTroubleReport({
    clock,
    log,
    what: "renew the AWS credentials",
    advice: "the last ones are used until they expire. Check the source of the credentials and the way to it",
  });
}

function sharedConfig(options: AwsClientOptions, profiles: AwsProfiles) {
  const { env, http, timeoutMs = BOUNDS_MS.otherMs, maxAttempts = 3, userAgent } = options;
  const handler = makeAwsHttpHandler({ http, timeoutMs, maxBytes: BOUNDS.answer.most, ...listener(options) });
  const learn = (credentials: readonly string[]): void => options.redact.learn({ credentials });
  const ask = options.credentials === undefined
    ? findCredentials({ env, profiles, handler, learn })
    : fixedCredentials(options.credentials);
  const credentials: CredentialProvider = keepCredentials(
    toldCredentials(assumed(ask, options, handler, profiles), learn),
    options.clock,
    renewals(options),
  );
  return {
    region: options.region || regionOf(env, profiles),
    credentials,
    requestHandler: handler,
    maxAttempts,
    retryMode: options.retryMode ?? "standard",
    // The other modes ask the instance's metadata for the region.
    defaultsMode: "standard",
    ...(userAgent === undefined ? {} : { customUserAgent: userAgent }),
    ...endpointKindOf(options),
  } as const;
}

/** Credentials of a role, where one is to be assumed. */
function assumed(
  ask: CredentialProvider,
  options: AwsClientOptions,
  handler: AwsHttpHandler,
  profiles: AwsProfiles,
): CredentialProvider {
  const { role, env } = options;
  if (role === undefined) return ask;
  const region = options.region || regionOf(env, profiles);
  return roleCredentials({
    role,
    ask,
    client: { region, requestHandler: handler, ...endpointOf("STS", env) },
  });
}

/** Python's SDK knows only the first of the two variables, so that one wins where they differ. */
function regionOf(env: Readonly<Record<string, string>>, profiles: AwsProfiles): string {
  const region = env["AWS_DEFAULT_REGION"] || env["AWS_REGION"] || chosenProfile(profiles)["region"];
  if (region) return region;
  const message =
    "Cannot tell the AWS region: set AWS_DEFAULT_REGION or AWS_REGION (fargate: also region_name or REGION_NAME), " +
    `or give the profile ${profiles.name} a region in ~/.aws/config`;
  throw new FailureError({ tag: "credentials", message });
}
