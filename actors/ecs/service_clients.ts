/**
 * Clients of the services that few agents need. Each is imported and made when it is first asked for.
 *
 * @module
 */

import type { CloudWatchLogsClient, CloudWatchLogsClientConfig } from "@aws-sdk/client-cloudwatch-logs";
import type { AwsHttpHandler } from "../aws/http_handler.ts";
import { endpointOf } from "../aws/endpoint.ts";
import { makeEc2Exchange } from "../aws/ec2_exchange.ts";
import { lateSdk } from "../aws/late_sdk.ts";

/** What all clients of one account share. */
export type SharedConfig = Pick<CloudWatchLogsClientConfig, "credentials" | "maxAttempts" | "retryMode"> & {
  readonly region: string;
  readonly requestHandler: AwsHttpHandler;
};

/** What the clients are made from. */
export interface ServiceClientsDeps {
  readonly config: SharedConfig;
  readonly env: Readonly<Record<string, string>>;
  /** Gives bodies as streams, as S3's operations want them. */
  readonly streaming: AwsHttpHandler;
  /** Region of the queue of task events. @default the region of all else */
  readonly queueRegion?: string;
}

/** A client that is made when it is first asked for. */
export interface Lazy<C> {
  readonly get: () => Promise<C>;
  readonly close: () => void;
}

/** None is made yet. */
export function makeServiceClients({ config, env, streaming, queueRegion }: ServiceClientsDeps) {
  const s3 = lazy(async () => {
    const { S3Client } = await lateSdk.s3();
    const endpoint = endpointOf("S3", env);
    return new S3Client({
      ...config,
      ...endpoint,
      requestHandler: streaming,
      // At an endpoint that the user configured, a bucket cannot be part of the host name.
      forcePathStyle: "endpoint" in endpoint,
      followRegionRedirects: true,
      responseChecksumValidation: "WHEN_REQUIRED",
    });
  });
  const ec2 = lazy(() => makeEc2Exchange({ ...config, ...endpointOf("EC2", env) }));
  const tagging = lazy(async () => {
    const { ResourceGroupsTaggingAPIClient } = await lateSdk.tagging();
    return new ResourceGroupsTaggingAPIClient({
      ...config,
      ...endpointOf("RESOURCE_GROUPS_TAGGING_API", env),
    });
  });
  const sqs = lazy(async () => {
    const { SQSClient } = await lateSdk.sqs();
    const region = queueRegion ?? config.region;
    return new SQSClient({ ...config, region, ...endpointOf("SQS", env) });
  });
  const logs = logClients(config, env);
  return { s3, ec2, tagging, sqs, logs };
}

/** One client for each region that logs are written to. */
function logClients(config: SharedConfig, env: ServiceClientsDeps["env"]) {
  const byRegion = new Map<string, Lazy<CloudWatchLogsClient>>();
  const make = (region: string) =>
    lazy(async () => {
      const { CloudWatchLogsClient } = await lateSdk.cloudWatchLogs();
      return new CloudWatchLogsClient({ ...config, region, ...endpointOf("CLOUDWATCH_LOGS", env) });
    });
  return {
    get: (region: string) => {
      const client = byRegion.get(region) ?? make(region);
      byRegion.set(region, client);
      return client.get();
    },
    close: () => byRegion.forEach((client) => client.close()),
  };
}

function lazy<C extends { readonly destroy: () => void }>(make: () => Promise<C>): Lazy<C> {
  let made: Promise<C> | null = null;
  return {
    get: () => made ??= make(),
    close: () => void made?.then((client) => client.destroy(), () => {}),
  };
}
