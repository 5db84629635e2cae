/**
 * What RegisterTaskDefinition refuses.
 *
 * @see "Amazon ECS task definition parameters" and "Amazon ECS service quotas", Amazon ECS documentation
 * @module
 */

import * as v from "valibot";
import { clientException } from "./error.ts";
import { containerDefinitionSchema, tagSchema } from "./records.ts";
import { cpuUnits, isFargateSize, memoryMiB } from "./fargate_sizes.ts";

const MAX_BYTES = 64 * 1024;

/** RegisterTaskDefinition: the members that are looked at; the others are kept as sent. */
export const registrationSchema = v.looseObject({
  family: v.optional(v.string(), ""),
  tags: v.optional(v.array(tagSchema), []),
  networkMode: v.optional(v.string()),
  cpu: v.optional(v.string()),
  memory: v.optional(v.string()),
  executionRoleArn: v.optional(v.string()),
  requiresCompatibilities: v.optional(v.array(v.string()), []),
  containerDefinitions: v.optional(
    v.array(
      v.looseObject({
        ...containerDefinitionSchema.entries,
        // Their absence is refused in ECS's own words.
        name: v.optional(v.string(), ""),
        image: v.optional(v.string(), ""),
        memory: v.optional(v.number()),
        memoryReservation: v.optional(v.number()),
        logConfiguration: v.optional(v.looseObject({ logDriver: v.string() })),
      }),
    ),
    [],
  ),
});

/** A parsed registration. */
export type Registration = v.InferOutput<typeof registrationSchema>;

type RegisteredContainer = Registration["containerDefinitions"][number];

function checkContainer(container: RegisteredContainer, { memory }: Registration): void {
  if (container.name === "") throw clientException("Container.name should not be null or empty.");
  if (!/^[A-Za-z0-9_-]{1,255}$/.test(container.name)) {
    throw clientException("Container.name contains invalid characters.");
  }
  if (container.image === "") throw clientException("Container.image should not be null or empty.");
  const hasMemory = container.memory !== undefined || container.memoryReservation !== undefined;
  if (memory === undefined && !hasMemory) {
    throw clientException(
      `Invalid setting for container '${container.name}'. ` +
        "At least one of 'memory' or 'memoryReservation' must be specified.",
    );
  }
}

function checkContainers(registration: Registration): void {
  const { containerDefinitions: containers } = registration;
  if (containers.length === 0) throw clientException("Container list cannot be empty.");
  if (containers.length > 10) throw clientException("Too many containers: at most 10 are allowed.");
  containers.forEach((container) => checkContainer(container, registration));
  if (new Set(containers.map((each) => each.name)).size < containers.length) {
    throw clientException("Container name must be unique within a task definition.");
  }
  if (!containers.some((each) => each.essential)) {
    throw clientException("At least one container of a task definition must be essential.");
  }
}

function checkFargate(registration: Registration): void {
  const { cpu, memory, networkMode, executionRoleArn, containerDefinitions } = registration;
  if (networkMode !== "awsvpc") {
    throw clientException("When networkMode is not awsvpc, Fargate is not a supported launch type.");
  }
  if (cpu === undefined) throw clientException("Fargate requires that 'cpu' be defined at the task level.");
  if (memory === undefined) {
    throw clientException("Fargate requires that 'memory' be defined at the task level.");
  }
  if (!isFargateSize(cpuUnits(cpu) ?? NaN, memoryMiB(memory) ?? NaN)) {
    throw clientException(`No Fargate configuration exists for given values: ${cpu} CPU, ${memory} memory.`);
  }
  if (executionRoleArn !== undefined) return;
  const asksForRole = containerDefinitions.find((each) =>
    each.secrets.length > 0 || each.logConfiguration?.logDriver === "awslogs"
  );
  if (asksForRole === undefined) return;
  const what = asksForRole.secrets.length > 0 ? "secrets" : "log driver awslogs";
  throw clientException(`Fargate requires task definition to have execution role ARN to support ${what}.`);
}

/** Checks a registration. @throws {AwsError} `ClientException` */
export function checkRegistration(registration: Registration): void {
  const { family, cpu, memory } = registration;
  if (family === "") throw clientException("Family should not be null or empty.");
  if (!/^[A-Za-z0-9_-]{1,255}$/.test(family)) throw clientException("Family contains invalid characters.");
  if (cpu !== undefined && cpuUnits(cpu) === null) {
    throw clientException("Invalid 'cpu' setting for task.");
  }
  if (memory !== undefined && memoryMiB(memory) === null) {
    throw clientException("Invalid 'memory' setting for task.");
  }
  checkContainers(registration);
  if (registration.requiresCompatibilities.includes("FARGATE")) checkFargate(registration);
  if (new TextEncoder().encode(JSON.stringify(registration)).length > MAX_BYTES) {
    throw clientException("Actual length: task definition is larger than 65536 bytes.");
  }
}

/** The launch types a definition can be used with. */
export function compatibilities(registration: Registration): string[] {
  const { cpu, memory, networkMode } = registration;
  const size = isFargateSize(cpuUnits(cpu ?? "") ?? NaN, memoryMiB(memory ?? "") ?? NaN);
  return networkMode === "awsvpc" && size ? ["EC2", "FARGATE"] : ["EC2"];
}
