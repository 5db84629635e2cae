/**
 * Searches task definitions by their tags. ECS itself cannot; the resource groups tagging API can, in no promised order.
 *
 * @module
 */

import type { ResourceGroupsTaggingAPIClient } from "@aws-sdk/client-resource-groups-tagging-api";
import { allPages, objectsIn, textsIn } from "./answer.ts";
import { toAwsFailure } from "./failure.ts";
import { lateSdk } from "./late_sdk.ts";

/**
 * ARNs of task definitions that carry all these tags, all pages.
 *
 * @throws {FailureError} the failures of reads
 */
export async function findDefinitionsByTag(
  client: ResourceGroupsTaggingAPIClient,
  tags: Readonly<Record<string, string>>,
  abortSignal: AbortSignal,
): Promise<readonly string[]> {
  const { GetResourcesCommand } = await lateSdk.tagging();
  const TagFilters = Object.entries(tags).map(([Key, value]) => ({ Key, Values: [value] }));
  return await allPages("GetResources", async (token) => {
    const page = token === null ? {} : { PaginationToken: token };
    const asked = { TagFilters, ResourceTypeFilters: ["ecs:task-definition"], ...page };
    const answer = await client.send(new GetResourcesCommand(asked), { abortSignal }).catch(
      (thrown: unknown) => {
        throw toAwsFailure(thrown, { service: "Tagging", operation: "GetResources", kind: "read" });
      },
    );
    const found = objectsIn(answer.ResourceTagMappingList);
    return { items: textsIn(found.map(({ ResourceARN }) => ResourceARN)), next: answer.PaginationToken };
  });
}
