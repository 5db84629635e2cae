/**
 * The marker that a claim leaves in the context of the Submitted state.
 *
 * @module
 */

import type { ClaimMarker } from "../flow_run/flow_run.ts";
import { isJsonObject, type JsonObject } from "../json/json.ts";

/** Key in a state's context that holds the claim marker. */
export const MARKER_KEY = "prefect-agent";

/** A claim marker as it stands in a state. */
export interface StoredMarker {
  readonly marker: ClaimMarker;
  /** Which process set it; tells replicas apart that share name and cluster. Empty when absent. */
  readonly by: string;
}

/** The marker in a state, null when it has none. */
export function markerOf(state: JsonObject | null): StoredMarker | null {
  const context = state?.context;
  const found = isJsonObject(context) ? context[MARKER_KEY] : undefined;
  if (!isJsonObject(found)) return null;
  const { agent, region, cluster, claim, by } = found;
  if (typeof agent !== "string" || typeof region !== "string") return null;
  if (typeof cluster !== "string" || typeof claim !== "string") return null;
  return { marker: { agent, region, cluster, claim }, by: typeof by === "string" ? by : "" };
}
