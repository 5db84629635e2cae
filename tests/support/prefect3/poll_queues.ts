/**
 * Polls work queues by name.
 *
 * @module
 */

import { makePoll } from "../../../actors/prefect3/poll.ts";
import { makeDetails } from "../../../actors/prefect3/run_details.ts";
import { untimed } from "../../../schemas/contracts/timed.ts";
import type { DialectWorld } from "./dialect.ts";

/** @returns ids of the runs that were found */
export async function prefect3Poll(
  { world, clock, logged }: DialectWorld,
  queues: readonly string[],
): Promise<readonly string[]> {
  const log = (level: string, message: string) => void logged.push(`${level} ${message}`);
  const pool = { id: "pool-1", name: "pool", type: "ecs", template: {}, isPaused: false };
  const poll = makePoll({
    ...{ api: world.api, clock, log, timed: untimed, prefetchMs: 10_000 },
    presence: { pool: () => pool, queues: () => queues },
    withDetails: makeDetails({ api: world.api, log }),
  });
  const { runs } = await poll(new Set(), new AbortController().signal);
  return runs.map(({ header }) => header.id);
}
