/**
 * What every operation of the local ECS works on, and what an operation is.
 *
 * @module
 */

import * as v from "valibot";
import type { Clock, Random } from "../../schemas/time/clock.ts";
import type { JsonObject } from "../../schemas/json/json.ts";
import { clusterArn, lastPart } from "./arns.ts";
import { AwsError } from "./error.ts";
import type { Faults } from "./faults.ts";
import type { Lifecycle } from "./lifecycle.ts";
import type { Limiter } from "./limits.ts";
import type { Cluster } from "./records.ts";
import type { EcsStore } from "./store.ts";

/** The local account. */
export interface EcsWorld {
  readonly clock: Clock;
  readonly random: Random;
  readonly store: EcsStore;
  readonly limiter: Limiter;
  readonly faults: Faults;
  readonly lifecycle: Lifecycle;
  /** Largest task that finds a place, in MiB. */
  readonly memoryMiB: number;
}

/** A request after the protocol was taken off. */
export interface EcsCall {
  readonly region: string;
  /** Without members that are null. */
  readonly input: JsonObject;
}

/** An operation: executed at once, answered at once. @throws {AwsError} */
export type EcsOperation = (world: EcsWorld, call: EcsCall) => JsonObject;

/**
 * Reads the members of a request that an operation needs.
 *
 * @throws {AwsError} `SerializationException` that names the member
 */
export function readInput<Output>(schema: v.GenericSchema<unknown, Output>, input: JsonObject): Output {
  const result = v.safeParse(schema, input);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const where = v.getDotPath(issue) ?? "the request";
  throw new AwsError("SerializationException", `${where}: ${issue.message}`);
}

/**
 * The cluster that a request names by name or ARN. Every region has a cluster `default`.
 *
 * @throws {AwsError} `ClusterNotFoundException`
 */
export function findCluster(world: EcsWorld, region: string, nameOrArn: string | undefined): Cluster {
  const name = lastPart(nameOrArn ?? "default");
  const arn = clusterArn(region, name);
  const found = world.store.clusters.get(arn);
  if (found !== undefined) return found;
  if (name !== "default") throw new AwsError("ClusterNotFoundException", "Cluster not found.");
  const cluster: Cluster = { arn, name, region, tags: [] };
  world.store.clusters.put(arn, cluster);
  return cluster;
}
