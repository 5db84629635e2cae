/**
 * Memory of the process, and how late its timers are.
 *
 * @module
 */

import type { MetricRegistry } from "./metric_registry.ts";

/** How often a timer is tried, in milliseconds. */
const TICK_MS = 500;

/** Measures until disposed; its timer does not keep the process alive. */
export function startProcessMetrics(registry: MetricRegistry): Disposable {
  let worstMs = 0;
  let expected = performance.now() + TICK_MS;
  const timer = setInterval(() => {
    const now = performance.now();
    worstMs = Math.max(worstMs, now - expected);
    expected = now + TICK_MS;
  }, TICK_MS);
  Deno.unrefTimer(timer);
  registry.set("process_start_time_seconds", [], performance.timeOrigin / 1000);
  registry.beforeScrape(() => {
    const { rss, heapUsed } = Deno.memoryUsage();
    registry.set("process_resident_memory_bytes", [], rss);
    registry.set("process_heap_bytes", [], heapUsed);
    // A timer that is overdue at this very moment counts too.
    registry.set(
      "prefect_agent_event_loop_lag_seconds",
      [],
      Math.max(worstMs, performance.now() - expected, 0) / 1000,
    );
    worstMs = 0;
  });
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
