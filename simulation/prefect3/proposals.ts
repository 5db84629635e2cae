/**
 * Proposals as requests hold them.
 *
 * @module
 */

import * as v from "valibot";
import type { JsonObject } from "../../schemas/json/json.ts";
import { STATE_TYPES } from "../../schemas/prefect3/state_rules/state.ts";
import type { Proposal } from "../../schemas/prefect3/state_rules/transition.ts";

const text = v.optional(v.nullable(v.string()), null);

const proposed = v.object({
  force: v.optional(v.boolean(), false),
  state: v.object({
    type: v.picklist(STATE_TYPES),
    name: text,
    message: text,
    state_details: v.optional(v.object({ scheduled_time: text, transition_id: text }), {
      scheduled_time: null,
      transition_id: null,
    }),
  }),
});

/** Reads a proposal; null: the server refuses it with 422. */
export function proposalOf(body: JsonObject): Proposal | null {
  const read = v.safeParse(proposed, body);
  if (!read.success) return null;
  const { state, force } = read.output;
  return { state, way: force ? "forced" : "asked", isRenewing: true };
}
