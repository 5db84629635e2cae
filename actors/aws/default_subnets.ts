/**
 * Reads the networks of the account: the default one for agents that were told none, and VPCs by their id.
 *
 * @module
 */

import { FailureError, toFailure } from "../../schemas/failure/failure.ts";
import { allPages, objectsIn, textIn, textsIn } from "./answer.ts";
import type { Ec2Exchange } from "./ec2_exchange.ts";
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
  client: Ec2Exchange,
  abortSignal: AbortSignal,
): Promise<readonly string[]> {
  const vpc = await readVpc(client, null, abortSignal);
  const subnets = vpc === undefined ? [] : await readSubnets(client, vpc, abortSignal);
  if (subnets.length > 0) return subnets;
  throw new FailureError({ tag: "configuration", field: "networkConfiguration", message: NO_NETWORK });
}

/** A VPC with its subnets, or why there is none, in a sentence with AWS's own code. */
export type VpcNetwork = { readonly vpcId: string; readonly subnets: readonly string[] } | {
  readonly absent: string;
};

/**
 * A VPC with all its subnets, in answer order.
 *
 * @param wanted its id; null: the first default VPC
 * @throws {FailureError} the failures of reads; a VPC that does not exist is a result
 */
export async function readVpcNetwork(
  client: Ec2Exchange,
  wanted: string | null,
  abortSignal: AbortSignal,
): Promise<VpcNetwork> {
  try {
    const vpcId = await readVpc(client, wanted, abortSignal);
    if (vpcId !== undefined) return { vpcId, subnets: await readSubnets(client, vpcId, abortSignal) };
    return {
      absent: wanted === null ? "the account has none in this region" : "EC2 does not know it in this region",
    };
  } catch (thrown) {
    const failure = toFailure(thrown);
    if (failure.tag === "refused" && UNKNOWN_VPC.test(failure.code)) return { absent: failure.message };
    throw thrown;
  }
}

/** @see "Error codes for the Amazon EC2 API" */
const UNKNOWN_VPC = /^InvalidVpcI[dD]/;

async function readVpc(
  client: Ec2Exchange,
  wanted: string | null,
  abortSignal: AbortSignal,
): Promise<string | undefined> {
  try {
    const asked = wanted === null
      ? { Filters: [{ Name: "isDefault", Values: ["true"] }] }
      : { VpcIds: [wanted] };
    const { Vpcs } = await client.send("DescribeVpcs", asked, abortSignal);
    return textIn(objectsIn(Vpcs)[0]?.VpcId) ?? undefined;
  } catch (thrown) {
    throw toAwsFailure(thrown, { service: "EC2", operation: "DescribeVpcs", kind: "read" });
  }
}

async function readSubnets(
  client: Ec2Exchange,
  vpc: string,
  abortSignal: AbortSignal,
): Promise<readonly string[]> {
  return await allPages("DescribeSubnets", async (token) => {
    const page = token === null ? {} : { NextToken: token };
    const asked = { Filters: [{ Name: "vpc-id", Values: [vpc] }], ...page };
    const answer = await client.send("DescribeSubnets", asked, abortSignal).catch((thrown: unknown) => {
      throw toAwsFailure(thrown, { service: "EC2", operation: "DescribeSubnets", kind: "read" });
    });
    const found = objectsIn(answer["Subnets"]);
    return { items: textsIn(found.map(({ SubnetId }) => SubnetId)), next: textIn(answer["NextToken"]) };
  });
}
