/**
 * Signals for the commands that close something before they end: `sandbox`, `demo` and `inspect`.
 *
 * @module
 */

import { processSignals, stopEvents } from "../../actors/streams/stop_signals.ts";
import { systemClock } from "../../actors/time/system_clock.ts";
import type { Io } from "./io.ts";

/** SIGHUP: the terminal was closed. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Exit code of a program that Ctrl-C ended. */
export const INTERRUPTED = 130;

/** Runs a command whose `io.signal` the first signal aborts; a second signal ends the process with {@link INTERRUPTED}. */
export async function interruptible(io: Io, run: (io: Io) => Promise<number>): Promise<number> {
  const stop = new AbortController();
  const subscription = stopEvents(processSignals(SIGNALS), systemClock).subscribe(({ type }) => {
    if (type === "stop.forced") Deno.exit(INTERRUPTED);
    stop.abort();
  });
  try {
    return await run({ ...io, signal: AbortSignal.any([io.signal, stop.signal]) });
  } finally {
    subscription.unsubscribe();
  }
}

/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
