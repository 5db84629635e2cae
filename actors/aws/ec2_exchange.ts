/**
 * The two calls of EC2 that this program makes. The SDK's own client of EC2 describes all 700 operations and takes over 30 MB
 * once it is loaded, so the SDK's client of ECS, which is there anyway, asks here with the SDK's protocol, endpoints and name
 * of EC2. Credentials, signatures, retries, time-outs and errors are the SDK's.
 *
 * @see "Amazon EC2 query protocol" in the Smithy documentation
 * @module
 */

import { ECSClient, type ECSClientConfig, type ECSClientResolvedConfig } from "@aws-sdk/client-ecs";
import { Command } from "@smithy/core/client";
import { getEndpointPlugin } from "@smithy/core/endpoints";
import type {
  $SchemaRef,
  MetadataBearer,
  StaticListSchema,
  StaticOperationSchema,
  StaticStructureSchema,
} from "@smithy/types";
import { ec2EndpointOf } from "./ec2_endpoint.ts";
import { lateSdk } from "./late_sdk.ts";

/** Names of values that a filter lets through. */
export interface Ec2Filter {
  readonly Name: string;
  readonly Values: readonly string[];
}

/** What the operations take, as far as it is asked here. */
export interface Ec2Requests {
  readonly DescribeVpcs: { readonly Filters?: readonly Ec2Filter[]; readonly VpcIds?: readonly string[] };
  readonly DescribeSubnets: { readonly Filters?: readonly Ec2Filter[]; readonly NextToken?: string };
}

/** An answer as EC2 gave it; the members are those of {@link SCHEMAS}. */
export type Ec2Answer = Readonly<Record<string, unknown>>;

/** Calls of EC2. */
export interface Ec2Exchange {
  /** @throws {unknown} what the SDK throws */
  readonly send: <Operation extends keyof Ec2Requests>(
    operation: Operation,
    request: Ec2Requests[Operation],
    abortSignal: AbortSignal,
  ) => Promise<Ec2Answer>;
  readonly destroy: () => void;
}

const API_VERSION = "2016-11-15";
const NAMESPACE = "com.amazonaws.ec2";

/** Where an endpoint comes from: the same for all operations and services. */
const ENDPOINT_PARAMETERS = {
  UseFIPS: { type: "builtInParams", name: "useFipsEndpoint" },
  Endpoint: { type: "builtInParams", name: "endpoint" },
  Region: { type: "builtInParams", name: "region" },
  UseDualStack: { type: "builtInParams", name: "useDualstackEndpoint" },
} as const;

/** Kinds of schemas by Smithy's numbers. */
const TEXT = 0;
const LIST = 1;
const STRUCTURE = 3;
const OPERATION = 9;

/** Requests and answers, with the members that are sent or read here. @see the API model of EC2 */
const SCHEMAS: Readonly<Record<keyof Ec2Requests, StaticOperationSchema>> = {
  DescribeVpcs: [
    OPERATION,
    NAMESPACE,
    "DescribeVpcs",
    0,
    () => structure({ Filters: [filters, "Filter"], VpcIds: [listOf(TEXT, "VpcId"), "VpcId"] }),
    () => structure({ Vpcs: [listOf(structure({ VpcId: [TEXT, "vpcId"] })), "vpcSet"] }),
  ],
  DescribeSubnets: [
    OPERATION,
    NAMESPACE,
    "DescribeSubnets",
    0,
    () => structure({ Filters: [filters, "Filter"], NextToken: [TEXT, "NextToken"] }),
    () =>
      structure({
        NextToken: [TEXT, "nextToken"],
        Subnets: [listOf(structure({ SubnetId: [TEXT, "subnetId"] })), "subnetSet"],
      }),
  ],
};

function filters(): StaticListSchema {
  return listOf(structure({ Name: [TEXT, "Name"], Values: [listOf(TEXT), "Value"] }), "Filter");
}

/** Members with their schemas and their names on the wire. */
function structure(members: Readonly<Record<string, readonly [$SchemaRef, string]>>): StaticStructureSchema {
  const schemas = Object.values(members).map(([schema, xmlName]) => onWire(schema, xmlName));
  return [STRUCTURE, NAMESPACE, "Structure", 0, Object.keys(members), schemas];
}

function listOf(of: $SchemaRef, xmlName = "item"): StaticListSchema {
  return [LIST, NAMESPACE, "List", 0, onWire(of, xmlName)];
}

function onWire(schema: $SchemaRef, xmlName: string): [$SchemaRef, { xmlName: string }] {
  return [schema, { xmlName }];
}

/** Makes the calls; nothing is sent yet. @param config of any client of the SDK */
export async function makeEc2Exchange(config: ECSClientConfig): Promise<Ec2Exchange> {
  const [{ AwsEc2QueryProtocol }, { partition }] = await Promise.all([
    lateSdk.protocols(),
    lateSdk.coreClient(),
  ]);
  const client = new ECSClient({
    ...config,
    serviceId: "EC2",
    protocol: AwsEc2QueryProtocol,
    protocolSettings: {
      defaultNamespace: NAMESPACE,
      xmlNamespace: `http://ec2.amazonaws.com/doc/${API_VERSION}`,
      version: API_VERSION,
      errorTypeRegistries: [],
    },
    endpointProvider: (parameters) => ec2EndpointOf(parameters, partition),
  });
  return {
    send: async (operation, request, abortSignal) => {
      const command = new (commandOf(operation))(request);
      const handle = command.resolveMiddleware(client.middlewareStack, client.config, { abortSignal });
      const { output } = await handle(command);
      return { ...output };
    },
    destroy: () => client.destroy(),
  };
}

function commandOf(operation: keyof Ec2Requests) {
  return Command.classBuilder<object, MetadataBearer, ECSClientResolvedConfig>()
    .ep(ENDPOINT_PARAMETERS)
    .m((_own, _stack, config) => [getEndpointPlugin(config, ENDPOINT_PARAMETERS)])
    .s("AmazonEC2", operation)
    .n("EC2Client", `${operation}Command`)
    .sc(SCHEMAS[operation])
    .build();
}
