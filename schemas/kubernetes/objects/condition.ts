/**
 * Conditions of Jobs and pods.
 *
 * @module
 */

import type { Json } from "../../json/json.ts";
import { mappings } from "../../json/shape.ts";
import { momentIn, nameIn, textIn } from "./text.ts";

/** One condition. */
export interface Condition {
  readonly type: string;
  /** `True`; else it does not hold, or is not known. */
  readonly isTrue: boolean;
  /** A word for programs; null: there is none. */
  readonly reason: string | null;
  readonly message: string | null;
  /** Since when it is so, in milliseconds since 1970; null: not said. */
  readonly sinceMs: number | null;
}

/** Most conditions of one object that are kept. */
const MOST = 20;

/** The conditions of a status. */
export function conditionsIn(value: Json | undefined): readonly Condition[] {
  return mappings(value).slice(0, MOST).map(({ type, status, reason, message, lastTransitionTime }) => ({
    type: nameIn(type),
    isTrue: status === "True",
    reason: textIn(reason),
    message: textIn(message),
    sinceMs: momentIn(lastTransitionTime),
  }));
}
