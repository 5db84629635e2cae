/**
 * What is read from other AWS services than ECS: objects of S3, the default network, definitions by tag. Each service has one
 * function; the client is the caller's.
 *
 * @module
 */

import type { EC2Client } from "@aws-sdk/client-ec2";
import type { ResourceGroupsTaggingAPIClient } from "@aws-sdk/client-resource-groups-tagging-api";
import type { S3Client } from "@aws-sdk/client-s3";
import { FailureError } from "../schemas/failure.ts";
import { toAwsFailure } from "./aws_failure.ts";

/** An object of S3. */
export interface S3Place {
  readonly bucket: string;
  readonly key: string;
}

/** An S3 object's text, or why there is none. */
export type S3Text =
  | { readonly found: true; readonly text: string }
  | { readonly found: false; readonly message: string };

/** Codes that say that bucket or object do not exist; everything else is a refusal. Fargate goldens F-S3-ANY-ERROR. */
const ABSENT_CODES: ReadonlySet<string> = new Set(["NoSuchKey", "NoSuchBucket", "NotFound"]);

/**
 * Reads an object as UTF-8 text.
 *
 * @throws {FailureError} `awsRefused`, `throttled`, `unavailable`, `timedOut`, `credentials`
 */
export async function readS3Text(
  client: S3Client,
  { bucket, key }: S3Place,
  abortSignal: AbortSignal,
): Promise<S3Text> {
  const { GetObjectCommand } = await import("@aws-sdk/client-s3");
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }), { abortSignal });
    return { found: true, text: await Body?.transformToString("utf-8") ?? "" };
  } catch (thrown) {
    const error = toAwsFailure(thrown, { operation: "GetObject", kind: "read" });
    const { failure } = error;
    if (failure.tag !== "awsRefused" || !ABSENT_CODES.has(failure.code)) throw error;
    return { found: false, message: failure.message };
  }
}

/** Text of the originals, see the ecs goldens' README §3. */
const NO_NETWORK =
  "Failed to infer default networkConfiguration, please explicitly configure using `--run-task-kwargs`";

/**
 * All subnets of the first default VPC, in answer order.
 *
 * @throws {FailureError} `configuration` when there is no default VPC or it has no subnets; the failures of reads
 */
export async function readDefaultSubnets(
  client: EC2Client,
  abortSignal: AbortSignal,
): Promise<readonly string[]> {
  const vpc = await readDefaultVpc(client, abortSignal);
  const subnets = vpc === undefined ? [] : await readSubnets(client, vpc, abortSignal);
  if (subnets.length > 0) return subnets;
  throw new FailureError({ tag: "configuration", field: "networkConfiguration", message: NO_NETWORK });
}

async function readDefaultVpc(client: EC2Client, abortSignal: AbortSignal): Promise<string | undefined> {
  const { DescribeVpcsCommand } = await import("@aws-sdk/client-ec2");
  try {
    const command = new DescribeVpcsCommand({ Filters: [{ Name: "isDefault", Values: ["true"] }] });
    const { Vpcs } = await client.send(command, { abortSignal });
    return Vpcs?.[0]?.VpcId;
  } catch (thrown) {
    throw toAwsFailure(thrown, { operation: "DescribeVpcs", kind: "read" });
  }
}

async function readSubnets(
  client: EC2Client,
  vpc: string,
  abortSignal: AbortSignal,
): Promise<readonly string[]> {
  const { DescribeSubnetsCommand } = await import("@aws-sdk/client-ec2");
  const subnets: string[] = [];
  let NextToken: string | undefined;
  do {
    const page = NextToken === undefined ? {} : { NextToken };
    const command = new DescribeSubnetsCommand({ Filters: [{ Name: "vpc-id", Values: [vpc] }], ...page });
    const answer = await client.send(command, { abortSignal }).catch((thrown: unknown) => {
      throw toAwsFailure(thrown, { operation: "DescribeSubnets", kind: "read" });
    });
    subnets.push(...(answer.Subnets ?? []).flatMap(({ SubnetId }) => SubnetId ?? []));
    NextToken = answer.NextToken;
  } while (NextToken !== undefined && NextToken !== "");
  return subnets;
}

/**
 * ARNs of task definitions that carry all these tags, all pages.
 *
 * @throws {FailureError} the failures of reads
 */
export async function findDefinitionsByTag(
  client: ResourceGroupsTaggingAPIClient,
  tags: Readonly<Record<string, string>>,
  abortSignal: AbortSignal,
): Promise<readonly string[]> {
  const { GetResourcesCommand } = await import("@aws-sdk/client-resource-groups-tagging-api");
  const TagFilters = Object.entries(tags).map(([Key, value]) => ({ Key, Values: [value] }));
  const arns: string[] = [];
  let PaginationToken: string | undefined;
  do {
    const page = PaginationToken === undefined ? {} : { PaginationToken };
    const asked = { TagFilters, ResourceTypeFilters: ["ecs:task-definition"], ...page };
    const answer = await client.send(new GetResourcesCommand(asked), { abortSignal }).catch(
      (thrown: unknown) => {
        throw toAwsFailure(thrown, { operation: "GetResources", kind: "read" });
      },
    );
    arns.push(...(answer.ResourceTagMappingList ?? []).flatMap(({ ResourceARN }) => ResourceARN ?? []));
    PaginationToken = answer.PaginationToken;
  } while (PaginationToken !== undefined && PaginationToken !== "");
  return arns;
}
