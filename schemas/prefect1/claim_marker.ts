/**
 * The claim marker as it is stored in the context of a Submitted state. What is stored outlives releases: version 0.1.0 named
 * the place of a claim by region and cluster, so every release stores and reads these members.
 *
 * @module
 */

import type { ClaimMarker, PlanTry } from "../flow_run/flow_run.ts";
import { isJsonObject, type JsonObject } from "../json/json.ts";
import { isoOf, momentOf } from "./time.ts";

/** Key in a state's context that holds the claim marker. */
export const MARKER_KEY = "prefect-agent";

/** A claim marker as it stands in a state. */
export interface StoredMarker {
  readonly marker: ClaimMarker;
  /** Which process set it; tells replicas apart that share name and place. Empty when absent. */
  readonly by: string;
  /** Plannings of its run that were noted in it. Absent where a claim was not taken up again: version 0.1.0 knows none. */
  readonly tries: readonly PlanTry[];
}

/** The marker in a state, null when it has none. */
export function markerOf(state: JsonObject | null): StoredMarker | null {
  const context = state?.context;
  const found = isJsonObject(context) ? context[MARKER_KEY] : undefined;
  if (!isJsonObject(found)) return null;
  const { agent, region, cluster, claim, by, tries } = found;
  if (typeof agent !== "string" || typeof region !== "string") return null;
  if (typeof cluster !== "string" || typeof claim !== "string") return null;
  const marker = { agent, scope: `${region}/${cluster}`, claim };
  return { marker, by: typeof by === "string" ? by : "", tries: triesIn(tries) };
}

/** More are never noted. */
const MOST_TRIES = 10;

/** What of a member can be read; whatever else it holds is passed over. */
function triesIn(value: unknown): readonly PlanTry[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, MOST_TRIES).flatMap((one: unknown) => {
    if (!isJsonObject(one) || typeof one.at !== "string" || typeof one.by !== "string") return [];
    const atMs = momentOf(one.at);
    return atMs === null ? [] : [{ by: one.by, atMs, alone: one.alone === true }];
  });
}

/** The context of a state that carries a marker: the part of the scope before its first slash is stored as `region`. */
export function contextWith(
  { marker: { agent, scope, claim }, by, tries = [] }: Omit<StoredMarker, "tries"> & Partial<StoredMarker>,
): JsonObject {
  const slash = scope.indexOf("/");
  const [region, cluster] = slash < 0 ? ["", scope] : [scope.slice(0, slash), scope.slice(slash + 1)];
  const noted = tries.map(({ by, atMs, alone }) => ({ by, at: isoOf(atMs), alone }));
  return {
    [MARKER_KEY]: { agent, region, cluster, claim, by, ...(noted.length === 0 ? {} : { tries: noted }) },
  };
}
