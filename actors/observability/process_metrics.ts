/**
 * Memory of the process, and when it began.
 *
 * @module
 */

import { processStartMs } from "../time/elapsed.ts";
import type { MetricRegistry } from "./metric_registry.ts";

/** Shows them with each scrape. */
export function showProcess(registry: MetricRegistry): void {
  registry.set("process_start_time_seconds", [], processStartMs() / 1000);
  registry.beforeScrape(() => {
    const { rss, heapUsed } = Deno.memoryUsage();
    registry.set("process_resident_memory_bytes", [], rss);
    registry.set("process_heap_bytes", [], heapUsed);
  });
}
