/**
 * Where EC2 is asked.
 *
 * @see the endpoint rules of EC2 in its API model
 * @module
 */

import { EndpointError } from "@smithy/core/endpoints";
import type { EndpointV2 } from "@smithy/types";

/** What decides: region, an endpoint that the user set, and the kinds of endpoints that are wanted. */
export interface Ec2EndpointParameters {
  readonly Region?: string | undefined;
  readonly Endpoint?: string | undefined;
  readonly UseFIPS?: boolean | undefined;
  readonly UseDualStack?: boolean | undefined;
}

/** What AWS's partitions say of a region. */
export interface Partition {
  readonly name: string;
  readonly dnsSuffix: string;
  readonly dualStackDnsSuffix: string;
  readonly supportsFIPS: boolean;
  readonly supportsDualStack: boolean;
}

/** The endpoint of EC2, and as whose requests are signed. @throws {EndpointError} in the SDK's words, where AWS has none of that kind */
export function ec2EndpointOf(
  parameters: Ec2EndpointParameters,
  partitionOf: (region: string) => Partition,
): EndpointV2 {
  const url = addressOf(parameters, partitionOf);
  const { Region: signingRegion = "" } = parameters;
  const scheme = { name: "sigv4", signingName: "ec2", signingRegion, properties: {} };
  return { url, properties: { authSchemes: [scheme] } };
}

function addressOf(
  { Region = "", Endpoint, UseFIPS = false, UseDualStack = false }: Ec2EndpointParameters,
  partitionOf: (region: string) => Partition,
): URL {
  if (Endpoint !== undefined) {
    if (UseFIPS) throw refused("FIPS and custom endpoint are not supported");
    if (UseDualStack) throw refused("Dualstack and custom endpoint are not supported");
    return new URL(Endpoint);
  }
  if (Region === "") throw refused("Missing Region");
  const { name, supportsFIPS, supportsDualStack, dnsSuffix, dualStackDnsSuffix } = partitionOf(Region);
  if (UseFIPS && UseDualStack && !(supportsFIPS && supportsDualStack)) {
    throw new EndpointError(
      "FIPS and DualStack are enabled, but this partition does not support one or both",
    );
  }
  if (UseFIPS && !supportsFIPS) {
    throw new EndpointError("FIPS is enabled but this partition does not support FIPS");
  }
  if (UseDualStack && !supportsDualStack) {
    throw new EndpointError("DualStack is enabled but this partition does not support DualStack");
  }
  // In these regions every endpoint is a FIPS endpoint.
  const isPlain = !UseFIPS || (name === "aws-us-gov" && !UseDualStack);
  const suffix = UseDualStack ? dualStackDnsSuffix : dnsSuffix;
  return new URL(`https://${isPlain ? "ec2" : "ec2-fips"}.${Region}.${suffix}`);
}

function refused(why: string): EndpointError {
  return new EndpointError(`Invalid Configuration: ${why}`);
}
