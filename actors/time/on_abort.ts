/**
 * Callbacks for the abort of a signal on which many callers wait.
 *
 * @module
 */

/** Registers a callback for the abort of a signal; the returned function removes it. */
export type OnAbort = (signal: AbortSignal, leave: () => void) => () => void;

interface Leaving {
  readonly leaves: Set<() => void>;
  readonly listener: () => void;
}

/**
 * Keeps one listener on each signal for all callbacks, because a signal searches its listeners one by one and thousands of
 * them would slow down every change. Callbacks are called in the order in which they were registered.
 */
export function makeOnAbort(): OnAbort {
  const bySignal = new Map<AbortSignal, Leaving>();
  const listen = (signal: AbortSignal): Leaving => {
    const leaves = new Set<() => void>();
    const listener = () => {
      bySignal.delete(signal);
      for (const leave of leaves) leave();
    };
    signal.addEventListener("abort", listener, { once: true });
    const leaving = { leaves, listener };
    bySignal.set(signal, leaving);
    return leaving;
  };
  return (signal, leave) => {
    const { leaves, listener } = bySignal.get(signal) ?? listen(signal);
    leaves.add(leave);
    return () => {
      if (!leaves.delete(leave) || leaves.size > 0) return;
      signal.removeEventListener("abort", listener);
      if (bySignal.get(signal)?.leaves === leaves) bySignal.delete(signal);
    };
  };
}
