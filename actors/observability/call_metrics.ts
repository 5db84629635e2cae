/**
 * Counts calls to AWS and to the Prefect API.
 *
 * @module
 */

import { type CallObserver, resultOfThrown } from "./call_observer.ts";
import type { MetricRegistry } from "./metric_registry.ts";

/** @param elapsedMs a clock that never goes back, in milliseconds */
export function makeCallMetrics(registry: MetricRegistry, elapsedMs: () => number): CallObserver {
  return async ({ service, operation, work, resultOf }) => {
    const began = elapsedMs();
    let result = "ok";
    try {
      const answer = await work();
      result = resultOf?.(answer) ?? "ok";
      return answer;
    } catch (thrown) {
      result = resultOfThrown(thrown);
      throw thrown;
    } finally {
      const seconds = (elapsedMs() - began) / 1000;
      if (service === "prefect") {
        registry.observe("prefect_agent_api_call_seconds", [operation, result], seconds);
      } else registry.observe("prefect_agent_aws_call_seconds", [service, operation, result], seconds);
    }
  };
}
