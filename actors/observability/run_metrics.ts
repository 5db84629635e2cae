/**
 * Counts what happens to flow runs.
 *
 * @module
 */

import { RUN_STEPS, type RunChange, type RunStep } from "../../schemas/flow_run/change.ts";
import type { MetricRegistry } from "./metric_registry.ts";

/** What is remembered of a run until it has left. */
interface Timing {
  readonly dueMs: number;
  /** The moment of the step before. */
  lastMs: number;
  /** Steps done: those before this index of {@link RUN_STEPS}. */
  next: number;
}

/** Takes every change of every run. */
export function makeRunMetrics(registry: MetricRegistry): (change: RunChange) => void {
  const timings = new Map<string, Timing>();
  return (change) => {
    const { header: { id, dueAtMs }, atMs, from, to, step, ended } = change;
    if (from === null && !change.resumed) {
      const dueMs = dueAtMs ?? atMs;
      timings.set(id, { dueMs, lastMs: dueMs, next: 0 });
    }
    countStates(registry, change);
    if (to === "backingOff" && from !== to) {
      registry.count("prefect_agent_run_retries_total", [change.resumeAt, change.failure ?? "none"]);
    }
    const timing = timings.get(id);
    if (timing !== undefined && step !== null) observeStep(registry, timing, { step, atMs });
    if (ended !== null) timings.delete(id);
  };
}

function countStates(registry: MetricRegistry, { from, to, ended, end, failure }: RunChange): void {
  if (from !== null && (from !== to || ended !== null)) registry.add("prefect_agent_runs", [from], -1);
  if (ended === null) {
    if (from !== to) registry.add("prefect_agent_runs", [to], 1);
    return;
  }
  const failed = ended === "failed" || ended === "released";
  registry.count("prefect_agent_runs_ended_total", [ended, failed ? failure ?? "none" : "none"]);
  if (end !== null) registry.count("prefect_agent_flow_runs_finished_total", [end.state]);
}

/** A run that is launched again has done its first steps already. */
function observeStep(
  registry: MetricRegistry,
  timing: Timing,
  { step, atMs }: { readonly step: RunStep; readonly atMs: number },
): void {
  const place = RUN_STEPS.indexOf(step);
  if (place < timing.next) return;
  registry.observe("prefect_agent_run_step_seconds", [step], secondsBetween(timing.lastMs, atMs));
  registry.observe("prefect_agent_run_since_due_seconds", [step], secondsBetween(timing.dueMs, atMs));
  timing.next = place + 1;
  timing.lastMs = atMs;
}

/** A run may be claimed a little before it is due by another machine's clock. */
function secondsBetween(fromMs: number, toMs: number): number {
  return Math.max(0, toMs - fromMs) / 1000;
}
