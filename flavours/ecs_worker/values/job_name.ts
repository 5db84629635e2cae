/**
 * The name of a job, which may hold placeholders of its own: `{{ ctx.flow.name }}`, `{{ ctx.flow_run.name }}`.
 *
 * @module
 */

import type { JsonObject } from "../../../schemas/json/json.ts";
import type { FlowRun } from "../../../schemas/prefect3/flow_run.ts";
import { replacePlaceholders } from "./placeholders.ts";
import { valueAt } from "./paths.ts";
import { pythonText } from "./python_text.ts";

/** @param given as filled in; empty or null: the name of the run */
export function jobName(run: FlowRun, given: string | null): string {
  if (given === null) return run.name;
  const values = contextOf(run);
  const name = replacePlaceholders(given, ({ keys }) => {
    const found = valueAt(values, keys);
    return found === undefined ? "" : pythonText(found.value);
  });
  return name === "" ? run.name : name;
}

function contextOf(run: FlowRun): JsonObject {
  return {
    ctx: {
      flow: { id: run.flowId, name: run.flowName },
      flow_run: {
        id: run.id,
        name: run.name,
        flow_id: run.flowId,
        deployment_id: run.deploymentId,
        tags: run.tags,
        work_queue_name: run.workQueue,
        state_type: run.stateType,
        state_name: run.stateName,
      },
    },
  };
}
