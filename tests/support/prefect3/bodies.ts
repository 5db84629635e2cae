/**
 * What the bodies of requests to the API in memory say.
 *
 * @module
 */

import { isJsonObject, type Json, type JsonObject } from "../../../schemas/json/json.ts";
import type { ProposedState } from "../../../schemas/prefect3/state_rules/state.ts";
import type { Proposal } from "../../../schemas/prefect3/state_rules/transition.ts";

/** What a client proposes. */
export function proposalIn(body: JsonObject): Proposal {
  const state = body["state"] as unknown as ProposedState;
  return { state, way: body["force"] === true ? "forced" : "asked", isRenewing: true };
}

/** Every id that a filter names. */
export function idsIn(body: JsonObject): readonly string[] {
  const ids: string[] = [];
  const look = (value: Json | undefined): void => {
    if (!isJsonObject(value)) return;
    if (Array.isArray(value["any_"])) ids.push(...value["any_"].map(String));
    Object.values(value).forEach(look);
  };
  Object.values(body).forEach(look);
  return ids;
}
