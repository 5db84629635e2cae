/**
 * The shapes of the two requests of a launch, as AWS describes them: which members each structure has, and of which kind.
 * Planning is pure and cannot ask the AWS SDK; a test compares this table with the schemas that the SDK carries.
 *
 * @module
 */

/** Kind of a member: a scalar, `[…]` a list of it, `{…}` a mapping with values of it, else the name of a structure. */
export type ShapeKind = string;

/** Members of one structure, with their kinds. */
export type Members = ReadonlyMap<string, ShapeKind>;

/** The requests. */
export type ShapedRequest = "RegisterTaskDefinitionRequest" | "RunTaskRequest";

/** Members of a structure; undefined for a name that is none. */
export function membersOf(structure: ShapeKind): Members | undefined {
  return TABLE.get(structure);
}

/** The kind of a list's items, or of a mapping's values; null: it is neither. */
export function kindWithin(kind: ShapeKind): { readonly of: ShapeKind; readonly isList: boolean } | null {
  const inner = kind.slice(1, -1);
  if (kind.startsWith("[")) return { of: inner, isList: true };
  return kind.startsWith("{") ? { of: inner, isList: false } : null;
}

/**
 * Names of members by their kind.
 *
 * @see ECS service model 2014-11-13, RegisterTaskDefinitionRequest and RunTaskRequest
 */
const SHAPES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  RegisterTaskDefinitionRequest: {
    "text": "family taskRoleArn executionRoleArn networkMode cpu memory pidMode ipcMode",
    "[ContainerDefinition]": "containerDefinitions",
    "[Volume]": "volumes",
    "[TaskDefinitionPlacementConstraint]": "placementConstraints",
    "[text]": "requiresCompatibilities",
    "[Tag]": "tags",
    "ProxyConfiguration": "proxyConfiguration",
    "[InferenceAccelerator]": "inferenceAccelerators",
    "EphemeralStorage": "ephemeralStorage",
    "RuntimePlatform": "runtimePlatform",
    "flag": "enableFaultInjection",
  },
  ContainerDefinition: {
    "text": "name image versionConsistency hostname user workingDirectory",
    "RepositoryCredentials": "repositoryCredentials",
    "integer": "cpu memory memoryReservation startTimeout stopTimeout",
    "[text]": "links entryPoint command dnsServers dnsSearchDomains dockerSecurityOptions credentialSpecs",
    "[PortMapping]": "portMappings",
    "flag": "essential disableNetworking privileged readonlyRootFilesystem interactive pseudoTerminal",
    "ContainerRestartPolicy": "restartPolicy",
    "[KeyValuePair]": "environment",
    "[EnvironmentFile]": "environmentFiles",
    "[MountPoint]": "mountPoints",
    "[VolumeFrom]": "volumesFrom",
    "LinuxParameters": "linuxParameters",
    "[Secret]": "secrets",
    "[ContainerDependency]": "dependsOn",
    "[HostEntry]": "extraHosts",
    "{text}": "dockerLabels",
    "[Ulimit]": "ulimits",
    "LogConfiguration": "logConfiguration",
    "HealthCheck": "healthCheck",
    "[SystemControl]": "systemControls",
    "[ResourceRequirement]": "resourceRequirements",
    "FirelensConfiguration": "firelensConfiguration",
  },
  RepositoryCredentials: { "text": "credentialsParameter" },
  PortMapping: {
    "integer": "containerPort hostPort",
    "text": "protocol name appProtocol containerPortRange",
  },
  ContainerRestartPolicy: {
    "flag": "enabled",
    "[integer]": "ignoredExitCodes",
    "integer": "restartAttemptPeriod",
  },
  KeyValuePair: { "text": "name value" },
  EnvironmentFile: { "text": "value type" },
  MountPoint: { "text": "sourceVolume containerPath", "flag": "readOnly" },
  VolumeFrom: { "text": "sourceContainer", "flag": "readOnly" },
  LinuxParameters: {
    "KernelCapabilities": "capabilities",
    "[Device]": "devices",
    "flag": "initProcessEnabled",
    "integer": "sharedMemorySize maxSwap swappiness",
    "[Tmpfs]": "tmpfs",
  },
  KernelCapabilities: { "[text]": "add drop" },
  Device: { "text": "hostPath containerPath", "[text]": "permissions" },
  Tmpfs: { "text": "containerPath", "integer": "size", "[text]": "mountOptions" },
  Secret: { "text": "name valueFrom" },
  ContainerDependency: { "text": "containerName condition" },
  HostEntry: { "text": "hostname ipAddress" },
  Ulimit: { "text": "name", "integer": "softLimit hardLimit" },
  LogConfiguration: { "text": "logDriver", "{text}": "options", "[Secret]": "secretOptions" },
  HealthCheck: { "[text]": "command", "integer": "interval timeout retries startPeriod" },
  SystemControl: { "text": "namespace value" },
  ResourceRequirement: { "text": "type value", "SharingStrategy": "sharingStrategy" },
  SharingStrategy: { "NvidiaMpsAllocation": "nvidiaMps" },
  NvidiaMpsAllocation: { "integer": "memory maxComputePercent" },
  FirelensConfiguration: { "text": "type", "{text}": "options" },
  Volume: {
    "text": "name",
    "HostVolumeProperties": "host",
    "DockerVolumeConfiguration": "dockerVolumeConfiguration",
    "EFSVolumeConfiguration": "efsVolumeConfiguration",
    "S3FilesVolumeConfiguration": "s3filesVolumeConfiguration",
    "FSxWindowsFileServerVolumeConfiguration": "fsxWindowsFileServerVolumeConfiguration",
    "flag": "configuredAtLaunch",
  },
  HostVolumeProperties: { "text": "sourcePath" },
  DockerVolumeConfiguration: {
    "text": "scope driver",
    "flag": "autoprovision",
    "{text}": "driverOpts labels",
  },
  EFSVolumeConfiguration: {
    "text": "fileSystemId rootDirectory transitEncryption",
    "integer": "transitEncryptionPort",
    "EFSAuthorizationConfig": "authorizationConfig",
  },
  EFSAuthorizationConfig: { "text": "accessPointId iam" },
  S3FilesVolumeConfiguration: {
    "text": "fileSystemArn rootDirectory accessPointArn",
    "integer": "transitEncryptionPort",
  },
  FSxWindowsFileServerVolumeConfiguration: {
    "text": "fileSystemId rootDirectory",
    "FSxWindowsFileServerAuthorizationConfig": "authorizationConfig",
  },
  FSxWindowsFileServerAuthorizationConfig: { "text": "credentialsParameter domain" },
  TaskDefinitionPlacementConstraint: { "text": "type expression" },
  Tag: { "text": "key value" },
  ProxyConfiguration: { "text": "containerName type", "[KeyValuePair]": "properties" },
  InferenceAccelerator: { "text": "deviceName deviceType" },
  EphemeralStorage: { "integer": "sizeInGiB" },
  RuntimePlatform: { "text": "cpuArchitecture operatingSystemFamily" },
  RunTaskRequest: {
    "text":
      "taskDefinition cluster group launchType platformVersion propagateTags referenceId startedBy clientToken",
    "[CapacityProviderStrategyItem]": "capacityProviderStrategy",
    "integer": "count",
    "flag": "enableECSManagedTags enableExecuteCommand",
    "NetworkConfiguration": "networkConfiguration",
    "TaskOverride": "overrides",
    "[PlacementConstraint]": "placementConstraints",
    "[PlacementStrategy]": "placementStrategy",
    "[Tag]": "tags",
    "[TaskVolumeConfiguration]": "volumeConfigurations",
  },
  CapacityProviderStrategyItem: { "text": "capacityProvider", "integer": "weight base" },
  NetworkConfiguration: { "AwsVpcConfiguration": "awsvpcConfiguration" },
  AwsVpcConfiguration: { "[text]": "subnets securityGroups", "text": "assignPublicIp" },
  TaskOverride: {
    "[ContainerOverride]": "containerOverrides",
    "text": "cpu executionRoleArn memory taskRoleArn",
    "[InferenceAcceleratorOverride]": "inferenceAcceleratorOverrides",
    "EphemeralStorage": "ephemeralStorage",
  },
  ContainerOverride: {
    "text": "name",
    "[text]": "command",
    "[KeyValuePair]": "environment",
    "[EnvironmentFile]": "environmentFiles",
    "integer": "cpu memory memoryReservation",
    "[ResourceRequirement]": "resourceRequirements",
  },
  InferenceAcceleratorOverride: { "text": "deviceName deviceType" },
  PlacementConstraint: { "text": "type expression" },
  PlacementStrategy: { "text": "type field" },
  TaskVolumeConfiguration: { "text": "name", "TaskManagedEBSVolumeConfiguration": "managedEBSVolume" },
  TaskManagedEBSVolumeConfiguration: {
    "text": "roleArn kmsKeyId volumeType snapshotId filesystemType",
    "flag": "encrypted",
    "integer": "sizeInGiB volumeInitializationRate iops throughput",
    "[EBSTagSpecification]": "tagSpecifications",
    "TaskManagedEBSVolumeTerminationPolicy": "terminationPolicy",
  },
  EBSTagSpecification: { "text": "resourceType propagateTags", "[Tag]": "tags" },
  TaskManagedEBSVolumeTerminationPolicy: { "flag": "deleteOnTermination" },
};

const TABLE: ReadonlyMap<string, Members> = new Map(
  Object.entries(SHAPES).map(([structure, kinds]) => [
    structure,
    new Map(Object.entries(kinds).flatMap(([kind, names]) => names.split(" ").map((name) => [name, kind]))),
  ]),
);

/** All structures, for the comparison with what AWS says now. */
export const STRUCTURES: readonly string[] = [...TABLE.keys()];
