/**
 * Tells what a plan says once: in the agent's log, and in the log of the run that it was first seen with.
 *
 * @module
 */

import { forgetOldest } from "../../schemas/bounds/forget_oldest.ts";
import type { Log } from "../../schemas/contracts/log.ts";
import type { Orchestrator } from "../../schemas/contracts/orchestrator.ts";
import type { Hint } from "../../schemas/plan/run_plan.ts";

/** Tells those that were not told yet. Rejects only with the reason of the signal. */
export type TellHints = (runId: string, hints: readonly Hint[], signal: AbortSignal) => Promise<void>;

/** What {@link makeTellHints} needs. */
export interface HintDeps {
  readonly log: Log;
  readonly orchestrator: Pick<Orchestrator, "log">;
}

/** Most hints that are remembered; after that the oldest are told again. */
const MOST = 10_000;

/** Nothing is told yet. */
export function makeTellHints({ log, orchestrator }: HintDeps, most: number = MOST): TellHints {
  const told = new Set<string>();
  return async (runId, hints, signal) => {
    for (const { key, text } of hints) {
      if (told.has(key)) continue;
      told.add(key);
      forgetOldest(told, most);
      log("WARNING", `Flow run ${runId}: ${text}`, { runId });
      await orchestrator.log(runId, "WARNING", text, signal);
    }
  };
}
