/**
 * What the Fargate options say about AWS clients.
 *
 * @module
 */

import type { BotocoreSettings } from "../../../flavours/fargate_agent/botocore_config.ts";
import type { GivenCredentials } from "../../../flavours/fargate_agent/aws_credentials.ts";
import type { GivenAwsOptions } from "../ecs/aws_session.ts";

/** What was given; null: the SDK's own lookup. */
export interface AwsGiven {
  readonly credentials: GivenCredentials | null;
  readonly regionName: string | null;
  readonly botocoreConfig?: BotocoreSettings;
}

/** The same as the clients take it; what was not given is absent. */
export function awsOptionsOf({ credentials, regionName, botocoreConfig }: AwsGiven): GivenAwsOptions {
  const botocore = botocoreConfig === undefined ? {} : present({
    timeoutMs: botocoreConfig.requestTimeoutMs,
    maxAttempts: botocoreConfig.maxAttempts,
    retryMode: botocoreConfig.retryMode,
    userAgent: botocoreConfig.userAgentExtra,
    userAgentAppId: botocoreConfig.userAgentAppId,
    useDualstackEndpoint: botocoreConfig.useDualstackEndpoint,
    useFipsEndpoint: botocoreConfig.useFipsEndpoint,
  });
  return {
    ...botocore,
    ...(regionName === null ? {} : { region: regionName }),
    ...(credentials === null
      ? {}
      : { credentials: { ...credentials, accessKeyId: credentials.accessKeyId.reveal() } }),
  };
}

type Present<T> = { [K in keyof T]?: NonNullable<T[K]> };

function present<T extends Record<string, unknown>>(values: T): Present<T> {
  const kept: Present<T> = {};
  for (const name in values) {
    const value = values[name];
    if (value !== null && value !== undefined) kept[name] = value;
  }
  return kept;
}
