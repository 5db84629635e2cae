/**
 * Memory of the process, and how late its timers are.
 *
 * @module
 */

import { processStartMs } from "../time/elapsed.ts";
import { measureTimerLag } from "../time/timer_lag.ts";
import type { MetricRegistry } from "./metric_registry.ts";

/** Measures until disposed; its timer does not keep the process alive. */
export function startProcessMetrics(registry: MetricRegistry): Disposable {
  const lag = measureTimerLag();
  registry.set("process_start_time_seconds", [], processStartMs() / 1000);
  registry.beforeScrape(() => {
    const { rss, heapUsed } = Deno.memoryUsage();
    registry.set("process_resident_memory_bytes", [], rss);
    registry.set("process_heap_bytes", [], heapUsed);
    registry.set("prefect_agent_event_loop_lag_seconds", [], lag.takeWorstMs() / 1000);
  });
  return lag;
}
