/**
 * The end of an agent: what is left of its grace, and what is done with it.
 *
 * @module
 */

import type { AgentOutput } from "../machines/agent.ts";
import type { Log } from "../schemas/contracts/log.ts";
import type { Orchestrator } from "../schemas/contracts/orchestrator.ts";
import type { Clock } from "../schemas/time/clock.ts";
import type { AgentState } from "./agent_state.ts";

/** How the grace is shared out. */
export interface Graces {
  /** For the whole end of the process, in milliseconds. */
  readonly graceMs: number;
  /** Part of it that is kept for the very end: runs are given back, and what the API is still to be told is sent. @default 0 */
  readonly farewellMs?: number;
}

/** The times of one end, in milliseconds. */
export interface EndTimes {
  /** Longest wait for launches that are under way. */
  readonly drainMs: number;
  /** The end begins; the first call counts. @param isForced a second signal: what is left is short */
  readonly begin: (isForced: boolean) => void;
  /** Longest wait for refusals of runs that cannot be read. */
  readonly refusalsMs: () => number;
  /** Longest time for the very end. */
  readonly farewellMs: () => number;
}

/** An end that was forced, or whose grace is used up: a container is killed 30 s after it was asked to stop. */
const FORCED_MS = 3000;
const LEAST_MS = 500;

/** Makes them; nothing has begun. */
export function makeEndTimes(
  { graceMs, farewellMs = 0 }: Graces,
  clock: Pick<Clock, "now">,
): EndTimes {
  const keptMs = Math.min(farewellMs, graceMs / 2);
  let untilMs: number | null = null;
  const leftMs = () => Math.max(0, (untilMs ?? clock.now() + graceMs) - clock.now());
  return {
    drainMs: graceMs - keptMs,
    begin: (isForced) => {
      untilMs ??= clock.now() + graceMs;
      if (isForced) untilMs = Math.min(untilMs, clock.now() + FORCED_MS);
    },
    refusalsMs: () => Math.max(0, leftMs() - keptMs),
    farewellMs: () => Math.max(LEAST_MS, leftMs()),
  };
}

/** What leaving needs. */
export interface LeaveDeps {
  readonly orchestrator: Pick<Orchestrator, "giveBack" | "end">;
  readonly clock: Clock;
  readonly log: Log;
  /** Longest time, in milliseconds. */
  readonly forMs: number;
}

/** Gives back what was surely not launched, and lets the API's connections end. */
export async function leave<Run, Plan>(
  output: AgentOutput,
  { orchestrator, clock, log, forMs }: LeaveDeps,
  { vault, sent }: Pick<AgentState<Run, Plan>, "vault" | "sent">,
): Promise<AgentOutput> {
  const late = new AbortController();
  const stop = clock.after(forMs, () => late.abort());
  const wasGranted = (id: string) => vault.has(id) && (vault.get(id).hold?.grantedMs ?? null) !== null;
  const isUntouched = (id: string) => !sent.has(id) && wasGranted(id);
  const givenBack = await Promise.all(
    output.abandoned.filter(isUntouched).map(async (id) => {
      const isBack = await orchestrator.giveBack(id, late.signal).catch(() => false);
      if (isBack) {
        log("INFO", `Flow run ${id} was not launched and is given back to the queue`, { runId: id });
      }
      return isBack ? [id] : [];
    }),
  );
  await orchestrator.end(late.signal);
  stop();
  const back = new Set(givenBack.flat());
  return { ...output, abandoned: output.abandoned.filter((id) => !back.has(id)) };
}
