/**
 * The variables of the default template, in the order in which forms show them.
 *
 * @module
 */

import type { JsonObject } from "../../../schemas/json/json.ts";
import { flag, mappingOf, optional, reference } from "./schema_parts.ts";

const ofRun: JsonObject = {
  name: optional("string", {
    title: "Name",
    description: "Name of the job in Prefect; by default the name of the flow run.",
  }),
  env: mappingOf({ anyOf: [{ type: "string" }, { type: "null" }] }, {
    title: "Environment Variables",
    description:
      "Variables of the flow's container, set when the task starts. Null takes a variable of the worker out.",
  }),
  labels: mappingOf({ type: "string" }, {
    title: "Labels",
    description: "Tags of the task beside those of the worker. AWS takes 50 in all.",
  }),
  command: optional("string", {
    title: "Command",
    description: "Command of the flow's container; by default it executes the flow run.",
  }),
  task_definition_arn: optional("string", {
    title: "Task Definition ARN",
    description:
      "An existing task definition, by ARN, family or family:revision. Nothing is registered then, and what the " +
      "template says of the definition has no effect.",
  }),
  aws_credentials: reference("AwsCredentials", {
    title: "AWS Credentials",
    description: "Account, region and role in which the task runs; by default those of the worker.",
  }),
};

const ofTask: JsonObject = {
  cluster: optional("string", {
    title: "Cluster",
    description: "Cluster that the task runs in, by name or ARN; by default the cluster named default.",
  }),
  family: optional("string", {
    title: "Family",
    description: "Family of the task definition; by default it is made of the work pool and the deployment.",
  }),
  launch_type: {
    title: "Launch Type",
    description: "Where the task runs. FARGATE_SPOT is Fargate on spare capacity, which AWS may take back.",
    type: "string",
    enum: ["FARGATE", "EC2", "EXTERNAL", "FARGATE_SPOT"],
    default: "FARGATE",
  },
  capacity_provider_strategy: {
    title: "Capacity Provider Strategy",
    description: "Capacity providers that the task is placed with, in place of a launch type.",
    type: "array",
    items: { $ref: "#/definitions/CapacityProvider" },
  },
  image: optional("string", {
    title: "Image",
    description:
      "Image of the flow's container; by default Prefect's own, which has no packages of the flow.",
  }),
  cpu: optional("integer", {
    title: "CPU",
    description:
      "CPU units of the task, 1024 for each vCPU; by default 1024. Fargate has certain sizes only.",
  }),
  memory: optional("integer", {
    title: "Memory",
    description: "Memory of the task in MiB; by default 2048. Fargate has certain sizes for each CPU only.",
  }),
  container_name: optional("string", {
    title: "Container Name",
    description:
      "Name of the flow's container in the task definition; by default prefect, or the first container.",
  }),
  prefect_api_key_secret_arn: optional("string", {
    title: "Prefect API Key Secret ARN",
    description: "Secret or parameter of AWS that holds the API key. The key then travels in no request.",
  }),
  prefect_api_auth_string_secret_arn: optional("string", {
    title: "Prefect API Auth String Secret ARN",
    description: "Secret or parameter of AWS that holds the auth string. It then travels in no request.",
  }),
  task_role_arn: optional("string", {
    title: "Task Role ARN",
    description: "Role of the flow itself: what it may do in AWS.",
  }),
  execution_role_arn: optional("string", {
    title: "Execution Role ARN",
    description: "Role with which ECS starts the task: it pulls the image, reads secrets and writes logs.",
  }),
};

const ofSurroundings: JsonObject = {
  vpc_id: optional("string", {
    title: "VPC ID",
    description:
      "VPC of the task; by default the default VPC. Without a network configuration all its subnets are used.",
  }),
  configure_cloudwatch_logs: optional("boolean", {
    title: "Configure Cloudwatch Logs",
    description:
      "Sends the log of the flow's container to CloudWatch, group prefect. Needs an execution role.",
  }),
  cloudwatch_logs_options: mappingOf({ type: "string" }, {
    title: "Cloudwatch Logs Options",
    description: "Options of the awslogs driver, over those that the worker sets.",
  }),
  cloudwatch_logs_prefix: optional("string", {
    title: "Cloudwatch Logs Prefix",
    description: "First part of the names of log streams; by default it is made of work pool and deployment.",
  }),
  network_configuration: mappingOf(true, {
    title: "Network Configuration",
    description: "Subnets, securityGroups and assignPublicIp as ECS has them, of the VPC that vpc_id names.",
  }),
  auto_deregister_task_definition: flag(false, {
    title: "Auto Deregister Task Definition",
    description:
      "Deregisters a task definition once the task of the flow run that it was registered for has stopped.",
  }),
  match_latest_revision_in_family: flag(false, {
    title: "Match Latest Revision In Family",
    description: "Accepted: equal revisions are used again in any case.",
  }),
};

/** Variables by name. */
export const properties: JsonObject = { ...ofRun, ...ofTask, ...ofSurroundings };
