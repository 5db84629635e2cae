/**
 * Lines about what may happen again and again.
 *
 * @module
 */

import type { Log } from "../../../schemas/contracts/log.ts";

/** Texts that are remembered: a server that says something new each time gets no more lines than that. */
const MOST = 50;

/** Writes each text once, and nothing more after the first fifty. */
export function toldOnce(log: Log): Log {
  const told = new Set<string>();
  return (level, message, subject) => {
    if (told.size >= MOST || told.has(message)) return;
    told.add(message);
    log(level, message, subject);
  };
}
