/**
 * What to do about a launch that ECS refused: each reason and each code with what it means, where, and the remedy. Data only;
 * the first row that fits counts.
 *
 * @see "Amazon ECS API failure reasons"; the errors of RunTask and RegisterTaskDefinition in the ECS API reference
 * @module
 */

import type { Asked } from "./asked_place.ts";

/** Codes of AWS for credentials that it does not accept; a text that begins with one. */
export const NO_CREDENTIALS =
  /^(UnrecognizedClient|InvalidClientTokenId|InvalidSignature|SignatureDoesNotMatch|IncompleteSignature|ExpiredToken|RequestExpired|MissingAuthenticationToken|AuthFailure|OptInRequired)/;

/** One row. The texts make one sentence: `what; todo`. */
export interface AdviceRow {
  /** Fits a reason, or `code operation text` of a refusal. */
  readonly fits: RegExp;
  /** What is missing or wrong, where, and how much was asked for. */
  readonly what: (asked: Asked) => string;
  readonly todo: string;
}

const ROOM = "add or enlarge container instances, ask for less, or use the launch type FARGATE";
const INSTANCE = "container instance of cluster";

/** Rows for the reasons of a refused placement. */
export const PLACEMENT_ROWS: readonly AdviceRow[] = [
  {
    fits: /limit[^.]*vcpu|vcpu[^.]*limit|limit on the number of tasks/i,
    what: ({ cluster, size }) =>
      `the account has reached its limit for tasks on Fargate; the task for cluster ${cluster} asks for ${size}`,
    todo: "ask AWS in Service Quotas to raise the vCPU limit of Fargate, or run fewer tasks at a time",
  },
  {
    fits: /^RESOURCE:\s*CPU/i,
    what: ({ cluster, cpu }) => `no ${INSTANCE} ${cluster} has enough CPU free; the task asks for ${cpu}`,
    todo: ROOM,
  },
  {
    fits: /^RESOURCE:\s*MEMORY/i,
    what: ({ cluster, memory }) =>
      `no ${INSTANCE} ${cluster} has enough memory free; the task asks for ${memory}`,
    todo: ROOM,
  },
  {
    fits: /^RESOURCE:\s*PORT/i,
    what: ({ cluster, ports }) =>
      `every ${INSTANCE} ${cluster} has a port in use that the task needs; the task asks for ${ports}`,
    todo: "leave hostPort out of portMappings so that ECS chooses one, or add container instances",
  },
  {
    fits: /^RESOURCE:\s*ENI/i,
    what: ({ cluster }) =>
      `no ${INSTANCE} ${cluster} has a network interface free; the task asks for one (networkMode awsvpc)`,
    todo: "add container instances, take larger ones, or turn on the account setting awsvpcTrunking",
  },
  {
    fits: /^RESOURCE:\s*GPU/i,
    what: ({ cluster, gpu }) => `no ${INSTANCE} ${cluster} has enough GPUs free; the task asks for ${gpu}`,
    todo: "add container instances with GPUs, or ask for fewer in resourceRequirements",
  },
  {
    fits: /^RESOURCE\b/i,
    what: ({ cluster, size }) =>
      `no ${INSTANCE} ${cluster} has enough of that resource free; the task asks for ${size}`,
    todo: ROOM,
  },
  {
    fits: /^AGENT\b/,
    what: ({ cluster, size }) =>
      `the ECS container agent of a ${INSTANCE} ${cluster} is not connected; the task asks for ${size}`,
    todo: "restart the container agent on that instance, or replace the instance",
  },
  {
    fits: /^LOCATION\b/,
    what: ({ cluster, size }) =>
      `every ${INSTANCE} ${cluster} is in another availability zone than the task's subnets; ` +
      `the task asks for ${size}`,
    todo: "name subnets in the zones of the instances, or add instances in the zones of the subnets",
  },
  {
    fits: /^ATTRIBUTE\b/,
    what: ({ cluster, definition }) =>
      `no ${INSTANCE} ${cluster} has an attribute that ${definition} asks for`,
    todo:
      "compare requiresAttributes of the task definition (log driver, network mode, architecture, version of " +
      "the container agent) with the attributes of the instances",
  },
  {
    fits: /placement constraint/i,
    what: ({ cluster, size }) =>
      `no ${INSTANCE} ${cluster} meets the placement constraints; the task asks for ${size}`,
    todo:
      "loosen placementConstraints in the task definition or in --run-task-kwargs, or add instances that fit",
  },
  {
    fits: /^INACTIVE\b/,
    what: ({ cluster, size }) =>
      `a ${INSTANCE} ${cluster} is deregistered or the cluster is deleted; the task asks for ${size}`,
    todo: "register the instance again, or name another cluster with --cluster",
  },
  {
    fits: /^MISSING\b/,
    what: ({ cluster, size }) =>
      `ECS does not know a ${INSTANCE} ${cluster} that was named; the task asks for ${size}`,
    todo: "check that cluster and instances are in the agent's account and region",
  },
  {
    fits: /NO ACTIVE INSTANCES|EMPTY CAPACITY PROVIDER/i,
    what: ({ cluster, size }) => `cluster ${cluster} has no active instance; the task asks for ${size}`,
    todo: "add instances to the capacity provider or its Auto Scaling group, or use the launch type FARGATE",
  },
  {
    fits: /capacity is unavailable|insufficient capacity|no capacity|capacity provider/i,
    what: ({ cluster, size }) =>
      `Fargate has no capacity now in the zones of the task's subnets; ` +
      `the task for cluster ${cluster} asks for ${size}`,
    todo:
      "name subnets in more availability zones, ask for another size, or list FARGATE beside FARGATE_SPOT " +
      "in capacityProviderStrategy; or start the run again later",
  },
  {
    fits: /client token stands for a placement/i,
    what: ({ cluster, size }) =>
      `an earlier request to cluster ${cluster} with the same token was refused; the task asks for ${size}`,
    todo: "start the run again; if it repeats, look at the free capacity of the cluster",
  },
  {
    fits: /(?:)/,
    what: ({ cluster, size }) =>
      `ECS could not place the task in cluster ${cluster} for a reason that the agent does not know; ` +
      `the task asks for ${size}`,
    todo:
      "look the reason up under 'API failure reasons' in the ECS guide, and at the free capacity of the cluster",
  },
];

/** Rows for refused calls of a launch; what they fit reads `code operation text`. */
export const REFUSAL_ROWS: readonly AdviceRow[] = [
  {
    fits: /^NotAws |this endpoint does not offer/,
    what: ({ cluster, definition }) =>
      `what answers in the place of AWS for ${definition} in cluster ${cluster} is not AWS, or does not have the operation`,
    todo: "correct or unset AWS_ENDPOINT_URL, HTTPS_PROXY and NO_PROXY, and start the run again",
  },
  {
    fits: /^ClusterNotFound/,
    what: ({ cluster }) => `there is no cluster ${cluster} in the agent's account and region`,
    todo: "create it, or name another one with --cluster, and check the region",
  },
  {
    fits: /^(AccessDenied|UnauthorizedOperation|NotAuthorized)\S* .*PassRole/is,
    what: ({ definition }) => `the agent may not give its roles to the tasks of ${definition}`,
    todo: "allow iam:PassRole on the task role and the execution role for the agent's role",
  },
  {
    fits: /^(AccessDenied|UnauthorizedOperation|NotAuthorized)\S* RegisterTaskDefinition /,
    what: ({ definition }) => `the agent may not register ${definition}`,
    todo:
      "allow ecs:RegisterTaskDefinition, and ecs:TagResource where the message names it, for the agent's role",
  },
  {
    fits: /^(AccessDenied|UnauthorizedOperation|NotAuthorized)\S* RunTask /,
    what: ({ cluster, definition }) => `the agent may not start tasks of ${definition} in cluster ${cluster}`,
    todo: "allow ecs:RunTask, and ecs:TagResource where the message names it, for the agent's role",
  },
  {
    fits: /^(AccessDenied|UnauthorizedOperation|NotAuthorized)/,
    what: ({ cluster, definition }) => `the agent lacks a permission for ${definition} in cluster ${cluster}`,
    todo: "allow the operation that the message names for the agent's role",
  },
  {
    fits: NO_CREDENTIALS,
    what: ({ cluster }) => `AWS does not accept the agent's credentials for cluster ${cluster}`,
    todo: "check the keys, their session token, the region and the clock of this machine",
  },
  {
    fits: /TaskDefinition (is inactive|not found)|Unable to describe task definition/i,
    what: ({ definition, cluster }) => `${definition}, which is to run in cluster ${cluster}, is not active`,
    todo: "register it again, or name an active revision in the run config",
  },
  {
    fits: /no container instances were found/i,
    what: ({ cluster, size }) =>
      `cluster ${cluster} has no container instance for the launch type EC2; the task asks for ${size}`,
    todo: "register instances in the cluster, or use --launch-type FARGATE",
  },
  {
    fits: /subnet/i,
    what: ({ cluster }) => `ECS does not accept the subnets given for cluster ${cluster}`,
    todo:
      "name existing subnets of one VPC in networkConfiguration of --run-task-kwargs or of the run config",
  },
  {
    fits: /security ?group/i,
    what: ({ cluster }) => `ECS does not accept the security groups given for cluster ${cluster}`,
    todo: "name existing groups of the subnets' VPC in networkConfiguration",
  },
  {
    fits: /network ?(mode|configuration)/i,
    what: ({ definition, cluster }) =>
      `the network of ${definition} and of its launch in cluster ${cluster} do not fit each other`,
    todo: "give networkConfiguration where networkMode is awsvpc, and leave it out otherwise",
  },
  {
    fits: /override for container|container named/i,
    what: ({ definition }) => `the launch changes a container that ${definition} does not have`,
    todo: "name the container of the flow 'flow' in the task definition, and only containers that are there",
  },
  {
    fits: /invalid.*cpu|invalid.*memory|no fargate configuration/i,
    what: ({ definition, size }) =>
      `the size of ${definition} is not one that ECS offers; it asks for ${size}`,
    todo: "choose a pair of cpu and memory from the list of Fargate task sizes in the ECS guide",
  },
  {
    fits: /role/i,
    what: ({ definition }) => `ECS cannot use a role that ${definition} names`,
    todo: "check the ARNs of task role and execution role, and that ecs-tasks.amazonaws.com may assume them",
  },
  {
    fits: /^(LimitExceeded|ResourceLimit|ServiceQuota)|limit/i,
    what: ({ definition, cluster }) =>
      `a limit of the account is reached for ${definition} in cluster ${cluster}`,
    todo: "ask AWS in Service Quotas to raise it, or delete what is not needed any more",
  },
  {
    fits: /^Blocked/,
    what: ({ cluster }) => `AWS has blocked the account of cluster ${cluster}`,
    todo: "ask AWS Support for the reason",
  },
  {
    fits: /^Platform|^UnsupportedFeature|platform version/i,
    what: ({ definition, cluster }) =>
      `the platform version does not offer what ${definition} needs in cluster ${cluster}`,
    todo: "leave platformVersion out, or name a newer one in --run-task-kwargs",
  },
  {
    fits: /^NoTask/,
    what: ({ cluster, size }) =>
      `ECS neither started a task in cluster ${cluster} nor said why; the task asks for ${size}`,
    todo: "start the run again; if it repeats, check AWS_ENDPOINT_URL and ask AWS Support",
  },
  {
    fits: /(?:)/,
    what: ({ definition, cluster }) =>
      `ECS does not accept the launch of ${definition} in cluster ${cluster}`,
    todo: "correct what the message names in the run config, --task-definition or --run-task-kwargs; " +
      "explain --flow-run prints both requests",
  },
];

/** The sentence of the first row that fits. */
export function adviceFor(rows: readonly AdviceRow[], signal: string, asked: Asked): string {
  const row = rows.find(({ fits }) => fits.test(signal));
  return row === undefined ? "" : `${row.what(asked)}; ${row.todo}`;
}
