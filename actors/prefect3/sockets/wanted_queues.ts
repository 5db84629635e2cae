/**
 * The work queues that the user asked for: which of them exist, and what is worth a line.
 *
 * @module
 */

import type { Log } from "../../../schemas/contracts/log.ts";
import type { WorkQueue } from "../../../schemas/prefect3/work_pool.ts";

/** What was asked for at which pool. */
export interface WantedQueuesOptions {
  readonly pool: string;
  /** Empty: all queues of the pool. */
  readonly wanted: readonly string[];
  readonly log: Log;
}

/** The queues of one worker. */
export interface WantedQueues {
  /** The queues of the pool as they are now. @returns whether the ones to poll have changed */
  readonly seen: (queues: readonly WorkQueue[]) => boolean;
  /** Those to poll; null: all of the pool. */
  readonly toPoll: () => readonly string[] | null;
  /** Whether one that was asked for does not exist. */
  readonly isMissingOne: () => boolean;
}

/** Names that a line shows. */
const SHOWN = 20;

/** Until queues were seen, all that were asked for count as existing. */
export function makeWantedQueues({ pool, wanted, log }: WantedQueuesOptions): WantedQueues {
  let existing: ReadonlySet<string> = new Set(wanted);
  let paused: ReadonlySet<string> = new Set();
  const toPoll = () => wanted.length === 0 ? null : wanted.filter((name) => existing.has(name));
  return {
    toPoll,
    isMissingOne: () => wanted.some((name) => !existing.has(name)),
    seen: (queues) => {
      const before = existing;
      const names = queues.map(({ name }) => name);
      existing = new Set(wanted.filter((name) => names.includes(name)));
      for (const line of changes(wanted, before, existing)) log("WARNING", line(pool, names));
      const isWanted = ({ name }: WorkQueue) => wanted.length === 0 || wanted.includes(name);
      const nowPaused = new Set(
        queues.filter((queue) => queue.isPaused && isWanted(queue)).map(({ name }) => name),
      );
      for (const name of nowPaused.difference(paused)) {
        log(
          "WARNING",
          `Work queue '${name}' of work pool '${pool}' is paused: none of its flow runs is started`,
        );
      }
      for (const name of paused.difference(nowPaused)) {
        if (names.includes(name)) {
          log("INFO", `Work queue '${name}' of work pool '${pool}' is not paused any more`);
        }
      }
      paused = nowPaused;
      return before.symmetricDifference(existing).size > 0;
    },
  };
}

type Line = (pool: string, names: readonly string[]) => string;

/** Lines for queues that are gone, or have come. */
function changes(
  wanted: readonly string[],
  before: ReadonlySet<string>,
  now: ReadonlySet<string>,
): readonly Line[] {
  return wanted.flatMap((name): readonly Line[] => {
    if (before.has(name) === now.has(name)) return [];
    if (now.has(name)) {
      return [(pool) => `Work queue '${name}' of work pool '${pool}' exists now and is polled`];
    }
    return [
      (pool, names) =>
        `Work queue '${name}' does not exist in work pool '${pool}', which has ${
          spoken(names)
        }. It is polled as soon as it ` +
        "exists; until then the others that were asked for are polled",
    ];
  });
}

function spoken(names: readonly string[]): string {
  if (names.length === 0) return "no queues";
  const shown = names.slice(0, SHOWN).map((name) => `'${name}'`).join(", ");
  return names.length > SHOWN ? `${shown} and ${names.length - SHOWN} more` : shown;
}
