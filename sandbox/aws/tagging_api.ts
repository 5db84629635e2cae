/**
 * GetResources of the resource groups tagging API, for the ARNs that the local ECS has.
 *
 * @see "GetResources", Resource Groups Tagging API reference
 * @module
 */

import * as v from "valibot";
import type { JsonObject } from "../../schemas/json/json.ts";
import type { Tag } from "../ecs/records.ts";
import { type EcsOperation, type EcsWorld, readInput } from "../ecs/world.ts";
import { pageOf } from "../ecs/pages.ts";

const INPUT = v.object({
  TagFilters: v.optional(
    v.array(v.object({ Key: v.string(), Values: v.optional(v.array(v.string()), []) })),
    [],
  ),
  ResourceTypeFilters: v.optional(v.array(v.string()), []),
  ResourcesPerPage: v.optional(v.number()),
  PaginationToken: v.optional(v.string()),
});

interface Resource {
  readonly type: string;
  readonly arn: string;
  readonly region: string;
  readonly tags: readonly Tag[];
}

function resources({ store }: EcsWorld): Resource[] {
  const definitions = store.definitions.all().filter((each) => each.status === "ACTIVE")
    .toSorted((one, other) => one.family.localeCompare(other.family) || one.revision - other.revision);
  return [
    ...definitions.map((each) => ({ ...each, type: "task-definition" })),
    ...store.clusters.all().map((each) => ({ ...each, type: "cluster" })),
    ...store.tasks.all().filter((each) => each.stoppedAt === null).map((each) => ({ ...each, type: "task" })),
  ];
}

type Filters = v.InferOutput<typeof INPUT>;

function fits({ type, tags }: Resource, { TagFilters, ResourceTypeFilters }: Filters): boolean {
  const typeFits = ResourceTypeFilters.length === 0 ||
    ResourceTypeFilters.some((each) => each === "ecs" || each === `ecs:${type}`);
  return typeFits && tags.length > 0 &&
    TagFilters.every(({ Key, Values }) =>
      tags.some(({ key, value }) => key === Key && (Values.length === 0 || Values.includes(value)))
    );
}

/** GetResources: tagged resources, task definitions only while they are ACTIVE. */
export const getResources: EcsOperation = (world, { region, input }) => {
  const filters = readInput(INPUT, input);
  const found = resources(world).filter((each) => each.region === region && fits(each, filters));
  const { items, nextToken } = pageOf(found, {
    maxResults: filters.ResourcesPerPage,
    nextToken: filters.PaginationToken,
    most: 100,
  });
  const list: JsonObject[] = items.map(({ arn, tags }) => ({
    ResourceARN: arn,
    Tags: tags.map(({ key, value }) => ({ Key: key, Value: value })),
  }));
  return { PaginationToken: nextToken ?? "", ResourceTagMappingList: list };
};
