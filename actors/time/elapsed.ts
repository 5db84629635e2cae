/**
 * Durations on a monotonic clock: changes of the date do not move it.
 *
 * @module
 */
import { cpuUsage } from "node:process";

/** Milliseconds since the process began; never goes back. */
export function elapsedMs(): number {
  return performance.now();
}

/** When the process began, in milliseconds since 1970-01-01T00:00:00Z. */
export function processStartMs(): number {
  return performance.timeOrigin;
}

/** Milliseconds of work that this process has done on processors: what other programs do on this machine does not count. */
export function processorMs(): number {
  const { user, system } = cpuUsage();
  return (user + system) / 1000;
}
