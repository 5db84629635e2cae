/**
 * What a pod asks for.
 *
 * @see "Resource Management for Pods and Containers" and "Init Containers", resource sharing, in the Kubernetes documentation
 * @module
 */

import type { Json, JsonObject } from "../../json/json.ts";
import { mapping, mappings } from "../../json/shape.ts";
import { amountOf, milliOf, wholeOf } from "./quantity.ts";

/** Containers of a pod that are there at the same time: the ordinary ones, and init containers that go on running. */
export function containersBeside(pod: JsonObject): readonly JsonObject[] {
  const lasting = mappings(pod.initContainers).filter(({ restartPolicy }) => restartPolicy === "Always");
  return [...mappings(pod.containers), ...lasting];
}

/**
 * The amounts that a pod asks for, by name, in the units of {@link unitsOf}. The largest init container counts where it asks
 * for more than all others together.
 *
 * @param pod its `spec`
 */
export function podRequests(pod: JsonObject): ReadonlyMap<string, bigint> {
  const total = new Map<string, bigint>();
  for (const container of containersBeside(pod)) {
    for (const [name, amount] of requestsOf(container)) total.set(name, (total.get(name) ?? 0n) + amount);
  }
  for (const container of mappings(pod.initContainers)) {
    for (const [name, amount] of requestsOf(container)) {
      if (amount > (total.get(name) ?? 0n)) total.set(name, amount);
    }
  }
  return total;
}

/** An amount in units whose sums are exact: thousandths of a CPU, whole units of all else; 0 for what is no quantity. */
export function unitsOf(name: string, quantity: Json | undefined): bigint {
  const amount = amountOf(String(quantity ?? 0)) ?? 0n;
  return name === "cpu" ? milliOf(amount) : wholeOf(amount);
}

/** A limit without a request counts as request, as in Kubernetes. */
function requestsOf({ resources }: JsonObject): ReadonlyMap<string, bigint> {
  const { requests, limits } = mapping(resources);
  const given = { ...mapping(limits), ...mapping(requests) };
  return new Map(Object.entries(given).map(([name, quantity]) => [name, unitsOf(name, quantity)]));
}
