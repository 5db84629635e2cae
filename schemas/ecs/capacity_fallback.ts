/**
 * How the RunTask request of a later attempt differs from that of the first, because of the outcome of earlier attempts.
 * The same plan and the same history give the same request, byte for byte.
 *
 * @module
 */

import type { Learnt } from "../contracts/task.ts";
import { isJsonObject, type JsonObject } from "../json/json.ts";

const SPOT = "FARGATE_SPOT";

/**
 * RunTask for the next attempt: after AWS took a task back, On-Demand instead of Fargate Spot; after a refused placement,
 * the next capacity provider where the strategy lists several.
 *
 * @param runTask as planned
 * @see "RunTask", `capacityProviderStrategy`: Spot is reached through it only
 */
export function attemptRequest(runTask: JsonObject, { refusals, wasReclaimed }: Learnt): JsonObject {
  const given = runTask["capacityProviderStrategy"];
  if (!Array.isArray(given)) return runTask;
  const items = given.filter(isJsonObject);
  const usesSpot = items.some((item) => item["capacityProvider"] === SPOT);
  if (wasReclaimed && usesSpot) return withProvider(runTask, "FARGATE");
  if (refusals === 0 || items.length < 2) return runTask;
  const next = items[refusals % items.length]?.["capacityProvider"];
  return typeof next === "string" ? withProvider(runTask, next) : runTask;
}

function withProvider(runTask: JsonObject, capacityProvider: string): JsonObject {
  return { ...runTask, capacityProviderStrategy: [{ capacityProvider, weight: 1 }] };
}
