/**
 * Reads the default network of the account, for agents that were told none.
 *
 * @module
 */

import type { EC2Client } from "@aws-sdk/client-ec2";
import { FailureError } from "../../schemas/failure/failure.ts";
import { allPages, objectsIn, textIn, textsIn } from "./answer.ts";
import { toAwsFailure } from "./failure.ts";

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
    return textIn(objectsIn(Vpcs)[0]?.VpcId) ?? undefined;
  } catch (thrown) {
    throw toAwsFailure(thrown, { service: "EC2", operation: "DescribeVpcs", kind: "read" });
  }
}

async function readSubnets(
  client: EC2Client,
  vpc: string,
  abortSignal: AbortSignal,
): Promise<readonly string[]> {
  const { DescribeSubnetsCommand } = await import("@aws-sdk/client-ec2");
  return await allPages("DescribeSubnets", async (token) => {
    const page = token === null ? {} : { NextToken: token };
    const command = new DescribeSubnetsCommand({ Filters: [{ Name: "vpc-id", Values: [vpc] }], ...page });
    const answer = await client.send(command, { abortSignal }).catch((thrown: unknown) => {
      throw toAwsFailure(thrown, { service: "EC2", operation: "DescribeSubnets", kind: "read" });
    });
    const found = objectsIn(answer.Subnets);
    return { items: textsIn(found.map(({ SubnetId }) => SubnetId)), next: answer.NextToken };
  });
}
