/**
 * Reads what the operator's options name again and again while the agent runs: what has become unreadable or broken leaves
 * the last good reading in force.
 *
 * @module
 */

import type { Log } from "../../schemas/contracts/log.ts";
import { toFailure } from "../../schemas/failure/failure.ts";
import type { Reading, ReadSource, Source } from "../../schemas/plan/source.ts";
import type { Clock } from "../../schemas/time/clock.ts";

/** What {@link lastGood} needs. */
export interface LastGoodDeps {
  readonly read: ReadSource;
  /** What is wrong with a reading; undefined: nothing. */
  readonly judge: (source: Source, reading: Reading) => string | undefined;
  readonly clock: Pick<Clock, "now">;
  readonly log: Log;
}

/** Places that others serve are asked no more often than this, in milliseconds. */
const SERVED_MS = 30_000;

interface Known {
  readonly good: Reading;
  readonly askedMs: number;
  readonly isBroken: boolean;
}

/**
 * The reader. Before the first good reading of a source everything is as `read` gives it; after that there is always a good
 * one, one line tells when it is no longer the newest, and one when it is again.
 *
 * @throws what `read` throws before the first good reading; the reason of the signal
 */
export function lastGood(deps: LastGoodDeps): ReadSource {
  const known = new Map<string, Known>();
  return async (source, signal) => {
    const last = known.get(source.key);
    if (last === undefined) return await readFirst(source, known, deps, signal);
    const nowMs = deps.clock.now();
    if (source.kind !== "file" && nowMs - last.askedMs < SERVED_MS) return last.good;
    const next = await readAgain(source, last, deps, signal);
    known.set(source.key, { ...next, askedMs: nowMs });
    return next.good;
  };
}

async function readFirst(
  source: Source,
  known: Map<string, Known>,
  { read, judge, clock }: LastGoodDeps,
  signal: AbortSignal,
): Promise<Reading> {
  const askedMs = clock.now();
  const good = await read(source, signal);
  if (judge(source, good) === undefined) known.set(source.key, { good, askedMs, isBroken: false });
  return good;
}

async function readAgain(
  source: Source,
  last: Known,
  deps: LastGoodDeps,
  signal: AbortSignal,
): Promise<Omit<Known, "askedMs">> {
  const { good, isBroken } = last;
  const name = source.option === undefined ? source.key : `${source.key} (${source.option})`;
  const read = await attempt(source, good, deps, signal);
  if ("problem" in read) {
    if (!isBroken) {
      deps.log("WARNING", `Cannot use ${name} any more: ${read.problem}; the last good one stays in force`);
    }
    return { good, isBroken: true };
  }
  if (isBroken) deps.log("INFO", `${name} can be used again`);
  return { good: read.reading, isBroken: false };
}

type Attempt = { readonly reading: Reading } | { readonly problem: string };

async function attempt(
  source: Source,
  good: Reading,
  { read, judge }: LastGoodDeps,
  signal: AbortSignal,
): Promise<Attempt> {
  try {
    const reading = await read(source, signal);
    if (isSame(reading, good)) return { reading: good };
    const problem = judge(source, reading);
    return problem === undefined ? { reading } : { problem };
  } catch (thrown) {
    signal.throwIfAborted();
    return { problem: toFailure(thrown).message };
  }
}

function isSame(one: Reading, other: Reading): boolean {
  return one.kind === "text" && other.kind === "text" && one.text === other.text;
}
