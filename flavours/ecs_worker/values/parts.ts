/**
 * Optional parts of the two requests: an object whose placeholders are all unset goes as a whole, and one that is half set
 * is refused where it cannot mean anything.
 *
 * @module
 */

import type { Place } from "./place.ts";

/**
 * Members without which an object means nothing to ECS, by the member that the object is; where a template states them, they
 * must be filled in or the object goes.
 */
const OF_MEMBERS: Readonly<Record<string, readonly string[]>> = {
  proxyConfiguration: ["type", "containerName"],
  efsVolumeConfiguration: ["fileSystemId"],
  fsxWindowsFileServerVolumeConfiguration: ["fileSystemId", "rootDirectory", "authorizationConfig"],
  s3filesVolumeConfiguration: ["fileSystemArn"],
  authorizationConfig: ["credentialsParameter", "domain"],
  healthCheck: ["command"],
  logConfiguration: ["logDriver"],
  repositoryCredentials: ["credentialsParameter"],
  firelensConfiguration: ["type"],
  ephemeralStorage: ["sizeInGiB"],
  awsvpcConfiguration: ["subnets"],
  networkConfiguration: ["awsvpcConfiguration"],
  network_configuration: ["subnets", "awsvpcConfiguration"],
  restartPolicy: ["enabled"],
};

/** The same for the items of a list. */
const OF_ITEMS: Readonly<Record<string, readonly string[]>> = {
  volumes: [
    "name",
    "efsVolumeConfiguration",
    "fsxWindowsFileServerVolumeConfiguration",
    "s3filesVolumeConfiguration",
    "dockerVolumeConfiguration",
    "host",
  ],
  mountPoints: ["sourceVolume", "containerPath"],
  volumesFrom: ["sourceContainer"],
  environment: ["name", "value"],
  environmentFiles: ["value", "type"],
  secrets: ["name", "valueFrom"],
  secretOptions: ["name", "valueFrom"],
  properties: ["name", "value"],
  portMappings: ["containerPort"],
  ulimits: ["name", "softLimit", "hardLimit"],
  dependsOn: ["containerName", "condition"],
  extraHosts: ["hostname", "ipAddress"],
  systemControls: ["namespace", "value"],
  resourceRequirements: ["type", "value"],
  devices: ["hostPath"],
  tmpfs: ["containerPath", "size"],
  placementConstraints: ["type", "expression"],
  placementStrategy: ["type", "field"],
  capacityProviderStrategy: ["capacityProvider"],
  inferenceAccelerators: ["deviceName", "deviceType"],
  tags: ["key"],
};

/** Members that must be filled in, of the object at a place. */
export function neededMembers({ key, up }: Place): readonly string[] {
  const table = typeof key === "number" ? OF_ITEMS : OF_MEMBERS;
  const name = typeof key === "number" ? String(up?.key) : key;
  return Object.hasOwn(table, name) ? table[name] ?? [] : [];
}

/** Whether an object stays, however empty: the requests themselves, overrides, and the container of the flow. */
export function alwaysStays({ key, up }: Place): boolean {
  if (up === null) return true;
  if (key === "overrides" || key === "containerOverrides" || key === "containerDefinitions") return true;
  return (key === 0 && up.key === "containerDefinitions") || up.key === "containerOverrides";
}

/** Members whose values are names and kinds: blanks around them and line ends are slips of whoever pasted them. */
const NAMES: ReadonlySet<string> = new Set([
  "image",
  "name",
  "family",
  "cluster",
  "launchType",
  "taskDefinition",
  "taskRoleArn",
  "executionRoleArn",
  "networkMode",
  "platformVersion",
  "capacityProvider",
  "containerName",
  "sourceVolume",
  "fileSystemId",
  "accessPointId",
  "valueFrom",
  "credentialsParameter",
  "logDriver",
  "cpu",
  "memory",
  "subnets",
  "securityGroups",
  "assignPublicIp",
  "cpuArchitecture",
  "operatingSystemFamily",
]);

/** Mappings whose members users name. */
const MAPS: ReadonlySet<string> = new Set([
  "environment",
  "options",
  "labels",
  "dockerLabels",
  "driverOpts",
  "tags",
]);

/** Whether the text at a place is a name in one of the two requests or in the network, and is trimmed. */
export function isName(place: Place): boolean {
  const at = typeof place.key === "number" ? place.up : place;
  if (at === null || at.up === null || typeof at.key !== "string" || !NAMES.has(at.key)) return false;
  if (!isOfRequest(at)) return false;
  return !(typeof at.up.key === "string" && MAPS.has(at.up.key));
}

function isOfRequest(place: Place): boolean {
  if (place.up !== null) return isOfRequest(place.up);
  return ["task_definition", "task_run_request", "network_configuration"].includes(String(place.key));
}
