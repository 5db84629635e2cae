/**
 * Limiters as the inspector shows them.
 *
 * @module
 */

import type { LimiterView } from "../../actors/time/limiter.ts";
import type { LimiterFill } from "../../inspector/protocol/protocol.ts";

/** One for each limiter, by name. @param rows what each is for; one without a row is described by its name */
export function limiterFills(
  views: Readonly<Record<string, LimiterView>>,
  rows: Readonly<Record<string, string>>,
): readonly LimiterFill[] {
  const described = new Map(Object.entries(rows));
  return Object.entries(views).map(([name, { waiting, fill, slowed, ratePerS }]) => ({
    name,
    description: described.get(name) ?? name,
    waiting,
    fill,
    slowed,
    // JSON has no infinity.
    ratePerS: Number.isFinite(ratePerS) ? ratePerS : null,
  }));
}
