/**
 * Definitions that the variables of the default template refer to: AWS credentials and capacity providers.
 *
 * @module
 */

import type { JsonObject } from "../../../schemas/json/json.ts";
import { flag, optional, optionalOf, reference } from "./schema_parts.ts";

const TEXTS: JsonObject = { type: "object", additionalProperties: { type: "string" } };
const LIST_OF_MAPPINGS: JsonObject = { type: "array", items: TEXTS };

const assumeRole: JsonObject = {
  title: "AssumeRoleParameters",
  description: "Parameters of AWS STS AssumeRole beside the role itself.",
  type: "object",
  properties: {
    RoleSessionName: optional("string", {
      title: "Role Session Name",
      description: "Names the session in AWS's logs; by default the worker makes a name.",
    }),
    DurationSeconds: optional("integer", {
      title: "Duration Seconds",
      description:
        "How long the credentials hold, from 900 to 43200 seconds; they are renewed before they end.",
    }),
    Policy: optional("string", {
      title: "Policy",
      description: "A policy as JSON that narrows the session.",
    }),
    PolicyArns: optionalOf([LIST_OF_MAPPINGS], {
      title: "Policy ARNs",
      description: "Managed policies that narrow the session.",
    }),
    Tags: optionalOf([LIST_OF_MAPPINGS], { title: "Tags", description: "Tags of the session." }),
    TransitiveTagKeys: optionalOf([{ type: "array", items: { type: "string" } }], {
      title: "Transitive Tag Keys",
      description: "Tags that sessions made from this one keep.",
    }),
    ExternalId: optional("string", {
      title: "External ID",
      description: "The id that the owner of a role in another account asks for.",
    }),
    SerialNumber: optional("string", {
      title: "Serial Number",
      description: "Serial number or ARN of an MFA device.",
    }),
    TokenCode: optional("string", { title: "Token Code", description: "Code that the MFA device shows." }),
    SourceIdentity: optional("string", {
      title: "Source Identity",
      description: "Who acts, for AWS CloudTrail.",
    }),
    ProvidedContexts: optionalOf([LIST_OF_MAPPINGS], {
      title: "Provided Contexts",
      description: "Trusted contexts for the session.",
    }),
  },
};

const clientParameters: JsonObject = {
  title: "AwsClientParameters",
  description: "How AWS is reached.",
  type: "object",
  properties: {
    api_version: optional("string", { title: "API Version", description: "Version of AWS's API." }),
    use_ssl: flag(true, { title: "Use SSL", description: "Whether connections are encrypted." }),
    verify: optionalOf([{ type: "boolean" }, { type: "string", format: "file-path" }], {
      title: "Verify",
      description: "Whether certificates are verified, or the file of authorities to verify them with.",
    }),
    verify_cert_path: optionalOf([{ type: "string", format: "file-path" }], {
      title: "Certificate Authority Bundle File Path",
      description: "File of the authorities that certificates are verified with.",
    }),
    endpoint_url: optional("string", {
      title: "Endpoint URL",
      description: "Address in place of AWS's own, with its scheme.",
    }),
    config: optionalOf([{ type: "object", additionalProperties: true }], {
      title: "Botocore Config",
      description: "Settings of botocore.",
    }),
  },
};

const credentials: JsonObject = {
  title: "AwsCredentials",
  description: "Credentials for AWS. Without any, those of the worker hold.",
  type: "object",
  block_type_slug: "aws-credentials",
  block_schema_references: {},
  secret_fields: ["aws_secret_access_key"],
  properties: {
    aws_access_key_id: optional("string", {
      title: "AWS Access Key ID",
      description: "Id of an access key.",
    }),
    aws_secret_access_key: optionalOf([{ type: "string", format: "password", writeOnly: true }], {
      title: "AWS Access Key Secret",
      description: "Secret of the access key.",
    }),
    aws_session_token: optional("string", {
      title: "AWS Session Token",
      description: "Token of temporary credentials.",
    }),
    profile_name: optional("string", {
      title: "Profile Name",
      description: "A profile in the AWS files of the worker's machine.",
    }),
    region_name: optional("string", { title: "Region Name", description: "Region of the cluster." }),
    aws_client_parameters: reference("AwsClientParameters", {
      title: "AWS Client Parameters",
      description: "How AWS is reached.",
    }),
    assume_role_arn: optional("string", {
      title: "Assume Role ARN",
      description: "A role that the worker assumes for all calls of the run.",
    }),
    assume_role_kwargs: reference("AssumeRoleParameters", {
      title: "Assume Role Parameters",
      description: "Further parameters for assuming the role.",
    }),
  },
};

const capacityProvider: JsonObject = {
  title: "CapacityProvider",
  description: "A part of a capacity provider strategy.",
  type: "object",
  required: ["capacityProvider", "weight", "base"],
  properties: {
    capacityProvider: { title: "Capacityprovider", type: "string" },
    weight: { title: "Weight", type: "integer" },
    base: { title: "Base", type: "integer" },
  },
};

/** By the names that `$ref` uses. */
export const definitions: JsonObject = {
  AssumeRoleParameters: assumeRole,
  AwsClientParameters: clientParameters,
  AwsCredentials: credentials,
  CapacityProvider: capacityProvider,
};
