/**
 * Operations on task definitions.
 *
 * @module
 */

import * as v from "valibot";
import type { JsonObject } from "../../schemas/json/json.ts";
import { ACCOUNT, definitionArn, lastPart } from "./arns.ts";
import {
  checkRegistration,
  compatibilities,
  type Registration,
  registrationSchema,
} from "./definition_rules.ts";
import { clientException } from "./error.ts";
import { toJson } from "./json.ts";
import type { Definition } from "./records.ts";
import { checkTags } from "./tags.ts";
import { type EcsOperation, type EcsWorld, readInput } from "./world.ts";
import { cpuUnits, memoryMiB } from "./fargate_sizes.ts";
import { pageOf } from "./pages.ts";

const CONTAINER_DEFAULTS = {
  cpu: 0,
  portMappings: [],
  essential: true,
  environment: [],
  mountPoints: [],
  volumesFrom: [],
  systemControls: [],
};

/** The definition as ECS answers it: with the members that ECS adds. */
export function definitionView({ body, ...definition }: Definition): JsonObject {
  const { containerDefinitions, ...rest } = body;
  return toJson({
    volumes: [],
    placementConstraints: [],
    requiresAttributes: [],
    ...rest,
    taskDefinitionArn: definition.arn,
    family: definition.family,
    revision: definition.revision,
    status: definition.status,
    registeredAt: definition.registeredAt,
    registeredBy: `arn:aws:iam::${ACCOUNT}:user/sandbox`,
    ...(definition.deregisteredAt === null ? {} : { deregisteredAt: definition.deregisteredAt }),
    containerDefinitions: containerDefinitions.map((each) => ({ ...CONTAINER_DEFAULTS, ...each })),
  });
}

function storedBody({ family: _family, tags: _tags, ...registration }: Registration): Definition["body"] {
  const { cpu, memory } = registration;
  return {
    ...registration,
    // ECS answers sizes in units, however they were written.
    ...(cpu === undefined ? {} : { cpu: String(cpuUnits(cpu)) }),
    ...(memory === undefined ? {} : { memory: String(memoryMiB(memory)) }),
    compatibilities: compatibilities({ family: "", tags: [], ...registration }),
  };
}

/** RegisterTaskDefinition. */
export const registerTaskDefinition: EcsOperation = (world, { region, input }) => {
  const registration = readInput(registrationSchema, input);
  checkRegistration(registration);
  checkTags(registration.tags);
  const { families, definitions } = world.store;
  const { family } = registration;
  const key = `${region}/${family}`;
  const known = families.get(key);
  const revision = (known?.newest ?? 0) + 1;
  const now = world.clock.now();
  // Undocumented, seen by users: PrefectHQ/prefect #13024 and #16485.
  if (known !== undefined && now - known.lastRegisteredAtMs < world.faults.registrationMs) {
    throw clientException("Too many concurrent attempts to create a new revision of the specified family.");
  }
  const definition: Definition = {
    arn: definitionArn(region, family, revision),
    region,
    family,
    revision,
    status: "ACTIVE",
    registeredAt: now / 1000,
    deregisteredAt: null,
    tags: registration.tags,
    body: storedBody(registration),
  };
  families.put(key, { newest: revision, lastRegisteredAtMs: now });
  definitions.put(definition.arn, definition);
  return { taskDefinition: definitionView(definition), tags: definition.tags };
};

function newestActive(world: EcsWorld, region: string, family: string): Definition | undefined {
  const newest = world.store.families.get(`${region}/${family}`)?.newest ?? 0;
  for (let revision = newest; revision > 0; revision -= 1) {
    const found = world.store.definitions.get(definitionArn(region, family, revision));
    if (found?.status === "ACTIVE") return found;
  }
  return undefined;
}

/**
 * The definition that a request names by ARN, `family:revision` or family (its newest ACTIVE revision).
 *
 * @returns undefined when there is none; it may be INACTIVE
 */
export function findDefinition(world: EcsWorld, region: string, name: string): Definition | undefined {
  const short = name.startsWith("arn:") ? lastPart(name) : name;
  const [family = "", revision] = short.split(":");
  if (revision === undefined) return newestActive(world, region, family);
  return world.store.definitions.get(definitionArn(region, family, Number(revision)));
}

const DESCRIBE = v.object({
  taskDefinition: v.optional(v.string(), ""),
  include: v.optional(v.array(v.string()), []),
});

/** DescribeTaskDefinition; tags only with `include: ["TAGS"]`. */
export const describeTaskDefinition: EcsOperation = (world, { region, input }) => {
  const { taskDefinition: name, include } = readInput(DESCRIBE, input);
  const definition = findDefinition(world, region, name);
  if (definition === undefined) throw clientException("Unable to describe task definition.");
  const tags = include.includes("TAGS") ? { tags: definition.tags } : {};
  return { taskDefinition: definitionView(definition), ...tags };
};

/** DeregisterTaskDefinition; asks for a revision. */
export const deregisterTaskDefinition: EcsOperation = (world, { region, input }) => {
  const { taskDefinition: name } = readInput(v.object({ taskDefinition: v.string() }), input);
  const definition = /:\d+$/.test(name) ? findDefinition(world, region, name) : undefined;
  if (definition === undefined) {
    throw clientException(
      /:\d+$/.test(name)
        ? "The specified task definition does not exist."
        : "Invalid revision number. Number: null",
    );
  }
  const inactive: Definition = {
    ...definition,
    status: "INACTIVE",
    deregisteredAt: definition.deregisteredAt ?? world.clock.now() / 1000,
  };
  world.store.definitions.put(definition.arn, inactive);
  return { taskDefinition: definitionView(inactive) };
};

/** DeleteTaskDefinitions: INACTIVE revisions go for good. */
export const deleteTaskDefinitions: EcsOperation = (world, { region, input }) => {
  const { taskDefinitions } = readInput(v.object({ taskDefinitions: v.array(v.string()) }), input);
  if (taskDefinitions.length > 10) {
    throw clientException("At most 10 task definitions can be deleted at once.");
  }
  const deleted: JsonObject[] = [];
  const failures: JsonObject[] = [];
  for (const name of taskDefinitions) {
    const definition = findDefinition(world, region, name);
    if (definition === undefined || definition.status === "ACTIVE") {
      const reason = definition === undefined ? "MISSING" : "The specified task definition is ACTIVE.";
      failures.push({ arn: name, reason });
      continue;
    }
    world.store.definitions.remove(definition.arn);
    deleted.push(definitionView({ ...definition, status: "DELETE_IN_PROGRESS" }));
  }
  return { taskDefinitions: deleted, failures };
};

const STATUS = v.optional(v.picklist(["ACTIVE", "INACTIVE", "DELETE_IN_PROGRESS", "ALL"]), "ACTIVE");
const PAGES = { maxResults: v.optional(v.number()), nextToken: v.optional(v.string()) };
const LIST = v.object({
  familyPrefix: v.optional(v.string()),
  status: STATUS,
  sort: v.optional(v.picklist(["ASC", "DESC"]), "ASC"),
  ...PAGES,
});

function byFamilyAndRevision(one: Definition, other: Definition): number {
  if (one.family !== other.family) return one.family < other.family ? -1 : 1;
  return one.revision - other.revision;
}

/** ListTaskDefinitions; `familyPrefix` is the whole family name. */
export const listTaskDefinitions: EcsOperation = (world, { region, input }) => {
  const { familyPrefix, status, sort, ...pages } = readInput(LIST, input);
  const found = world.store.definitions.all()
    .filter((each) => each.region === region && (status === "ALL" || each.status === status))
    .filter((each) => familyPrefix === undefined || each.family === familyPrefix)
    .sort(byFamilyAndRevision);
  if (sort === "DESC") found.reverse();
  const { items, ...rest } = pageOf(found, { ...pages, most: 100 });
  return { taskDefinitionArns: items.map((each) => each.arn), ...rest };
};

const FAMILIES = v.object({ familyPrefix: v.optional(v.string(), ""), status: STATUS, ...PAGES });

/** ListTaskDefinitionFamilies; a family is ACTIVE while one of its revisions is. */
export const listTaskDefinitionFamilies: EcsOperation = (world, { region, input }) => {
  const { familyPrefix, status, ...pages } = readInput(FAMILIES, input);
  const all = new Map<string, boolean>();
  for (const each of world.store.definitions.all()) {
    if (each.region !== region || !each.family.startsWith(familyPrefix)) continue;
    all.set(each.family, (all.get(each.family) ?? false) || each.status === "ACTIVE");
  }
  const names = [...all].filter(([, isActive]) => status === "ALL" || isActive === (status === "ACTIVE"))
    .map(([name]) => name).sort();
  const { items, ...rest } = pageOf(names, { ...pages, most: 100 });
  return { families: items, ...rest };
};
