/**
 * The network of a task in mode `awsvpc`: the one of the configuration, checked against its VPC, or all subnets of a VPC.
 *
 * @module
 */

import { badFlowRun } from "../../../schemas/flow_run/bad_flow_run.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../schemas/json/json.ts";
import { filledText, isFilled, listItems } from "../../../schemas/json/shape.ts";
import { membersOf } from "../../../schemas/ecs/shapes/request_shapes.ts";
import { sameName, shortened } from "../../../schemas/options/near_name.ts";
import { type VpcSource, vpcSource } from "../../../schemas/ecs/source.ts";
import type { Job } from "./job.ts";

/** The VPC that must be known for a run; null: none. @param request RunTask as stated */
export function neededVpc(job: Job, request: JsonObject, definition: JsonObject): VpcSource | null {
  const { networkConfiguration, vpcId, account } = job.configuration;
  if (definition["networkMode"] !== "awsvpc") return null;
  if (!isFilled(networkConfiguration) && isFilled(request["networkConfiguration"])) return null;
  return vpcSource(vpcId, account);
}

/**
 * RunTask with its network.
 *
 * @throws {FailureError} `badFlowRun` for a VPC or subnets that are not there
 */
export function withNetwork(
  job: Job,
  { request, definition }: { readonly request: JsonObject; readonly definition: JsonObject },
): JsonObject {
  const needed = neededVpc(job, request, definition);
  if (needed === null) return request;
  const subnets = subnetsOf(job, needed);
  const { networkConfiguration: stated } = job.configuration;
  if (!isFilled(stated)) {
    return {
      ...request,
      networkConfiguration: { awsvpcConfiguration: { subnets, assignPublicIp: "ENABLED" } },
    };
  }
  // An explanation may have no access to the VPC.
  if (!isUnread(job, needed)) checkSubnets(job, stated, subnets);
  return { ...request, networkConfiguration: { awsvpcConfiguration: stated } };
}

/** A network without its wrapping, as a user may state it in the request, gets it. */
export function wrapped(network: Json | undefined): Json | undefined {
  if (!isJsonObject(network)) return network;
  const names = Object.keys(network);
  const known = [...membersOf("AwsVpcConfiguration")?.keys() ?? []];
  const isBare = names.length > 0 && names.every((name) => sameName(name, known) !== null);
  return isBare ? { awsvpcConfiguration: network } : network;
}

function subnetsOf({ run, readings }: Job, source: VpcSource): readonly Json[] {
  const vpc = source.vpcId === null ? "the default VPC" : `VPC ${shortened(source.vpcId)}`;
  const reading = readings[source.key];
  if (reading?.kind !== "json") {
    const why = reading?.kind === "absent" ? reading.message : "it was not read";
    throw badFlowRun(
      run,
      "vpc_id",
      `names no network: ${vpc} cannot be used, ${why}; set vpc_id to a VPC of this account and region`,
    );
  }
  const subnets = listItems(reading.value["subnets"]);
  if (subnets.length > 0) return subnets;
  throw badFlowRun(run, "vpc_id", `names no network: ${vpc} has no subnets; set vpc_id to one that has`);
}

function isUnread({ readings }: Job, { key }: VpcSource): boolean {
  const reading = readings[key];
  return reading?.kind === "json" && reading.value["isUnread"] === true;
}

function checkSubnets({ run, configuration }: Job, stated: JsonObject, known: readonly Json[]): void {
  const ids = new Set(known);
  const strange = listItems(stated["subnets"]).filter((subnet) => !ids.has(subnet));
  const [first] = strange;
  if (first === undefined) return;
  const name = filledText(first) ?? "one";
  const vpc = shortened(configuration.vpcId ?? "");
  throw badFlowRun(
    run,
    "network_configuration.subnets",
    `holds ${strange.length} that are not in VPC ${vpc}, such as ${
      shortened(name)
    }: it has ${known.length} subnets`,
  );
}
