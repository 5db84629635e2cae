/**
 * The protocols of AWS: JSON 1.1 with `X-Amz-Target`, and the query protocol of EC2 and STS.
 *
 * @module
 */

import { isJsonObject, type Json, type JsonObject } from "../../schemas/json/json.ts";
import { answerQuery } from "./aws_query.ts";
import type { ContainerOutput } from "../containers/container_output.ts";
import { answerLogs } from "./container_logs_api.ts";
import { DEFAULT_REGION } from "../ecs/arns.ts";
import { dispatch, type EcsReply, errorReply } from "../ecs/dispatch.ts";
import { AwsError } from "../ecs/error.ts";
import { withoutNulls } from "../ecs/json.ts";
import type { EcsWorld } from "../ecs/world.ts";
import { getResources } from "./tagging_api.ts";
import { JSON_TYPE, type WireReply, type WireRequest, XML_TYPE } from "./wire.ts";

/** Whom a request is for. */
export interface WireName {
  readonly service: string;
  readonly operation: string;
}

const SERVICES: ReadonlyMap<string, string> = new Map([
  ["AmazonEC2ContainerServiceV20141113", "ecs"],
  ["ResourceGroupsTaggingAPI_20170126", "tagging"],
  ["Logs_20140328", "logs"],
]);
const STS_ACTIONS: ReadonlySet<string> = new Set(["GetCallerIdentity", "AssumeRole"]);

/** Region of a signature: `Credential=KEY/20260131/eu-west-1/ecs/aws4_request`. */
export function regionOf(authorization: string): string {
  return /Credential=[^/]*\/\d{8}\/([a-z0-9-]+)\//.exec(authorization)?.[1] ?? DEFAULT_REGION;
}

/** Service and operation that a request names; empty texts when it names none. */
export function nameOf({ target, contentType, body }: WireRequest): WireName {
  if (target !== "") {
    const [prefix = "", operation = ""] = target.split(".");
    return { service: SERVICES.get(prefix) ?? "", operation };
  }
  if (!contentType.startsWith("application/x-www-form-urlencoded")) return { service: "", operation: "" };
  const operation = new URLSearchParams(body).get("Action") ?? "";
  return { service: STS_ACTIONS.has(operation) ? "sts" : "ec2", operation };
}

function parseInput(body: string): JsonObject {
  let value: Json;
  try {
    value = withoutNulls(JSON.parse(body === "" ? "{}" : body));
  } catch {
    throw new AwsError("SerializationException", "The body is not JSON");
  }
  if (!isJsonObject(value)) throw new AwsError("SerializationException", "The body is not a JSON object");
  return value;
}

/** What the protocols lead to. */
export interface AccountParts {
  readonly world: EcsWorld;
  readonly output: ContainerOutput;
}

function answerJson(
  { world, output }: AccountParts,
  { service, operation }: WireName,
  wire: WireRequest,
): EcsReply {
  try {
    const call = { region: regionOf(wire.authorization), input: parseInput(wire.body) };
    if (service === "ecs") return dispatch(world, operation, call);
    if (service === "tagging" && operation === "GetResources") {
      return { kind: "answered", status: 200, body: getResources(world, call) };
    }
    if (service === "logs") {
      return { kind: "answered", status: 200, body: answerLogs(output, operation, call.input) };
    }
    throw new AwsError("UnknownOperationException", "The local account has no such service");
  } catch (thrown) {
    if (thrown instanceof AwsError) return errorReply(thrown);
    throw thrown;
  }
}

/** Answers a request of any of the protocols. */
export function answerWire(parts: AccountParts, wire: WireRequest): WireReply {
  const name = nameOf(wire);
  if (name.service === "ec2" || name.service === "sts") {
    const form = new URLSearchParams(wire.body);
    const { status, xml } = answerQuery({
      form,
      region: regionOf(wire.authorization),
      requestId: wire.requestId,
    });
    return { kind: "answered", status, contentType: XML_TYPE, body: xml };
  }
  const reply = answerJson(parts, name, wire);
  if (reply.kind === "lost") return reply;
  return { kind: "answered", status: reply.status, contentType: JSON_TYPE, body: JSON.stringify(reply.body) };
}
