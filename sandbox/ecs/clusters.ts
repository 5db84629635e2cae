/**
 * Operations on clusters.
 *
 * @module
 */

import * as v from "valibot";
import type { JsonObject } from "../../schemas/json/json.ts";
import { clusterArn, lastPart } from "./arns.ts";
import { clientException } from "./error.ts";
import { type Cluster, tagSchema } from "./records.ts";
import { checkTags } from "./tags.ts";
import { type EcsOperation, type EcsWorld, findCluster, readInput } from "./world.ts";
import { pageOf } from "./pages.ts";

function clusterView(world: EcsWorld, cluster: Cluster): JsonObject {
  const tasks = world.store.tasks.all().filter((task) =>
    task.cluster === cluster.name && task.region === cluster.region
  );
  return {
    clusterArn: cluster.arn,
    clusterName: cluster.name,
    status: "ACTIVE",
    registeredContainerInstancesCount: 0,
    runningTasksCount: tasks.filter((task) => task.lastStatus === "RUNNING").length,
    pendingTasksCount: tasks.filter((task) => ["PROVISIONING", "PENDING"].includes(task.lastStatus)).length,
    activeServicesCount: 0,
    statistics: [],
    tags: cluster.tags,
    settings: [{ name: "containerInsights", value: "disabled" }],
    capacityProviders: ["FARGATE", "FARGATE_SPOT"],
    defaultCapacityProviderStrategy: [],
  };
}

const CREATE = v.object({
  clusterName: v.optional(v.string(), "default"),
  tags: v.optional(v.array(tagSchema), []),
});

/** CreateCluster; a cluster that exists is answered as it is. */
export const createCluster: EcsOperation = (world, { region, input }) => {
  const { clusterName: name, tags } = readInput(CREATE, input);
  if (!/^[A-Za-z0-9_-]{1,255}$/.test(name)) {
    throw clientException("Cluster name must have 1 to 255 letters, digits, underscores and hyphens.");
  }
  checkTags(tags);
  const arn = clusterArn(region, name);
  const cluster = world.store.clusters.get(arn) ?? { arn, name, region, tags };
  world.store.clusters.put(arn, cluster);
  return { cluster: clusterView(world, cluster) };
};

/** DeleteCluster; one with live tasks stays. */
export const deleteCluster: EcsOperation = (world, { region, input }) => {
  const { cluster: name } = readInput(v.object({ cluster: v.string() }), input);
  const cluster = findCluster(world, region, name);
  const view = clusterView(world, cluster);
  const live = world.store.tasks.all().some((task) =>
    task.cluster === cluster.name && task.region === region && task.lastStatus !== "STOPPED"
  );
  if (live) throw clientException("The Cluster cannot be deleted while Tasks are active.");
  world.store.clusters.remove(cluster.arn);
  return { cluster: { ...view, status: "INACTIVE" } };
};

/** DescribeClusters; unknown ones are failures. */
export const describeClusters: EcsOperation = (world, { region, input }) => {
  const { clusters } = readInput(v.object({ clusters: v.optional(v.array(v.string()), ["default"]) }), input);
  const found: JsonObject[] = [];
  const failures: JsonObject[] = [];
  for (const name of clusters) {
    const arn = clusterArn(region, lastPart(name));
    const cluster = lastPart(name) === "default"
      ? findCluster(world, region, name)
      : world.store.clusters.get(arn);
    if (cluster === undefined) failures.push({ arn, reason: "MISSING" });
    else found.push(clusterView(world, cluster));
  }
  return { clusters: found, failures };
};

const LIST = v.object({ maxResults: v.optional(v.number()), nextToken: v.optional(v.string()) });

/** ListClusters. */
export const listClusters: EcsOperation = (world, { region, input }) => {
  findCluster(world, region, "default");
  const arns = world.store.clusters.all().filter((each) => each.region === region).map((each) => each.arn);
  const { items, ...rest } = pageOf(arns, { ...readInput(LIST, input), most: 100 });
  return { clusterArns: items, ...rest };
};
