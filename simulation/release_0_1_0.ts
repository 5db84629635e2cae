/**
 * An agent that stores and reads claim markers exactly as version 0.1.0 does: the program of today, with every marker that
 * it sends written anew by the code of 0.1.0, and every marker that reaches it read by the code of 0.1.0 first.
 *
 * @module
 */

import type { HttpCall } from "../actors/http/http.ts";
import { scopeText } from "../schemas/ecs/scope.ts";
import { isJsonObject, type JsonObject } from "../schemas/json/json.ts";
import { contextWith, markerOf } from "../schemas/prefect1/claim_marker.ts";
import { changingStates } from "./state_bodies.ts";

/** What version 0.1.0 is told of itself. */
export interface Identity010 {
  readonly agent: string;
  readonly region: string;
  readonly cluster: string;
}

/** HTTP to the Prefect API of a process of version 0.1.0. */
export function httpOfRelease010(identity: Identity010, call: HttpCall): HttpCall {
  return changingStates(call, { sent: (state) => writtenBy010(state, identity), received: readBy010 });
}

/** @see version 0.1.0, schemas/prefect1_state.ts, `submittedState` */
function writtenBy010(state: JsonObject, { agent, region, cluster }: Identity010): JsonObject {
  const stored = markerOf(state);
  if (stored === null) return state;
  const { marker: { claim }, by } = stored;
  return { ...state, context: { "prefect-agent": { agent, region, cluster, claim, by } } };
}

/** What 0.1.0 does not take for a marker does not reach it. @see version 0.1.0, schemas/prefect1_state.ts, `markerOf` */
function readBy010(state: JsonObject): JsonObject {
  const { context } = state;
  const found = isJsonObject(context) ? context["prefect-agent"] : undefined;
  if (!isJsonObject(found)) return state;
  const { agent, region, cluster, claim, by } = found;
  if (
    typeof agent !== "string" || typeof region !== "string" || typeof cluster !== "string" ||
    typeof claim !== "string"
  ) return { ...state, context: {} };
  const marker = { agent, scope: scopeText({ region, cluster }), claim };
  return { ...state, context: contextWith({ marker, by: typeof by === "string" ? by : "" }) };
}
