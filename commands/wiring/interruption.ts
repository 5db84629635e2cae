/**
 * Ctrl-C and its kin for commands that must tidy up.
 *
 * @module
 */

import type { Io } from "./io.ts";

/** SIGHUP: the terminal was closed. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** A second signal counts only this long after the first: npx sends each one twice. */
const PATIENCE_MS = 1000;

/** Exit code of a program that Ctrl-C ended. */
export const INTERRUPTED = 130;

/** Aborts at the first signal; at a second one the process ends at once. */
function onSignal(stop: AbortController): () => void {
  let firstAt: number | null = null;
  return () => {
    const now = performance.now();
    firstAt ??= now;
    stop.abort();
    if (now - firstAt >= PATIENCE_MS) Deno.exit(INTERRUPTED);
  };
}

/** Runs a command whose `io.signal` is aborted by SIGINT, SIGTERM and SIGHUP, too. */
export async function interruptible(io: Io, run: (io: Io) => Promise<number>): Promise<number> {
  const stop = new AbortController();
  const listener = onSignal(stop);
  for (const name of SIGNALS) Deno.addSignalListener(name, listener);
  try {
    return await run({ ...io, signal: AbortSignal.any([io.signal, stop.signal]) });
  } finally {
    for (const name of SIGNALS) Deno.removeSignalListener(name, listener);
  }
}
